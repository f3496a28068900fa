//! A hub, participants and raw sockets for the scenarios.

#![allow(dead_code, reason = "each test program uses its part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use hub::{
    Hub, HubConfig, Limits, Participant, ParticipantEvent, ParticipantOptions, Room, RoomConfig, RunningHub,
};
use lossless_json::Value;
use session_core::{Command, Effect, Opening, PeerConfig, Reply, Status};
use session_transport::{Address, Link, LinkOptions, MemoryBus, Reconnect, connect};
use session_wire::{Envelope, Hello, Message};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const HUB: &str = "hub-peer";

/// A peer's settings; every call is another run.
pub(crate) fn peer(session: &str, guid: &str, opening: Opening) -> PeerConfig {
    static RUNS: AtomicU64 = AtomicU64::new(1);
    let number = RUNS.fetch_add(1, Ordering::Relaxed);
    let mut entropy = [7; 32];
    entropy[..8].copy_from_slice(&number.to_le_bytes());
    entropy[8..16].copy_from_slice(&u64::from(std::process::id()).to_le_bytes());
    PeerConfig::new(session, guid, format!("run-{number}"), entropy, opening)
}

pub(crate) fn room(session: &str) -> RoomConfig {
    RoomConfig::new(peer(session, HUB, Opening::Host))
}

pub(crate) async fn hub(rooms: Vec<RoomConfig>) -> RunningHub {
    hub_with(rooms, Limits::default()).await
}

pub(crate) async fn hub_with(rooms: Vec<RoomConfig>, limits: Limits) -> RunningHub {
    let mut config = HubConfig::new("127.0.0.1:0".parse().unwrap(), rooms);
    config.limits = limits;
    Hub::bind(config).await.unwrap()
}

/// A timeline `t` with one track `v1` and clips `c0`, `c1`, …, as JSON.
pub(crate) fn timeline(guid: &str, clips: usize) -> Value {
    let range = r#"{"OTIO_SCHEMA": "TimeRange.1",
        "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 48.0},
        "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0}}"#;
    let clip = |at: usize| {
        format!(
            r#"{{"OTIO_SCHEMA": "Clip.2", "metadata": {{"sync": {{"guid": "{guid}-c{at}"}}}}, "name": "c{at}",
               "source_range": {range}, "effects": [], "markers": [], "enabled": true,
               "media_references": {{"DEFAULT_MEDIA": {{"OTIO_SCHEMA": "MissingReference.1", "metadata": {{}},
               "name": "", "available_range": null, "available_image_bounds": null}}}},
               "active_media_reference_key": "DEFAULT_MEDIA"}}"#
        )
    };
    let clips = (0..clips).map(clip).collect::<Vec<_>>().join(",");
    let text = format!(
        r#"{{"OTIO_SCHEMA": "Timeline.1", "metadata": {{"sync": {{"guid": "{guid}"}}}}, "name": "{guid}",
           "global_start_time": null,
           "tracks": {{"OTIO_SCHEMA": "Stack.1", "metadata": {{"sync": {{"guid": "{guid}-stack"}}}}, "name": "tracks",
           "source_range": null, "effects": [], "markers": [], "enabled": true,
           "children": [{{"OTIO_SCHEMA": "Track.1", "metadata": {{"sync": {{"guid": "{guid}-v1"}}}}, "name": "v1",
           "source_range": null, "effects": [], "markers": [], "enabled": true, "children": [{clips}],
           "kind": "Video"}}]}}}}"#
    );
    lossless_json::parse(text.as_bytes(), &lossless_json::Limits::default()).unwrap().value
}

pub(crate) async fn add_timeline(room: &Room, guid: &str, clips: usize) {
    room.command(Command::AddTimeline { timeline: timeline(guid, clips) }).await.unwrap();
}

pub(crate) fn set_name(target: &str, name: &str) -> Command {
    Command::SetProperty { target_uuid: target.to_owned(), path: "name".to_owned(), value: name.into() }
}

pub(crate) fn move_clip(timeline: &str, clip: usize, to_index: i64) -> Command {
    Command::MoveChild {
        parent_uuid: format!("{timeline}-v1"),
        child_uuid: format!("{timeline}-c{clip}"),
        to_index,
    }
}

/// Links that come back at once.
pub(crate) fn quick() -> LinkOptions {
    let base = Duration::from_millis(20);
    let reconnect = Reconnect { base, cap: Duration::from_millis(100), ..Reconnect::default() };
    LinkOptions { reconnect, ..LinkOptions::default() }
}

pub(crate) async fn link(address: SocketAddr, session: &str) -> Link {
    let address: Address = format!("ws://{address}/{session}").parse().unwrap();
    connect(&address, quick()).await.unwrap()
}

/// A participant and what happens to it.
pub(crate) struct Player {
    pub(crate) participant: Participant,
    pub(crate) events: broadcast::Receiver<ParticipantEvent>,
}

impl Player {
    /// Joins over a socket and waits until it is in.
    pub(crate) async fn join(address: SocketAddr, session: &str, guid: &str) -> Self {
        Self::over(link(address, session).await, session, guid).await
    }

    /// Joins over an in-process bus.
    pub(crate) async fn on_bus(bus: &MemoryBus, session: &str, guid: &str) -> Self {
        Self::over(bus.connect(quick()).await.unwrap(), session, guid).await
    }

    async fn over(link: Link, session: &str, guid: &str) -> Self {
        Self::with(peer(session, guid, Opening::Join { or_host: false }), link).await
    }

