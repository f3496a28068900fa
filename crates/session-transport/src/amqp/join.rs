//! From an address to a bound and consumed queue.

use std::net::SocketAddr;
use std::sync::Arc;

use lapin::options::{
    BasicConsumeOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::tcp::{AsyncTcpStream, RustlsConnector};
use lapin::types::FieldTable;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, ConnectionProperties, Consumer, ExchangeKind};
use rustls::ClientConfig;
use tokio::net::lookup_host;

use super::BrokerConnection;
use super::broker_error::{Stage, connect_error, tls_failed};
use crate::address::AmqpAddress;
use crate::error::name_not_found;
use crate::{ConnectError, limits};

/// Connects and joins: when this returns, nothing that is published to the session is missed.
pub(super) async fn join(
    address: &AmqpAddress,
    app: &str,
    queue: &str,
    opens: bool,
    tls: Option<Arc<ClientConfig>>,
) -> Result<BrokerConnection, ConnectError> {
    let found = lookup_host((address.host.as_str(), address.port)).await;
    let places = found.map_err(|error| name_not_found(address.to_string(), &address.host, &error))?.collect();
    let connecting = connect(address, app, places, tls).await;
    let connection = connecting.map_err(|error| connect_error(address, Stage::Connect, &error))?;
    let exchange = address.exchange();
    let joining = consume(&connection, &exchange, queue, opens).await;
    let (channel, consumer) = joining.map_err(|(stage, error)| connect_error(address, stage, &error))?;
    Ok(BrokerConnection { connection, channel, consumer, exchange: exchange.into() })
}

async fn connect(
    address: &AmqpAddress,
    app: &str,
    places: Vec<SocketAddr>,
    tls: Option<Arc<ClientConfig>>,
) -> lapin::Result<lapin::Connection> {
    let properties =
        ConnectionProperties::default().with_connection_name(format!("{app}: {}", address.session).into());
    let tls = tls.map(|config| (RustlsConnector::from(config), address.host.clone()));
    let connector = async move |_uri, runtime| {
        let stream = AsyncTcpStream::connect(&runtime, places.clone()).await?;
        match &tls {
            None => Ok(stream),
            Some((connector, host)) => Ok(stream.into_rustls(connector, host).await.map_err(tls_failed)?),
        }
    };
    let runtime = lapin::runtime::default_runtime()?;
    lapin::Connection::connector(uri(address), runtime, connector, properties).await
}

fn uri(address: &AmqpAddress) -> AMQPUri {
    AMQPUri {
        scheme: if address.tls { AMQPScheme::AMQPS } else { AMQPScheme::AMQP },
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo {
                username: address.user.clone(),
                password: address.password.reveal().to_owned(),
            },
            host: address.host.clone(),
            port: address.port,
        },
        vhost: address.vhost.clone(),
        query: AMQPQueryString {
            heartbeat: Some(address.heartbeat.unwrap_or(limits::AMQP_HEARTBEAT_SECONDS)),
            ..AMQPQueryString::default()
        },
    }
}

/// The reference's exchange, a queue of our own naming, and its consumer. One channel does, since nothing else uses it.
async fn consume(
    connection: &lapin::Connection,
    exchange: &str,
    queue: &str,
    opens: bool,
) -> Result<(Channel, Consumer), (Stage, lapin::Error)> {
    let at = |stage: Stage| move |error| (stage, error);
    let none = FieldTable::default;
    let channel = connection.create_channel().await.map_err(at(Stage::Channel))?;
    channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(at(Stage::Channel))?;
    // Neither durable nor auto-delete: these are pika's defaults, and a broker refuses any other declaration.
    let options = ExchangeDeclareOptions { passive: !opens, ..ExchangeDeclareOptions::default() };
    channel
        .exchange_declare(exchange.into(), ExchangeKind::Fanout, options, none())
        .await
        .map_err(at(Stage::Exchange))?;
    let options =
        QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), options, none()).await.map_err(at(Stage::Queue))?;
    channel
        .queue_bind(queue.into(), exchange.into(), "".into(), QueueBindOptions::default(), none())
        .await
        .map_err(at(Stage::Queue))?;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consumer =
        channel.basic_consume(queue.into(), "".into(), options, none()).await.map_err(at(Stage::Queue))?;
    Ok((channel, consumer))
}
