//! The one loop under every transport: sends, receives, notices losses, comes back.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::inbox::Inbox;
use crate::link::{LinkEvent, NotSent};
use crate::outbox::{Filled, Outbox};
use crate::{Backoff, ConnectError, LinkCounters, LinkError, LinkOptions, Reconnect, limits};

/// Makes connections to one address.
pub(crate) trait Dial: Send + Sync + 'static {
    /// What it makes.
    type Connection: Connection;
    /// Connects and joins the session, so that nothing sent after this is missed.
    fn dial(&self) -> impl Future<Output = Result<Self::Connection, ConnectError>> + Send;
    /// The error of an attempt that took too long.
    fn timed_out(&self, after: Duration) -> ConnectError;
}

/// One connection, until it is lost.
pub(crate) trait Connection: Send + 'static {
    /// Its receiving half.
    type Reader: Reader;
    /// Its sending half.
    type Writer: Writer;
    /// Both halves; they are used at the same time.
    fn split(self) -> (Self::Reader, Self::Writer);
}

/// The receiving half of a connection.
pub(crate) trait Reader: Send {
    /// Whether the other side can be made to wait while the driver is behind.
    const CAN_WAIT: bool;
    /// What comes next. May be cancelled without loss.
    fn next(&mut self) -> impl Future<Output = Result<Received, Loss>> + Send;
}

/// The sending half of a connection.
pub(crate) trait Writer: Send {
    /// Sends one message.
    fn send(&mut self, message: Bytes) -> impl Future<Output = Result<Sent, Loss>> + Send;
    /// While there is nothing to send: housekeeping. Gives how many of the oldest messages in flight have arrived. May be cancelled.
    fn idle(&mut self) -> impl Future<Output = Result<usize, Loss>> + Send;
    /// Takes leave of the other side; nothing is in flight any more.
    fn leave(&mut self) -> impl Future<Output = ()> + Send;
}

/// What came in.
pub(crate) enum Received {
    /// A message for the driver.
    Message(Bytes),
    /// Something that cannot be a message: it is dropped and counted.
    Unusable,
    /// A message of another session: it is left out and counted.
    OtherSession,
    /// Something of the transport's own.
    Nothing,
}

/// What became of one message.
pub(crate) enum Sent {
    /// It is on its way; so many of the oldest messages in flight, it included, have arrived.
    Settled(usize),
    /// It was not sent; the connection is unharmed.
    Refused(NotSent),
}

/// Why a connection ended.
pub(crate) enum Loss {
    /// It broke; another may be made.
    Passing(String),
    /// There is no coming back.
    Final(LinkError),
}

/// Dials, for at most `time`.
pub(crate) async fn dial_in_time<D: Dial>(dial: &D, time: Duration) -> Result<D::Connection, ConnectError> {
    timeout(time, dial.dial()).await.unwrap_or_else(|_| Err(dial.timed_out(time)))
}

/// Keeps one link alive.
pub(crate) struct Pump<D> {
    dial: D,
    outbox: Outbox,
    inbox: Inbox,
    counters: Arc<LinkCounters>,
    reconnect: Reconnect,
    backoff: Backoff,
    connect_time: Duration,
    silence: Duration,
}

impl<D: Dial> Pump<D> {
    pub(crate) fn new(
        dial: D,
        options: &LinkOptions,
        from_driver: mpsc::Receiver<Bytes>,
        close: oneshot::Receiver<()>,
        to_driver: mpsc::Sender<LinkEvent>,
        counters: Arc<LinkCounters>,
    ) -> Self {
        Self {
            dial,
            outbox: Outbox::new(from_driver, close, Arc::clone(&counters)),
            inbox: Inbox::new(to_driver, Arc::clone(&counters)),
            counters,
            reconnect: options.reconnect,
            backoff: Backoff::new(options.reconnect, options.entropy.clone()),
            connect_time: options.connect_time,
            silence: options.silence,
        }
    }

    /// Runs until the driver leaves or there is no coming back; gives the number of messages not known to have arrived.
    pub(crate) async fn run(mut self, first: D::Connection) -> usize {
        let mut connection = Some(first);
        while let Some(current) = connection.take() {
            self.inbox.event(LinkEvent::Up);
            let came_up = Instant::now();
            match self.serve(current).await {
                Ok(()) => break,
                Err(Loss::Final(error)) => {
                    self.inbox.event(LinkEvent::Failed(error));
                    break;
                }
                Err(Loss::Passing(reason)) => {
                    tracing::info!(%reason, "link down");
                    self.inbox.event(LinkEvent::Down { reason });
                }
            }
            self.outbox.resend();
            if came_up.elapsed() >= self.reconnect.steady {
                self.backoff.reset();
            }
            connection = self.come_back().await;
        }
        // Whoever neither reads nor leaves is not waited for.
        let _ = timeout(limits::FLUSH_TIME, self.inbox.deliver_all()).await;
        self.outbox.len()
    }

