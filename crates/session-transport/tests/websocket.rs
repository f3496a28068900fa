//! The WebSocket link against small servers that behave well and badly.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use session_transport::{
    Address, ConnectError, Link, LinkError, LinkEvent, LinkOptions, NotSent, SUBPROTOCOL, close_code,
    connect, limits,
};
use support::{down, event, hasty, message, send, up};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// A hub's front door, and nothing behind it.
struct Door {
    listener: TcpListener,
    subprotocol: Option<&'static str>,
}

impl Door {
    async fn open() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), subprotocol: Some(SUBPROTOCOL) }
    }

    fn address(&self) -> Address {
        let port = self.listener.local_addr().unwrap().port();
        format!("ws://127.0.0.1:{port}/dailies#k=hush").parse().unwrap()
    }

    /// Lets one peer in; gives its socket and the path and query it asked for.
    #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
    async fn admit(&self) -> (WebSocketStream<TcpStream>, String) {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut asked = String::new();
        let answer = |request: &Request, mut response: Response| {
            asked = request.uri().to_string();
            assert_eq!(request.headers()["sec-websocket-protocol"], SUBPROTOCOL);
            if let Some(subprotocol) = self.subprotocol {
                response
                    .headers_mut()
                    .insert("sec-websocket-protocol", HeaderValue::from_static(subprotocol));
            }
            Ok(response)
        };
        let config = WebSocketConfig::default().max_frame_size(None).max_message_size(None);
        let socket = accept_hdr_async_with_config(stream, answer, Some(config)).await.unwrap();
        (socket, asked)
    }

    /// Answers one connection with these bytes and hangs up.
    async fn answer(&self, bytes: &[u8]) {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(bytes).await.unwrap();
        let _ = stream.shutdown().await;
    }
}

async fn enter(door: &Door, options: LinkOptions) -> (Link, WebSocketStream<TcpStream>) {
    let address = door.address();
    let (link, (socket, _)) = tokio::join!(connect(&address, options), door.admit());
    let mut link = link.unwrap();
    up(&mut link).await;
    (link, socket)
}

async fn refusal(door: &Door, answer: &str) -> ConnectError {
    let address = door.address();
    let (link, ()) = tokio::join!(connect(&address, hasty()), door.answer(answer.as_bytes()));
    link.unwrap_err()
}

