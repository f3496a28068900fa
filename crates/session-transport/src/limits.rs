//! Every bound of this crate.

use std::time::Duration;

/// The largest message on the WebSocket and AMQP links, bytes.
pub const MESSAGE_BYTES: usize = 64 << 20;
/// The largest UDP message: what an IPv4 datagram can carry, bytes.
pub const DATAGRAM_BYTES: usize = 65_507;
/// The longest session name, bytes. A broker's exchange name ends at 255.
pub const SESSION_NAME_BYTES: usize = 128;
/// The longest join secret, bytes.
pub const SECRET_BYTES: usize = 1024;

/// Messages that wait in [`crate::Link::outgoing`] and events that wait in [`crate::Link::incoming`], each.
pub const CHANNEL_MESSAGES: usize = 1024;
/// Messages a link keeps for sending: not yet sent, or sent and not yet known to have arrived.
pub const OUTBOX_MESSAGES: usize = 8192;
/// The same in bytes; one message always fits.
pub const OUTBOX_BYTES: usize = 128 << 20;
/// Received messages a link keeps for a driver that is behind, beyond those in its channel.
pub const INBOX_MESSAGES: usize = 65_536;
/// The same in bytes; one message always fits.
pub const INBOX_BYTES: usize = 256 << 20;
/// AMQP publishes whose confirmation may be outstanding; so many may arrive twice when a connection breaks.
pub const UNCONFIRMED_PUBLISHES: usize = 128;

/// How long a first connection may take.
pub const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long closing may take to hand over what is still waiting.
pub const FLUSH_TIME: Duration = Duration::from_secs(2);
/// A WebSocket is pinged this often.
pub const PING_EVERY: Duration = Duration::from_secs(10);
/// A WebSocket that is silent for this long, pongs included, is lost.
pub const SILENCE: Duration = Duration::from_secs(30);
/// Heartbeat asked of a broker, seconds; it is gone after two of them.
pub const AMQP_HEARTBEAT_SECONDS: u16 = 10;