    /// Uses a connection until it ends; `Ok` where the driver wanted it.
    async fn serve(&mut self, connection: D::Connection) -> Result<(), Loss> {
        let (mut reader, mut writer) = connection.split();
        let (notices, mut to_pass_on) = mpsc::unbounded_channel();
        let outcome = tokio::select! {
            outcome = write_all(&mut writer, &mut self.outbox, &notices, self.silence) => outcome.map(|()| true),
            outcome = read_all(&mut reader, &mut self.inbox, &mut to_pass_on) => outcome.map(|()| false),
        };
        while let Ok(event) = to_pass_on.try_recv() {
            self.inbox.event(event);
        }
        // Once all is said, the other side's good-bye is no loss.
        let all_said = outcome.is_err() && self.outbox.is_drained() && self.outbox.is_empty();
        if all_said || outcome? {
            return Ok(());
        }
        // The driver dropped its receiving end: what it has sent still goes out.
        self.outbox.stop();
        write_all(&mut writer, &mut self.outbox, &notices, self.silence).await
    }

    /// Tries to connect until it succeeds, is hopeless, or the driver leaves.
    async fn come_back(&mut self) -> Option<D::Connection> {
        let mut hopeless = 0;
        let mut deadline = None;
        loop {
            let delay = self.backoff.next_delay();
            let attempt = async {
                sleep(delay).await;
                dial_in_time(&self.dial, self.connect_time).await
            };
            match while_down(attempt, &mut self.outbox, &mut self.inbox, &mut deadline).await? {
                Ok(connection) => {
                    self.counters.add_reconnect();
                    return Some(connection);
                }
                Err(error) => {
                    tracing::warn!(%error, attempts = self.backoff.attempts(), "link: could not come back yet");
                    hopeless = if error.is_permanent() { hopeless + 1 } else { 0 };
                    if hopeless >= self.reconnect.hopeless {
                        let attempts = self.backoff.attempts();
                        self.inbox.event(LinkEvent::Failed(LinkError::CannotReturn { attempts, error }));
                        return None;
                    }
                }
            }
        }
    }
}

/// Attends to the driver while a connection is being made; `None` where the driver left or its time for closing is over.
async fn while_down<T>(
    attempt: impl Future<Output = T>,
    outbox: &mut Outbox,
    inbox: &mut Inbox,
    deadline: &mut Option<Instant>,
) -> Option<T> {
    tokio::pin!(attempt);
    loop {
        if outbox.is_closing() && deadline.is_none() {
            *deadline = Some(Instant::now() + limits::FLUSH_TIME);
        }
        if inbox.is_abandoned() || (outbox.is_drained() && outbox.is_empty()) {
            return None;
        }
        let over = async {
            match *deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = &mut attempt => return Some(done),
            filled = outbox.fill() => {
                if let Filled::Refused { bytes } = filled {
                    inbox.event(LinkEvent::NotSent { bytes, reason: NotSent::QueueFull });
                }
            }
            () = inbox.deliver() => {}
            () = over => return None,
        }
    }
}

/// Receives until the connection is lost (`Err`) or the driver is gone (`Ok`).
async fn read_all<R: Reader>(
    reader: &mut R,
    inbox: &mut Inbox,
    notices: &mut mpsc::UnboundedReceiver<LinkEvent>,
) -> Result<(), Loss> {
    while !inbox.is_abandoned() {
        let reads = !R::CAN_WAIT || inbox.has_room();
        tokio::select! {
            () = inbox.deliver() => {}
            Some(event) = notices.recv() => inbox.event(event),
            received = reader.next(), if reads => inbox.take(received?),
        }
    }
    Ok(())
}

/// Sends until the connection is lost (`Err`) or the driver wanted an end (`Ok`).
async fn write_all<W: Writer>(
    writer: &mut W,
    outbox: &mut Outbox,
    notices: &UnboundedSender<LinkEvent>,
    silence: Duration,
) -> Result<(), Loss> {
    let mut deadline = None;
    loop {
        if outbox.is_closing() && deadline.is_none() {
            deadline = Some(Instant::now() + limits::FLUSH_TIME);
        }
        let step = write_one(writer, outbox, notices, silence);
        let finished = match deadline {
            None => step.await?,
            Some(deadline) => timeout_at(deadline, step).await.unwrap_or(Ok(true))?,
        };
        if finished {
            return Ok(());
        }
    }
}

/// One step of sending; true where all is done.
async fn write_one<W: Writer>(
    writer: &mut W,
    outbox: &mut Outbox,
    notices: &UnboundedSender<LinkEvent>,
    silence: Duration,
) -> Result<bool, Loss> {
    if let Some(message) = outbox.next() {
        let bytes = message.len();
        let sending = timeout(silence, writer.send(message)).await;
        match sending
            .map_err(|_| Loss::Passing(format!("one message could not be sent within {silence:?}")))??
        {
            Sent::Settled(count) => {
                outbox.sent();
                outbox.settle(count);
            }
            Sent::Refused(reason) => {
                outbox.refuse();
                // Where nobody listens any more the counter still tells.
                let _ = notices.send(LinkEvent::NotSent { bytes, reason });
            }
        }
        return Ok(false);
    }
    if outbox.is_empty() && outbox.is_drained() {
        writer.leave().await;
        return Ok(true);
    }
    tokio::select! {
        filled = outbox.fill(), if outbox.has_room() && !outbox.is_drained() => {
            if let Filled::Refused { bytes } = filled {
                let _ = notices.send(LinkEvent::NotSent { bytes, reason: NotSent::QueueFull });
            }
        }
        arrived = writer.idle() => outbox.settle(arrived?),
    }
    Ok(false)
}
