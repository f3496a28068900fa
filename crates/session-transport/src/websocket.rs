//! A hub's WebSocket, seen from a peer.

pub mod close_code;
mod handshake;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::address::{Verification, WebSocketAddress};
use crate::link::NotSent;
use crate::pump::{Connection, Dial, Loss, Reader, Received, Sent, Writer};
use crate::{ConnectError, LinkOptions, limits, tls};

/// The subprotocol of a peer's socket.
pub const SUBPROTOCOL: &str = "otio-sync.v1";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens sockets to one session of a hub.
pub(crate) struct Dialer {
    address: WebSocketAddress,
    app: String,
    tls: Option<Arc<ClientConfig>>,
    ping_every: Duration,
    silence: Duration,
}

impl Dialer {
    pub(crate) fn new(address: &WebSocketAddress, options: &LinkOptions) -> Result<Self, ConnectError> {
        let tls = address.tls.then(|| tls::client_config(&options.tls, Verification::On)).transpose()?;
        Ok(Self {
            address: address.clone(),
            app: options.app.clone(),
            tls,
            ping_every: options.ping_every,
            silence: options.silence,
        })
    }
}

impl Dial for Dialer {
    type Connection = HubConnection;

    async fn dial(&self) -> Result<HubConnection, ConnectError> {
        let socket = handshake::open(&self.address, &self.app, self.tls.clone()).await?;
        Ok(HubConnection {
            socket,
            address: self.address.to_string(),
            ping_every: self.ping_every,
            silence: self.silence,
        })
    }

    fn timed_out(&self, after: Duration) -> ConnectError {
        ConnectError::TimedOut { address: self.address.to_string(), place: self.address.place(), after }
    }
}

pub(crate) struct HubConnection {
    socket: Socket,
    address: String,
    ping_every: Duration,
    silence: Duration,
}

impl Connection for HubConnection {
    type Reader = HubReader;
    type Writer = HubWriter;

    fn split(self) -> (HubReader, HubWriter) {
        let (sink, stream) = self.socket.split();
        let now = Instant::now();
        (
            HubReader { stream, address: self.address, heard: now, silence: self.silence, farewell: None },
            HubWriter { sink, pinged: now, ping_every: self.ping_every },
        )
    }
}

pub(crate) struct HubReader {
    stream: SplitStream<Socket>,
    address: String,
    heard: Instant,
    silence: Duration,
    /// The hub's good-bye: code and reason. Kept here because waiting for the next frame may be cancelled.
    farewell: Option<(u16, String)>,
}

impl HubReader {
    /// The hub said good-bye; lets the answer to that go out.
    async fn closed(&mut self, code: u16, reason: &str) -> Loss {
        self.farewell = Some((code, reason.to_owned()));
        let _ = timeout(Duration::from_millis(200), self.stream.next()).await;
        close_code::loss(&self.address, code, reason)
    }
}

impl Reader for HubReader {
    const CAN_WAIT: bool = true;

    async fn next(&mut self) -> Result<Received, Loss> {
        if let Some((code, reason)) = &self.farewell {
            return Err(close_code::loss(&self.address, *code, reason));
        }
        let frame = timeout_at(self.heard + self.silence, self.stream.next()).await;
        self.heard = Instant::now();
        match frame {
            Err(_) => Err(Loss::Passing(format!("the hub was silent for {:?}", self.silence))),
            Ok(None) => Err(Loss::Passing("the hub closed the connection without a word".to_owned())),
            Ok(Some(Err(error))) => Err(Loss::Passing(reading_failed(&error))),
            Ok(Some(Ok(Message::Text(text)))) => Ok(Received::Message(text.into())),
            Ok(Some(Ok(Message::Binary(bytes)))) => Ok(Received::Message(bytes)),
            Ok(Some(Ok(Message::Close(None)))) => Err(self.closed(close_code::NONE, "").await),
            Ok(Some(Ok(Message::Close(Some(frame))))) => {
                Err(self.closed(frame.code.into(), &frame.reason).await)
            }
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => Ok(Received::Nothing),
        }
    }
}

fn reading_failed(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Capacity(_) => {
            format!("the hub sent a message of more than {} bytes", limits::MESSAGE_BYTES)
        }
        _ => format!("the connection to the hub broke: {error}"),
    }
}

pub(crate) struct HubWriter {
    sink: SplitSink<Socket, Message>,
    pinged: Instant,
    ping_every: Duration,
}

impl HubWriter {
    async fn put(&mut self, message: Message) -> Result<(), Loss> {
        let sent = self.sink.send(message).await;
        sent.map_err(|error| Loss::Passing(format!("the connection to the hub broke: {error}")))
    }

    async fn ping(&mut self) -> Result<(), Loss> {
        self.pinged = Instant::now();
        self.put(Message::Ping(Bytes::new())).await
    }
}

impl Writer for HubWriter {
    async fn send(&mut self, message: Bytes) -> Result<Sent, Loss> {
        if message.len() > limits::MESSAGE_BYTES {
            return Ok(Sent::Refused(NotSent::TooLarge { limit: limits::MESSAGE_BYTES }));
        }
        let Ok(text) = Utf8Bytes::try_from(message) else {
            return Ok(Sent::Refused(NotSent::NotUtf8));
        };
        // A writer that is never idle has to ping too: in a quiet session nothing but pongs comes back.
        if self.pinged.elapsed() >= self.ping_every {
            self.ping().await?;
        }
        self.put(Message::Text(text)).await?;
        Ok(Sent::Settled(1))
    }

    async fn idle(&mut self) -> Result<usize, Loss> {
        tokio::time::sleep_until(self.pinged + self.ping_every).await;
        self.ping().await?;
        Ok(0)
    }

    async fn leave(&mut self) {
        // All messages are out; whether the good-bye arrives changes nothing.
        let _ = self.sink.close().await;
    }
}
