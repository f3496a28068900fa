//! Where a session is: the addresses people type.

mod amqp;
mod authority;
mod error;
mod ori_session;
mod secret;
mod session_name;
mod udp;
mod websocket;

use std::fmt;
use std::str::FromStr;

pub use amqp::{AmqpAddress, Verification};
pub use error::AddressError;
pub use secret::Secret;
pub use session_name::SessionName;
pub use udp::{DEFAULT_UDP_PORT, UdpAddress, UdpTarget};
pub use websocket::{DEFAULT_HUB_PORT, WebSocketAddress};

/// Where a session is and how to reach it.
///
/// `Display` and `Debug` show neither passwords nor secrets: what they write is for people and logs, and reads back
/// only where the address holds none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Address {
    /// A session in a hub: `ws://`, `wss://`, or the page link `http(s)://host:port/s/NAME#k=SECRET`.
    WebSocket(WebSocketAddress),
    /// A session on a RabbitMQ broker: `amqp(s)://user:pw@host:port/vhost?…#NAME`, or the `ORI_SESSION` form.
    Amqp(AmqpAddress),
    /// A session on one network without a server: `udp://addr:port/NAME`.
    Udp(UdpAddress),
}

impl Address {
    /// Reads an address; `default_broker` is the host or AMQP URL of the `ORI_SESSION` form without a host.
    ///
    /// # Errors
    /// Says which part is wrong and shows a correct example.
    pub fn parse(text: &str, default_broker: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return ori_session::parse(text, default_broker).map(Self::Amqp);
        };
        match scheme.to_ascii_lowercase().as_str() {
            "ws" => WebSocketAddress::parse_socket(false, rest).map(Self::WebSocket),
            "wss" => WebSocketAddress::parse_socket(true, rest).map(Self::WebSocket),
            "http" => WebSocketAddress::parse_page(false, rest).map(Self::WebSocket),
            "https" => WebSocketAddress::parse_page(true, rest).map(Self::WebSocket),
            "amqp" => ori_session::parse_url(false, rest).map(Self::Amqp),
            "amqps" => ori_session::parse_url(true, rest).map(Self::Amqp),
            "udp" => UdpAddress::parse(rest).map(Self::Udp),
            _ => Err(AddressError::UnknownScheme { scheme: scheme.to_owned() }),
        }
    }

    /// The name of the session.
    pub fn session(&self) -> &str {
        match self {
            Self::WebSocket(address) => address.session.as_str(),
            Self::Amqp(address) => address.session.as_str(),
            Self::Udp(address) => address.session.as_str(),
        }
    }

    /// The secret of a join link, to be sent in HELLO.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::WebSocket(address) => address.secret.as_ref(),
            Self::Amqp(_) | Self::Udp(_) => None,
        }
    }

    /// `websocket`, `amqp` or `udp`.
    pub fn transport(&self) -> &'static str {
        match self {
            Self::WebSocket(_) => "websocket",
            Self::Amqp(_) => "amqp",
            Self::Udp(_) => "udp",
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// As [`Address::parse`], with the broker of the `ORI_SESSION` form taken from `ORI_RMQ_HOST`, else `127.0.0.1`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let broker = std::env::var("ORI_RMQ_HOST").unwrap_or_default();
        Self::parse(text, if broker.trim().is_empty() { "127.0.0.1" } else { broker.trim() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebSocket(address) => address.fmt(f),
            Self::Amqp(address) => address.fmt(f),
            Self::Udp(address) => address.fmt(f),
        }
    }
}