async fn text(socket: &mut WebSocketStream<TcpStream>) -> Utf8Bytes {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return text,
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("expected text, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_peer_asks_for_its_session_and_speaks_text_frames() {
    let door = Door::open().await;
    let address = door.address();
    let (link, (mut socket, asked)) = tokio::join!(connect(&address, hasty()), door.admit());
    let mut link = link.unwrap();
    assert_eq!(asked, "/ws?session=dailies");
    up(&mut link).await;
    send(&link, "hello").await;
    assert_eq!(text(&mut socket).await.as_str(), "hello");
    socket.send(Message::text("welcome")).await.unwrap();
    assert_eq!(message(&mut link).await, "welcome");
    let counted = link.counters.snapshot();
    assert_eq!((counted.sent, counted.received, counted.dropped), (1, 1, 0));
}

#[tokio::test]
async fn a_peer_comes_back_after_the_hub_dropped_it() {
    let door = Door::open().await;
    let (mut link, socket) = enter(&door, hasty()).await;
    for _ in 0..3 {
        send(&link, "x").await;
    }
    drop(socket);
    let reason = down(&mut link).await;
    assert!(reason.contains("broke") || reason.contains("without a word"), "{reason}");
    let (mut socket, _) = door.admit().await;
    up(&mut link).await;
    send(&link, "back").await;
    while text(&mut socket).await.as_str() != "back" {}
    assert_eq!(link.counters.snapshot().reconnects, 1);
}

#[tokio::test]
async fn a_restart_brings_the_peer_back_and_a_refusal_ends_it() {
    let door = Door::open().await;
    let (mut link, mut socket) = enter(&door, hasty()).await;
    let frame = |code: u16, reason: &'static str| CloseFrame { code: code.into(), reason: reason.into() };
    socket.close(Some(frame(close_code::RESTART, "new version"))).await.unwrap();
    assert_eq!(down(&mut link).await, "the hub restarts (1012: new version)");
    let (mut socket, _) = door.admit().await;
    up(&mut link).await;
    socket.close(Some(frame(close_code::WRONG_SECRET, "expired"))).await.unwrap();
    let LinkEvent::Failed(LinkError::Refused { address, reason }) = event(&mut link).await else {
        panic!("no refusal")
    };
    assert!(reason.contains("ask for a new link (4401: expired)"), "{reason}");
    assert!(!address.contains("hush"), "{address}");
    assert_eq!(link.incoming.recv().await, None);
    assert!(link.outgoing.is_closed());
}

#[tokio::test]
async fn every_close_code_has_a_meaning() {
    for (code, ends) in [
        (close_code::NORMAL, true),
        (close_code::GOING_AWAY, false),
        (close_code::POLICY, true),
        (close_code::TOO_BIG, false),
        (close_code::INTERNAL, false),
        (close_code::TRY_LATER, false),
        (close_code::BAD_HELLO, true),
        (close_code::FORBIDDEN, true),
        (close_code::NO_SESSION, true),
        (close_code::HELLO_TIMEOUT, false),
        (close_code::GUID_TAKEN, true),
        (close_code::SENT_AWAY, true),
        (close_code::RATE_LIMIT, false),
    ] {
        let door = Door::open().await;
        let (mut link, mut socket) = enter(&door, hasty()).await;
        socket.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await.unwrap();
        match event(&mut link).await {
            LinkEvent::Failed(_) => assert!(ends, "{code} should not end the link"),
            LinkEvent::Down { .. } => assert!(!ends, "{code} should end the link"),
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn each_way_a_first_connection_fails_is_told_apart() {
    let door = Door::open().await;
    let no = refusal(&door, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(no, ConnectError::NotOtioSync { .. }), "{no:?}");
    let no = refusal(&door, "HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nlink is up").await;
    assert!(matches!(no, ConnectError::SessionRefused { .. }), "{no:?}");
    let no = refusal(&door, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").await;
    assert!(!no.is_permanent(), "{no:?}");
    let no = refusal(&door, "SSH-2.0-OpenSSH_9.2\r\n").await;
    assert!(matches!(no, ConnectError::NotOtioSync { .. }), "{no:?}");
    let no = refusal(&door, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(no, ConnectError::NotOtioSync { .. }), "{no:?}");

    let plain = Door { subprotocol: None, ..Door::open().await };
    let address = plain.address();
    let (link, _) = tokio::join!(connect(&address, hasty()), plain.admit());
    let no = link.unwrap_err();
    assert!(no.to_string().contains("does not speak otio-sync.v1"), "{no}");
    assert!(!no.to_string().contains("hush"), "{no}");
}

#[tokio::test]
async fn nobody_there_an_unknown_name_and_a_silent_host_are_told_apart() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let address: Address = format!("ws://127.0.0.1:{port}/dailies").parse().unwrap();
    let no = connect(&address, hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::Refused { .. }), "{no:?}");
    let address: Address = "ws://no-such-host.invalid:8480/dailies".parse().unwrap();
    let no = connect(&address, hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::NameNotFound { .. }), "{no:?}");
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: Address = format!("ws://{}/dailies", silent.local_addr().unwrap()).parse().unwrap();
    let options = LinkOptions { connect_time: Duration::from_millis(200), ..hasty() };
    let no = connect(&address, options).await.unwrap_err();
    assert!(matches!(no, ConnectError::TimedOut { .. }), "{no:?}");
}

#[tokio::test]
async fn an_encrypted_address_at_a_plain_port_is_told() {
    let door = Door::open().await;
    let port = door.listener.local_addr().unwrap().port();
    let address: Address = format!("wss://127.0.0.1:{port}/dailies").parse().unwrap();
    let plain = door.answer(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let (link, ()) = tokio::join!(connect(&address, hasty()), plain);
    let no = link.unwrap_err();
    assert!(matches!(no, ConnectError::Tls { .. }), "{no:?}");
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_is_told_and_the_link_goes_on() {
    let door = Door::open().await;
    let (mut link, mut socket) = enter(&door, hasty()).await;
    link.outgoing.send(Bytes::from(vec![b'x'; limits::MESSAGE_BYTES + 1])).await.unwrap();
    let limit = limits::MESSAGE_BYTES;
    let too_large = LinkEvent::NotSent { bytes: limit + 1, reason: NotSent::TooLarge { limit } };
    assert_eq!(event(&mut link).await, too_large);
    link.outgoing.send(Bytes::from_static(b"\xff")).await.unwrap();
    assert_eq!(event(&mut link).await, LinkEvent::NotSent { bytes: 1, reason: NotSent::NotUtf8 });
    send(&link, "fine").await;
    assert_eq!(text(&mut socket).await.as_str(), "fine");
    assert_eq!(link.counters.snapshot().dropped, 2);
}

#[tokio::test]
async fn twenty_megabytes_pass_and_more_than_the_limit_is_a_gap() {
    let door = Door::open().await;
    let (mut link, mut socket) = enter(&door, hasty()).await;
    let large = "x".repeat(20 << 20);
    let (sent, ()) = tokio::join!(text(&mut socket), send(&link, &large));
    assert_eq!(sent.len(), large.len());
    let (received, sent) = tokio::join!(message(&mut link), socket.send(Message::text(large)));
    sent.unwrap();
    assert_eq!(received.len(), 20 << 20);
    let beyond = Message::text("x".repeat(limits::MESSAGE_BYTES + 1));
    let (reason, _) = tokio::join!(down(&mut link), socket.send(beyond));
    assert!(reason.contains("more than"), "{reason}");
    door.admit().await;
    up(&mut link).await;
}

#[tokio::test]
async fn a_hub_that_goes_silent_is_noticed_and_one_that_answers_pings_is_not() {
    let quick =
        LinkOptions { ping_every: Duration::from_millis(50), silence: Duration::from_millis(400), ..hasty() };
    let door = Door::open().await;
    let (mut link, mut socket) = enter(&door, quick).await;
    // Reading answers pings.
    let end = Instant::now() + Duration::from_millis(1200);
    while Instant::now() < end {
        let _ = tokio::time::timeout(Duration::from_millis(50), socket.next()).await;
    }
    assert!(link.incoming.try_recv().is_err(), "pongs are signs of life");
    let reason = down(&mut link).await;
    assert!(reason.contains("silent"), "{reason}");
}

#[tokio::test]
async fn closing_sends_what_waits_and_says_good_bye() {
    let door = Door::open().await;
    let (link, mut socket) = enter(&door, hasty()).await;
    for n in 0..200 {
        send(&link, &n.to_string()).await;
    }
    let began = Instant::now();
    let reader = async {
        for n in 0..200 {
            assert_eq!(text(&mut socket).await.as_str(), n.to_string());
        }
        assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
    };
    let (unsent, ()) = tokio::join!(link.close(), reader);
    assert_eq!(unsent, 0);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn leaving_is_no_loss() {
    let door = Door::open().await;
    let (link, mut socket) = enter(&door, hasty()).await;
    let answers = async { while let Some(Ok(_)) = socket.next().await {} };
    let (events, ()) = tokio::join!(support::end(link), answers);
    assert_eq!(events, []);
}

#[tokio::test]
async fn a_hub_that_does_not_read_makes_the_driver_wait_and_not_the_memory_grow() {
    let door = Door::open().await;
    let (link, _socket) = enter(&door, LinkOptions { channel_messages: 4, ..hasty() }).await;
    let large = Bytes::from(vec![b'x'; 4 << 20]);
    let mut taken = 0;
    while link.outgoing.send(large.clone()).now_or_wait().await {
        taken += 1;
        assert!(taken < 100, "the link takes without end");
    }
    let began = Instant::now();
    assert!(link.close().await > 0);
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

/// Whether something is done within a short time.
trait NowOrWait: Future + Sized {
    async fn now_or_wait(self) -> bool {
        tokio::time::timeout(Duration::from_millis(500), self).await.is_ok()
    }
}

impl<F: Future> NowOrWait for F {}
