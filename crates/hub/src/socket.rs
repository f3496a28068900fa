//! One WebSocket of a native peer.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use session_log::limits::OPERATIONS_PACKED_RATIO_MAX;
use session_transport::close_code;
use session_wire::{Envelope, Refusal};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::Limits;
use crate::bucket::Bucket;
use crate::frame::Frame;
use crate::outbox::{Close, Next, Outbox};
use crate::room::{ConnectionId, Refused, Request, Room, decode};

type Sink = SplitSink<WebSocket, Message>;
type Stream = SplitStream<WebSocket>;

/// How long the other side may take to answer a close.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Serves a socket until either side ends it.
pub(crate) async fn serve(socket: WebSocket, room: Room, limits: Arc<Limits>) {
    let (mut sink, mut stream) = socket.split();
    let outbox = Arc::new(Outbox::new(&limits));
    let id = match greet(&mut stream, &room, &limits, &outbox).await {
        Ok(id) => id,
        Err(refused) => {
            say_refusal(&mut sink, &room, &refused).await;
            end(sink, stream, refused.close).await;
            return;
        }
    };
    let mut reader = Reader { stream: &mut stream, id, room: &room, limits: &limits };
    let ping_at = Instant::now() + limits.ping_every;
    let mut writer = Writer { sink: &mut sink, outbox: &outbox, limits: &limits, ping_at };
    let (reason, close) = tokio::select! {
        close = reader.run() => (close.reason.clone(), Some(close)),
        ended = writer.run() => ended,
    };
    // An error means that the room is closed.
    let _ = room.request(Request::Leave { from: id, reason }).await;
    if let Some(close) = close {
        end(sink, stream, close).await;
    }
}

/// Waits for HELLO, asks the room to let the peer in, and hands over what came before HELLO.
async fn greet(
    stream: &mut Stream,
    room: &Room,
    limits: &Limits,
    outbox: &Arc<Outbox>,
) -> Result<ConnectionId, Refused> {
    let late = || refused(close_code::HELLO_TIMEOUT, format!("no HELLO came within {:?}", limits.hello_time));
    let reading = timeout(limits.hello_time, read_to_hello(stream, limits));
    let (hello, early) = reading.await.map_err(|_| late())??;
    let (reply, answer) = oneshot::channel();
    let closed = || refused(close_code::GOING_AWAY, "the session is closing".to_owned());
    let request = Request::Join { hello, outbox: Arc::clone(outbox), reply };
    room.request(request).await.map_err(|_| closed())?;
    let from = answer.await.map_err(|_| closed())??;
    for (envelope, frame) in early {
        room.request(Request::Message { from, envelope, frame, turn: None }).await.map_err(|_| closed())?;
    }
    Ok(from)
}

fn refused(code: u16, words: String) -> Refused {
    Refused { reason: "hello", close: Close { code, reason: words } }
}

type Early = Vec<(Box<Envelope>, Frame)>;

/// HELLO, and the messages before it.
async fn read_to_hello(stream: &mut Stream, limits: &Limits) -> Result<(Box<Envelope>, Early), Refused> {
    let bad = |words: String| refused(close_code::BAD_HELLO, words);
    let mut early = Vec::new();
    let mut bytes_left = limits.hello_bytes_max;
    loop {
        let bytes = next_text(stream).await.map_err(bad)?;
        bytes_left = bytes_left.checked_sub(bytes.len()).ok_or_else(|| {
            bad(format!("HELLO and what came before it have more than {} bytes", limits.hello_bytes_max))
        })?;
        // A turn is not kept: who has not said HELLO holds up nobody.
        let (envelope, frame, _) = decode(bytes).await.map_err(bad)?;
        if matches!(envelope.message, session_wire::Message::Hello(_)) {
            return Ok((envelope, early));
        }
        if early.len() >= limits.early_messages_max {
            let event = envelope.message.event();
            return Err(bad(format!("{} messages came before HELLO, {event} the last", early.len() + 1)));
        }
        early.push((envelope, frame));
    }
}

async fn next_text(stream: &mut Stream) -> Result<Bytes, String> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return Ok(Message::Text(text).into_data()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err("a binary message came; HELLO is text".to_owned()),
            Some(Ok(Message::Close(_))) | None => return Err("the connection ended before HELLO".to_owned()),
            Some(Err(error)) => return Err(error.to_string()),
        }
    }
}

async fn say_refusal(sink: &mut Sink, room: &Room, refused: &Refused) {
    let refusal = Refusal::new("", refused.reason, refused.close.reason.as_str());
    let envelope = Envelope::new(room.session(), "", refusal);
    let _ = timeout(CLOSE_TIME, sink.send(Message::text(envelope.encode()))).await;
}

/// Says why, and waits a moment for the answer, without which the last words could be lost with the connection.
async fn end(mut sink: Sink, mut stream: Stream, close: Close) {
    let frame = CloseFrame { code: close.code, reason: short(&close.reason).into() };
    let ending = async {
        if sink.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(message)) = stream.next().await {
                if matches!(message, Message::Close(_)) {
                    break;
                }
            }
        }
    };
    let _ = timeout(CLOSE_TIME, ending).await;
}

/// A close frame holds 123 bytes of reason.
fn short(reason: &str) -> String {
    let end = (0..=reason.len().min(123)).rev().find(|&end| reason.is_char_boundary(end)).unwrap_or(0);
    reason.get(..end).unwrap_or_default().to_owned()
}

