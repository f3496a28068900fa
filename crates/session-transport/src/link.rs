//! The driver contract: one link, whatever carries it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::{
    Address, ConnectError, LinkCounters, LinkError, LinkOptions, amqp, limits, pump, udp, websocket,
};

/// An open link to a session.
///
/// Messages put into `outgoing` are sent in order. Whoever takes part should put ephemeral messages in only while the
/// link is up: what is put in while it is down is kept, within bounds, and sent when it is up again. A link may hand a
/// peer's own messages back to it (AMQP and UDP do).
///
/// The link ends when every clone of `outgoing` is dropped, when `incoming` is dropped, or with [`Link::close`]; what
/// waits is then sent first, for at most [`limits::FLUSH_TIME`].
#[derive(Debug)]
pub struct Link {
    /// Messages to send. Bounded: `send().await` waits while the network is slower than its user.
    pub outgoing: mpsc::Sender<Bytes>,
    /// What happens. The first event is `Up`. Ends after `Failed` and after the link was closed.
    pub incoming: mpsc::Receiver<LinkEvent>,
    /// What the link has done, counted.
    pub counters: Arc<LinkCounters>,
    closing: oneshot::Sender<()>,
    task: JoinHandle<usize>,
}

/// What happens on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkEvent {
    /// The link is up, for the first time or again; a driver that greets does it now.
    Up,
    /// A message.
    Message(Bytes),
    /// A gap: from here to the next `Up`, and a little before, messages may have been missed. The link comes back by itself.
    Down {
        /// What happened, for people.
        reason: String,
    },
    /// A message was not sent and will not be.
    NotSent {
        /// Its size.
        bytes: usize,
        /// Why.
        reason: NotSent,
    },
    /// The link gave up; nothing follows.
    Failed(LinkError),
}

/// Why one message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent {
    /// It is larger than this transport carries.
    #[error("it is larger than the {limit} bytes this transport carries")]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// It is not UTF-8, which a WebSocket's text frames are.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The link has been down so long that its queue is full.
    #[error("the link is down and its queue is full")]
    QueueFull,
    /// The socket did not take it.
    #[error("the socket did not take it: {0}")]
    Socket(String),
}

impl Link {
    /// Sends what still waits, for at most [`limits::FLUSH_TIME`], takes leave of the other side and ends.
    /// Events that still come are dropped.
    ///
    /// Returns how many messages could not be sent (or, on AMQP, were sent and not confirmed).
    pub async fn close(self) -> usize {
        let Self { outgoing, mut incoming, closing, mut task, .. } = self;
        let handed_over = outgoing.max_capacity() - outgoing.capacity();
        drop(outgoing);
        // An error means that the link has ended already.
        let _ = closing.send(());
        let ended = async {
            while incoming.recv().await.is_some() {}
            (&mut task).await.unwrap_or_default()
        };
        // The link's task holds to FLUSH_TIME itself, unless the network keeps it within one large message.
        let unsent = tokio::time::timeout(limits::FLUSH_TIME * 2, ended).await;
        unsent.unwrap_or_else(|_| {
            task.abort();
            handed_over.max(1)
        })
    }

    pub(crate) fn spawn<D: pump::Dial>(dial: D, connection: D::Connection, options: &LinkOptions) -> Self {
        let (outgoing, from_driver) = mpsc::channel(options.channel_messages.max(1));
        let (to_driver, incoming) = mpsc::channel(options.channel_messages.max(1));
        let (closing, asked_to_close) = oneshot::channel();
        let counters = Arc::new(LinkCounters::default());
        let pump =
            pump::Pump::new(dial, options, from_driver, asked_to_close, to_driver, Arc::clone(&counters));
        let task = tokio::spawn(pump.run(connection));
        Self { outgoing, incoming, counters, closing, task }
    }
}

/// Opens a link to a session. Must be called within a tokio runtime.
///
/// # Errors
/// The first connection fails fast, with the reason and what to do; after that the link comes back by itself.
pub async fn connect(address: &Address, options: LinkOptions) -> Result<Link, ConnectError> {
    match address {
        Address::WebSocket(address) => open(websocket::Dialer::new(address, &options)?, &options).await,
        Address::Amqp(address) => open(amqp::Dialer::new(address, &options)?, &options).await,
        Address::Udp(address) => open(udp::Dialer::new(address, &options), &options).await,
    }
}

pub(crate) async fn open<D: pump::Dial>(dial: D, options: &LinkOptions) -> Result<Link, ConnectError> {
    let connection = pump::dial_in_time(&dial, options.connect_time).await?;
    Ok(Link::spawn(dial, connection, options))
}
