//! Memory, UDP, RabbitMQ and WebSocket links behind one driver contract.
//!
//! A link carries messages as bytes and knows nothing about what they mean. [`Address`] says where a session is,
//! [`connect`] opens a [`Link`] to it, and the link reports what happens as [`LinkEvent`]s: `Up`, messages, `Down` (a gap:
//! anything may have been missed), `Up` again, or `Failed` where it gave up. What each transport promises is in
//! `docs/transports.md`.

/// Targets that start with one of these are left out by every program that shows logs, whatever the user asked for: at
/// `trace` lapin writes the password of a broker, and it reports as errors what a link handles and tells in its own words;
/// tungstenite writes every message there, join secrets and notes included.
pub const LOG_HIDDEN: [&str; 2] = ["lapin", "tungstenite"];

mod address;
mod amqp;
mod backoff;
mod counters;
mod entropy;
mod error;
mod inbox;
pub mod limits;
mod link;
mod memory;
mod options;
mod outbox;
mod pump;
mod tls;
mod udp;
mod websocket;

pub use address::{
    Address, AddressError, AmqpAddress, DEFAULT_HUB_PORT, DEFAULT_UDP_PORT, Secret, SessionName, UdpAddress,
    UdpTarget, Verification, WebSocketAddress,
};
pub use backoff::Backoff;
pub use counters::{CounterSnapshot, LinkCounters};
pub use entropy::Entropy;
pub use error::{ConnectError, LinkError};
pub use link::{Link, LinkEvent, NotSent, connect};
pub use memory::MemoryBus;
pub use options::{LinkOptions, Reconnect, TlsFiles};
pub use websocket::{SUBPROTOCOL, close_code};