struct Reader<'a> {
    stream: &'a mut Stream,
    id: ConnectionId,
    room: &'a Room,
    limits: &'a Limits,
}

impl Reader<'_> {
    /// Reads until the connection is to end, and says how.
    async fn run(&mut self) -> Close {
        let mut rate = Bucket::new(self.limits.rate_per_second, self.limits.rate_burst, Instant::now());
        loop {
            let received = timeout_at(Instant::now() + self.limits.silence, self.stream.next()).await;
            let request = match received {
                Err(_) => {
                    let reason = format!("nothing came for {:?}", self.limits.silence);
                    return Close { code: close_code::GOING_AWAY, reason };
                }
                Ok(None) => return ended("the connection broke".to_owned()),
                Ok(Some(Err(error))) => return self.broken(&error),
                Ok(Some(Ok(Message::Close(_)))) => return ended("the peer closed the connection".to_owned()),
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
                Ok(Some(Ok(Message::Binary(_)))) => {
                    self.unreadable("a binary message; messages are text".to_owned())
                }
                Ok(Some(Ok(text @ Message::Text(_)))) => {
                    let bytes = text.into_data();
                    self.hold_back(&mut rate, bytes.len()).await;
                    match decode(bytes).await {
                        Ok((envelope, frame, turn)) => {
                            self.charge_for_packed(&mut rate, &envelope);
                            Request::Message { from: self.id, envelope, frame, turn }
                        }
                        Err(detail) => self.unreadable(detail),
                    }
                }
            };
            if self.room.request(request).await.is_err() {
                return Close { code: close_code::GOING_AWAY, reason: "the session is closing".to_owned() };
            }
        }
    }

    /// Reads no faster than allowed, so that the sender has to wait and nothing is lost.
    async fn hold_back(&self, rate: &mut Bucket, bytes: usize) {
        if let Some(pause) = rate.take(1 + self.cost(bytes), Instant::now()) {
            let _ = self.room.request(Request::Throttled).await;
            tokio::time::sleep(pause).await;
        }
    }

    /// Packed operations count as long as they may become. Only what comes after them waits.
    fn charge_for_packed(&self, rate: &mut Bucket, envelope: &Envelope) {
        let session_wire::Message::Operations(operations) = &envelope.message else { return };
        let packed = operations.packed.as_deref().map_or(0, str::len);
        let _ = rate.take(self.cost(packed.saturating_mul(OPERATIONS_PACKED_RATIO_MAX)), Instant::now());
    }

    fn cost(&self, bytes: usize) -> u32 {
        u32::try_from(bytes / self.limits.rate_bytes.max(1)).unwrap_or(u32::MAX - 1)
    }

    fn unreadable(&self, detail: String) -> Request {
        Request::Unreadable { from: self.id, reason: "malformed", detail }
    }

    fn broken(&self, error: &axum::Error) -> Close {
        let words = error.to_string();
        if words.contains("too long") || words.contains("too big") {
            let reason = format!("a message is longer than {} bytes", self.limits.message_bytes_max);
            return Close { code: close_code::TOO_BIG, reason };
        }
        Close { code: close_code::POLICY, reason: format!("the connection broke: {words}") }
    }
}

fn ended(reason: String) -> Close {
    Close { code: close_code::NORMAL, reason }
}

struct Writer<'a> {
    sink: &'a mut Sink,
    outbox: &'a Outbox,
    limits: &'a Limits,
    ping_at: Instant,
}

impl Writer<'_> {
    /// Sends what is put into the outbox until the connection is to end; says why, and what to tell the other side.
    async fn run(&mut self) -> (String, Option<Close>) {
        loop {
            if self.ping_at <= Instant::now()
                && let Err(reason) = self.ping().await
            {
                return (reason, None);
            }
            let written = match self.outbox.next() {
                Next::Send(frame) => self.push(Some(Message::Text(frame.text()))).await,
                Next::Close(close) => return (close.reason.clone(), Some(close)),
                Next::Idle => self.wait().await,
            };
            if let Err(reason) = written {
                return match self.outbox.next() {
                    Next::Close(close) => (close.reason.clone(), Some(close)),
                    _ => (reason, None),
                };
            }
        }
    }

    async fn ping(&mut self) -> Result<(), String> {
        self.ping_at = Instant::now() + self.limits.ping_every;
        self.push(Some(Message::Ping(Bytes::new()))).await
    }

    /// Nothing waits: lets out what is still in the buffers, and sleeps.
    async fn wait(&mut self) -> Result<(), String> {
        self.push(None).await?;
        tokio::select! {
            () = self.outbox.changed() => {}
            () = sleep_until(self.ping_at) => {}
        }
        Ok(())
    }

    /// Writes a message (or, without one, what is still in the buffers), giving up where the connection is cut or takes
    /// nothing.
    async fn push(&mut self, message: Option<Message>) -> Result<(), String> {
        let Self { sink, outbox, limits, .. } = self;
        let written = async {
            match message {
                Some(message) => sink.feed(message).await,
                None => sink.flush().await,
            }
        };
        let cut = async {
            while !outbox.is_cut() {
                outbox.changed().await;
            }
        };
        tokio::select! {
            biased;
            written = timeout(limits.write_time, written) => match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(format!("the connection broke: {error}")),
                Err(_) => Err(format!("the connection took nothing for {:?}", limits.write_time)),
            },
            () = cut => Err("the connection was cut".to_owned()),
        }
    }
}
