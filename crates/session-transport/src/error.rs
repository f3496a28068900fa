//! Why a link could not be opened, and why one gave up.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a connection could not be made, and what to do about it. Never holds a password or secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host's name means nothing here.
    #[error(
        "{address}: the name `{host}` is not known here ({detail}); check its spelling and this machine's DNS"
    )]
    NameNotFound {
        /// The address, without secrets.
        address: String,
        /// The name.
        host: String,
        /// What the resolver said.
        detail: String,
    },
    /// The machine answers, but nothing listens on the port.
    #[error(
        "{address}: nothing listens at {place}; check host and port, and that {program} is running there"
    )]
    Refused {
        /// The address, without secrets.
        address: String,
        /// `host:port`.
        place: String,
        /// What should listen there.
        program: &'static str,
    },
    /// No way to the machine.
    #[error("{address}: {place} cannot be reached ({detail}); check the network, VPN and firewall")]
    Unreachable {
        /// The address, without secrets.
        address: String,
        /// `host:port`.
        place: String,
        /// What the system said.
        detail: String,
    },
    /// No answer in time.
    #[error(
        "{address}: {place} did not answer within {after:?}; check the network, the port and a firewall on the way"
    )]
    TimedOut {
        /// The address, without secrets.
        address: String,
        /// `host:port`.
        place: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// No encrypted connection could be agreed.
    #[error("{address}: no TLS connection ({detail}); {advice}")]
    Tls {
        /// The address, without secrets.
        address: String,
        /// What failed.
        detail: String,
        /// What to do.
        advice: &'static str,
    },
    /// A certificate or key file cannot be used.
    #[error("the certificate file {} cannot be used: {detail}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The broker does not accept user and password.
    #[error("{address}: the broker refused user `{user}` ({detail}); check user and password in the address")]
    WrongCredentials {
        /// The address, without secrets.
        address: String,
        /// The user.
        user: String,
        /// What the broker said.
        detail: String,
    },
    /// The virtual host does not exist or is not for this user.
    #[error(
        "{address}: the broker did not open the virtual host `{vhost}` ({detail}); check its name (`/` is written %2F), and the user's permission on it"
    )]
    WrongVhost {
        /// The address, without secrets.
        address: String,
        /// The virtual host.
        vhost: String,
        /// What the broker said.
        detail: String,
    },
    /// The user may not use the session's exchange or queue.
    #[error(
        "{address}: user `{user}` may not use the session on this broker ({detail}); it needs configure, write and read on `sync_session_.*` and `otio-sync\\..*`"
    )]
    NotPermitted {
        /// The address, without secrets.
        address: String,
        /// The user.
        user: String,
        /// What the broker said.
        detail: String,
    },
    /// Somebody declared the session's exchange in another way.
    #[error(
        "{address}: the exchange `{exchange}` is on the broker already, but not as a session declares it: fanout, not durable, not auto-delete ({detail}); delete it (`rabbitmqadmin delete exchange name={exchange}`) or use another session name"
    )]
    ExchangeMismatch {
        /// The address, without secrets.
        address: String,
        /// The exchange.
        exchange: String,
        /// What the broker said.
        detail: String,
    },
    /// Nobody has opened the session on the broker, and this peer was not to.
    #[error(
        "{address}: the broker is there and lets user `{user}` in, but has no exchange `{exchange}`: nobody has opened this session there; check its name, and that the others use this broker and virtual host"
    )]
    ExchangeMissing {
        /// The address, without secrets.
        address: String,
        /// The user.
        user: String,
        /// The exchange.
        exchange: String,
    },
    /// Whatever listens there does not speak AMQP 0-9-1 (or speaks it encrypted only).
    #[error(
        "{address}: what listens at {place} does not speak AMQP 0-9-1 as asked ({detail}); check the port (5672 for amqp://, 5671 for amqps://)"
    )]
    NotAmqp {
        /// The address, without secrets.
        address: String,
        /// `host:port`.
        place: String,
        /// What went wrong.
        detail: String,
    },
    /// Whatever listens there is no otio-sync hub.
    #[error("{address}: what listens at {place} is no otio-sync hub ({detail}); check host and port")]
    NotOtioSync {
        /// The address, without secrets.
        address: String,
        /// `host:port`.
        place: String,
        /// What it answered.
        detail: String,
    },
    /// The hub does not let this peer into the session.
    #[error("{address}: the hub refused ({detail}); {advice}")]
    SessionRefused {
        /// The address, without secrets.
        address: String,
        /// What it answered.
        detail: String,
        /// What to do.
        advice: &'static str,
    },
    /// A udp socket could not be opened.
    #[error(
        "{address}: cannot listen for datagrams on port {port} ({detail}); choose another port in the address, the same for everybody in the session"
    )]
    CannotListen {
        /// The address, without secrets.
        address: String,
        /// The port.
        port: u16,
        /// What the system said.
        detail: String,
    },
    /// The connection broke before the session was joined.
    #[error("{address}: the connection to {place} broke while it was being made ({detail}); try again")]
    Broken {
        /// The address, without secrets.
        address: String,
        /// `host:port`.
        place: String,
        /// What happened.
        detail: String,
    },
    /// An in-process bus that takes nobody at the moment.
    #[error("the in-process bus is not available")]
    BusUnavailable,
}

impl ConnectError {
    /// Whether trying again without a change is of no use.
    pub fn is_permanent(&self) -> bool {
        match self {
            // A proxy or port forwarder in front of a server that restarts answers in all of these ways.
            Self::Refused { .. }
            | Self::NotAmqp { .. }
            | Self::NotOtioSync { .. }
            | Self::NameNotFound { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. }
            | Self::BusUnavailable => false,
            Self::Tls { .. }
            | Self::CertificateFile { .. }
            | Self::WrongCredentials { .. }
            | Self::WrongVhost { .. }
            | Self::NotPermitted { .. }
            | Self::ExchangeMismatch { .. }
            | Self::ExchangeMissing { .. }
            | Self::SessionRefused { .. }
            | Self::CannotListen { .. } => true,
        }
    }
}

/// Why a link that was up gave up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The hub refused this peer.
    #[error("{address}: the hub refused this peer: {reason}")]
    Refused {
        /// The address, without secrets.
        address: String,
        /// What it said.
        reason: String,
    },
    /// The session is over, or this peer was sent away.
    #[error("{address}: the session ended: {reason}")]
    Ended {
        /// The address, without secrets.
        address: String,
        /// What the hub said.
        reason: String,
    },
    /// Coming back failed again and again for a reason that does not pass by itself.
    #[error("the connection was lost and {attempts} attempts to come back failed: {error}")]
    CannotReturn {
        /// How many.
        attempts: u32,
        /// The last one's reason.
        error: ConnectError,
    },
}

/// The resolver's answer to an unknown name.
pub(crate) fn name_not_found(address: String, host: &str, error: &io::Error) -> ConnectError {
    ConnectError::NameNotFound { address, host: host.to_owned(), detail: error.to_string() }
}

/// A TCP connection that was not made, told apart by what the system says.
pub(crate) fn connecting_failed(
    address: String,
    place: String,
    program: &'static str,
    error: &io::Error,
) -> ConnectError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused { address, place, program },
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            ConnectError::Broken { address, place, detail: error.to_string() }
        }
        _ => ConnectError::Unreachable { address, place, detail: error.to_string() },
    }
}
