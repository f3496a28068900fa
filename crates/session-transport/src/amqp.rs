//! A session on a RabbitMQ broker, as the reference declares it (legacy-protocol §6.3).

mod broker_error;
mod join;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Consumer, PublisherConfirm};
use rustls::ClientConfig;

use crate::address::AmqpAddress;
use crate::link::NotSent;
use crate::pump::{Connection, Dial, Loss, Reader, Received, Sent, Writer};
use crate::{ConnectError, Entropy, LinkOptions, TlsFiles, limits, tls};

/// Joins one session on one broker.
pub(crate) struct Dialer {
    address: AmqpAddress,
    app: String,
    opens: bool,
    tls: Option<Arc<ClientConfig>>,
    entropy: Entropy,
}

impl Dialer {
    pub(crate) fn new(address: &AmqpAddress, options: &LinkOptions) -> Result<Self, ConnectError> {
        let tls =
            address.tls.then(|| tls::client_config(&files(address, &options.tls), address.verification));
        let (app, entropy) = (options.app.clone(), options.entropy.clone());
        Ok(Self { address: address.clone(), app, opens: options.opens, tls: tls.transpose()?, entropy })
    }
}

/// The address's own files win; a certificate and its key belong together.
fn files(address: &AmqpAddress, options: &TlsFiles) -> TlsFiles {
    let (cert, key) = match (&address.cert_file, &address.key_file) {
        (Some(cert), Some(key)) => (Some(cert.clone()), Some(key.clone())),
        _ => (options.cert.clone(), options.key.clone()),
    };
    TlsFiles { ca: address.ca_file.clone().or_else(|| options.ca.clone()), cert, key }
}

impl Dial for Dialer {
    type Connection = BrokerConnection;

    async fn dial(&self) -> Result<BrokerConnection, ConnectError> {
        // A new name each time: the queue of a connection that broke may live on for a while and is exclusive to it.
        let queue = format!("otio-sync.{}.{:016x}", self.address.session, self.entropy.draw());
        join::join(&self.address, &self.app, &queue, self.opens, self.tls.clone()).await
    }

    fn timed_out(&self, after: Duration) -> ConnectError {
        ConnectError::TimedOut { address: self.address.to_string(), place: self.address.place(), after }
    }
}

/// A connection whose queue is bound and consumed.
pub(crate) struct BrokerConnection {
    connection: lapin::Connection,
    channel: Channel,
    consumer: Consumer,
    exchange: ShortString,
}

impl Connection for BrokerConnection {
    type Reader = BrokerReader;
    type Writer = BrokerWriter;

    fn split(self) -> (BrokerReader, BrokerWriter) {
        let Self { connection, channel, consumer, exchange } = self;
        let unconfirmed = FuturesOrdered::new();
        (BrokerReader { consumer }, BrokerWriter { connection, channel, exchange, unconfirmed })
    }
}

pub(crate) struct BrokerReader {
    consumer: Consumer,
}

impl Reader for BrokerReader {
    const CAN_WAIT: bool = false;

    async fn next(&mut self) -> Result<Received, Loss> {
        match self.consumer.next().await {
            Some(Ok(delivery)) if delivery.data.len() > limits::MESSAGE_BYTES => Ok(Received::Unusable),
            Some(Ok(delivery)) => Ok(Received::Message(delivery.data.into())),
            Some(Err(error)) => Err(broker_error::loss(&error)),
            None => Err(Loss::Passing("the broker ended this peer's queue".to_owned())),
        }
    }
}

pub(crate) struct BrokerWriter {
    connection: lapin::Connection,
    channel: Channel,
    exchange: ShortString,
    /// The reference publishes without confirmation and loses what was in flight; asking for it changes nothing for others.
    unconfirmed: FuturesOrdered<PublisherConfirm>,
}

impl BrokerWriter {
    /// The oldest publish's confirmation.
    async fn confirmed(&mut self) -> Result<usize, Loss> {
        match self.unconfirmed.next().await {
            None => Ok(0),
            Some(Ok(Confirmation::Ack(_) | Confirmation::NotRequested)) => Ok(1),
            Some(Ok(Confirmation::Nack(_))) => {
                Err(Loss::Passing("the broker could not take a message".to_owned()))
            }
            Some(Err(error)) => Err(broker_error::loss(&error)),
        }
    }

    /// Confirmations that are there already.
    fn confirmed_now(&mut self) -> Result<usize, Loss> {
        let mut count = 0;
        while !self.unconfirmed.is_empty() {
            match self.confirmed().now_or_never() {
                Some(confirmed) => count += confirmed?,
                None => break,
            }
        }
        Ok(count)
    }
}

impl Writer for BrokerWriter {
    async fn send(&mut self, message: Bytes) -> Result<Sent, Loss> {
        if message.len() > limits::MESSAGE_BYTES {
            return Ok(Sent::Refused(NotSent::TooLarge { limit: limits::MESSAGE_BYTES }));
        }
        let mut arrived = self.confirmed_now()?;
        while self.unconfirmed.len() >= limits::UNCONFIRMED_PUBLISHES {
            arrived += self.confirmed().await?;
        }
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let publish =
            self.channel.basic_publish(self.exchange.clone(), "".into(), options, &message, properties);
        self.unconfirmed.push_back(publish.await.map_err(|error| broker_error::loss(&error))?);
        Ok(Sent::Settled(arrived))
    }

    async fn idle(&mut self) -> Result<usize, Loss> {
        if self.unconfirmed.is_empty() {
            return pending().await;
        }
        self.confirmed().await
    }

    async fn leave(&mut self) {
        // All is confirmed; whether the good-bye arrives changes nothing.
        let _ = self.connection.close(200, "session left".into()).await;
    }
}