    /// Joins with these settings and waits until it is in.
    pub(crate) async fn with(config: PeerConfig, link: Link) -> Self {
        let (participant, events) = Participant::start(config, link, ParticipantOptions::default());
        let mut player = Self { participant, events };
        player.wait_effect(|effect| matches!(effect, Effect::Status(Status::Synced))).await;
        player
    }

    pub(crate) async fn command(&self, command: Command) -> Reply {
        self.participant.command(command).await.unwrap()
    }

    pub(crate) async fn digest(&self) -> String {
        self.participant.inspect(|peer| peer.log().digest().to_string()).await.unwrap()
    }

    pub(crate) async fn operations(&self) -> usize {
        self.participant.inspect(|peer| peer.log().len()).await.unwrap()
    }

    pub(crate) async fn wait<T>(&mut self, mut read: impl FnMut(ParticipantEvent) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = read(self.events.recv().await.expect("the participant goes on")) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("what was waited for did not come")
    }

    pub(crate) async fn wait_effect(&mut self, is_it: impl Fn(&Effect) -> bool) -> Effect {
        self.wait(|event| match event {
            ParticipantEvent::Effect(effect) if is_it(&effect) => Some(*effect),
            _ => None,
        })
        .await
    }
}

/// Waits until the room and all players have the same operations and show the same bytes.
pub(crate) async fn agree(room: &Room, players: &[&Player]) -> String {
    let started = Instant::now();
    loop {
        let ours = room.inspect(|peer| (peer.log().len(), peer.log().digest().to_string())).await.unwrap();
        let mut theirs = Vec::new();
        for player in players {
            theirs.push((player.operations().await, player.digest().await));
        }
        if theirs.iter().all(|seen| *seen == ours) {
            return ours.1;
        }
        assert!(started.elapsed() < PATIENCE, "no agreement: room {ours:?}, players {theirs:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until a condition on the room's report holds.
pub(crate) async fn until(room: &Room, holds: impl Fn(&hub::RoomReport) -> bool) -> hub::RoomReport {
    let started = Instant::now();
    loop {
        let report = room.report().await.unwrap();
        if holds(&report) {
            return report;
        }
        assert!(started.elapsed() < PATIENCE, "it did not happen: {report:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A socket without a peer behind it.
pub(crate) struct Raw {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) session: String,
    pub(crate) guid: String,
    seq: u64,
}

/// Opens a socket as any client may: with these headers.
pub(crate) async fn open(
    address: SocketAddr,
    query: &str,
    headers: &[(&'static str, &str)],
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, tungstenite::Error> {
    let mut request = format!("ws://{address}/ws{query}").into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
}

pub(crate) const OURS: (&str, &str) = ("sec-websocket-protocol", "otio-sync.v1");

impl Raw {
    /// Opens a socket and says HELLO.
    pub(crate) async fn join(address: SocketAddr, session: &str, guid: &str, run: &str) -> Self {
        let mut raw = Self::silent(address, session, guid).await;
        raw.send(Hello::new(guid, run, std::collections::BTreeMap::new())).await;
        raw
    }

    /// Opens a socket and says nothing.
    pub(crate) async fn silent(address: SocketAddr, session: &str, guid: &str) -> Self {
        let socket = open(address, &format!("?session={session}"), &[OURS]).await.unwrap();
        Self { socket, session: session.to_owned(), guid: guid.to_owned(), seq: 0 }
    }

    pub(crate) async fn send(&mut self, message: impl Into<Message>) {
        let envelope = Envelope::new(self.session.as_str(), self.guid.as_str(), message);
        self.send_text(envelope.encode()).await;
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.socket.send(Frame::text(text.into())).await.unwrap();
    }

    /// An operation's text with the next number of this run.
    pub(crate) fn rename(&mut self, run: &str, target: &str, name: &str) -> String {
        self.seq += 1;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        format!(
            r#"{{"session": "{}", "source_guid": "{}", "payload": {{"command_schema": "OTIO_SESSION_1.0", "command":
               {{"event": "SET_PROPERTY", "payload": {{"target_uuid": "{target}", "path": "name", "value": "{name}",
               "sync_timestamp": {now:?}}}}}}}, "op": {{"run": "{run}", "seq": {}}}}}"#,
            self.session, self.guid, self.seq
        )
    }

    /// The next frame that is no ping.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let reading = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                    Some(Ok(frame)) => return Some(frame),
                    Some(Err(_)) | None => return None,
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("the hub says nothing")
    }

    /// Reads until a message of this event comes.
    pub(crate) async fn expect(&mut self, event: &str) -> Envelope {
        loop {
            match self.next().await {
                Some(Frame::Text(text)) => {
                    let envelope = Envelope::decode(text.as_bytes()).unwrap();
                    if envelope.message.event() == event {
                        return envelope;
                    }
                }
                other => panic!("{other:?} came, where {event} belongs"),
            }
        }
    }

    pub(crate) async fn expect_refusal(&mut self) -> session_wire::Refusal {
        match self.expect("REFUSAL").await.message {
            Message::Refusal(refusal) => *refusal,
            other => panic!("{other:?}"),
        }
    }

    /// Reads until the hub closes: its code and reason.
    pub(crate) async fn expect_close(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Frame::Close(Some(frame))) => return (code(frame.code), frame.reason.to_string()),
                Some(Frame::Close(None)) | None => return (0, String::new()),
                Some(_) => {}
            }
        }
    }
}

fn code(code: CloseCode) -> u16 {
    code.into()
}

/// Plain HTTP, for what is no socket: status line, headers and body as text.
pub(crate) async fn http(address: SocketAddr, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
