//! How a link behaves, beyond its address.

use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::time::Duration;

use crate::{Entropy, limits};

/// How a link behaves; `LinkOptions::default()` is right for a session.
#[derive(Clone, Debug)]
pub struct LinkOptions {
    /// What a broker's list of connections and a hub's log call this program.
    pub app: String,
    /// How it comes back after a loss.
    pub reconnect: Reconnect,
    /// How long the first connection, and each later attempt, may take.
    pub connect_time: Duration,
    /// Whether a session that is not there is opened, where that is a thing to do: the exchange on a broker. Off for those who
    /// only look.
    pub opens: bool,
    /// Messages that may wait in `outgoing`, and events in `incoming`.
    pub channel_messages: usize,
    /// Certificates for `wss://`, and for `amqps://` where the address names none.
    pub tls: TlsFiles,
    /// Whether udp leaves out datagrams whose envelope names another session.
    pub filter_session: bool,
    /// Where udp listens, if not on the address's port on every interface. For two peers of one machine that talk unicast.
    pub udp_listen: Option<SocketAddrV4>,
    /// How often a WebSocket is pinged.
    pub ping_every: Duration,
    /// After how long without a sign of life a WebSocket is lost.
    pub silence: Duration,
    /// Randomness, for jitter and queue names.
    pub entropy: Entropy,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            app: concat!("otio-sync ", env!("CARGO_PKG_VERSION")).to_owned(),
            reconnect: Reconnect::default(),
            connect_time: limits::CONNECT_TIME,
            opens: true,
            channel_messages: limits::CHANNEL_MESSAGES,
            tls: TlsFiles::default(),
            filter_session: true,
            udp_listen: None,
            ping_every: limits::PING_EVERY,
            silence: limits::SILENCE,
            entropy: Entropy::default(),
        }
    }
}

/// When to try again after a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// Upper end of the first wait.
    pub base: Duration,
    /// Upper end of any wait.
    pub cap: Duration,
    /// A connection that held this long starts the next loss at `base` again.
    pub steady: Duration,
    /// Attempts in a row that may fail for a reason that does not pass by itself (password, certificate, …) before the link
    /// gives up; a restarting broker gives such reasons for a moment. Other failures are retried for ever.
    pub hopeless: u32,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            steady: Duration::from_secs(10),
            hopeless: 8,
        }
    }
}

/// Certificates of a TLS connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates to trust beside the system's, PEM.
    pub ca: Option<PathBuf>,
    /// Certificate of this program, PEM; needs `key`.
    pub cert: Option<PathBuf>,
    /// Key of `cert`, PEM.
    pub key: Option<PathBuf>,
}
