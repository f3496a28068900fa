//! Addresses of sessions on a RabbitMQ broker.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::authority::{Authority, Parts, host_text};
use super::{AddressError, Secret, SessionName};

pub(super) const EXAMPLE: &str = "amqp://user:password@broker:5672/%2F#dailies";

/// Parameters pika knows and this program has no use for; the reference passes them on, so they are no error.
const PIKA_ONLY: [&str; 12] = [
    "backpressure_detection",
    "blocked_connection_timeout",
    "channel_max",
    "client_properties",
    "connection_attempts",
    "frame_max",
    "locale",
    "retry_delay",
    "socket_timeout",
    "ssl_options",
    "stack_timeout",
    "tcp_options",
];

/// Whether the broker's certificate is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verification {
    /// It is.
    #[default]
    On,
    /// It is not, because the address says `verify=ignore`. Never because of the host's name.
    Off,
}

/// A session on a RabbitMQ broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmqpAddress {
    /// Whether the connection is encrypted (`amqps`).
    pub tls: bool,
    /// Name or address of the broker's machine; an IPv6 address without brackets.
    pub host: String,
    /// Its port. Without one: 5672, and 5671 for `amqps`.
    pub port: u16,
    /// Who connects; `guest` without one.
    pub user: String,
    /// The password; `guest` without one.
    pub password: Secret,
    /// The virtual host; `/` without one.
    pub vhost: String,
    /// Whether the broker's certificate is checked (`verify`, `ssl_verify`).
    pub verification: Verification,
    /// A file of certificates to trust beside the system's (`cacertfile`).
    pub ca_file: Option<PathBuf>,
    /// This program's own certificate (`certfile`).
    pub cert_file: Option<PathBuf>,
    /// Its key (`keyfile`).
    pub key_file: Option<PathBuf>,
    /// Seconds between heartbeats to ask for (`heartbeat`).
    pub heartbeat: Option<u16>,
    /// The session.
    pub session: SessionName,
}

impl AmqpAddress {
    /// A broker by host name alone: plain AMQP, port 5672, guest/guest, as the reference does.
    pub(super) fn of_host(place: &str, session: SessionName) -> Result<Self, AddressError> {
        Self::parse(false, &Parts { authority: place, path: "", query: None, fragment: None }, session)
    }

    pub(super) fn parse(tls: bool, parts: &Parts<'_>, session: SessionName) -> Result<Self, AddressError> {
        let authority = Authority::parse(parts.authority, EXAMPLE)?;
        if authority.host.is_empty() {
            return Err(AddressError::Host { fault: "there is none".to_owned(), example: EXAMPLE });
        }
        let mut address = Self {
            tls,
            host: authority.host,
            port: authority.port.unwrap_or(if tls { 5671 } else { 5672 }),
            user: authority.user.filter(|user| !user.is_empty()).unwrap_or_else(|| "guest".to_owned()),
            password: authority.password.unwrap_or_else(|| Secret::new("guest")),
            vhost: vhost_of(parts.path)?,
            verification: Verification::On,
            ca_file: None,
            cert_file: None,
            key_file: None,
            heartbeat: None,
            session,
        };
        for (name, value) in pairs(parts.query.unwrap_or_default())? {
            address.set_parameter(&name, &value)?;
        }
        address.check_files()?;
        Ok(address)
    }

    /// `host:port`, an IPv6 address in brackets.
    pub fn place(&self) -> String {
        format!("{}:{}", host_text(&self.host), self.port)
    }

    /// The exchange, named as the reference names it.
    pub fn exchange(&self) -> String {
        format!("sync_session_{}", self.session)
    }

    fn set_parameter(&mut self, name: &str, value: &str) -> Result<(), AddressError> {
        let wrong = |fault: &str| AddressError::Parameter {
            name: name.to_owned(),
            fault: fault.to_owned(),
            example: EXAMPLE,
        };
        match name {
            "verify" | "ssl_verify" => {
                self.verification = match value.to_ascii_lowercase().as_str() {
                    "ignore" | "false" | "none" | "verify_none" => Verification::Off,
                    "true" | "peer" | "verify_peer" | "" => Verification::On,
                    _ => return Err(wrong("it is `ignore` or `true`")),
                }
            }
            "cacertfile" => self.ca_file = Some(PathBuf::from(value)),
            "certfile" => self.cert_file = Some(PathBuf::from(value)),
            "keyfile" => self.key_file = Some(PathBuf::from(value)),
            "heartbeat" => {
                self.heartbeat =
                    Some(value.parse().map_err(|_| wrong("it is a number of seconds from 0 to 65535"))?);
            }
            _ if PIKA_ONLY.contains(&name) => {}
            _ => return Err(wrong("it is none of cacertfile, certfile, keyfile, verify, heartbeat")),
        }
        Ok(())
    }

    fn check_files(&self) -> Result<(), AddressError> {
        let fault = |name: &str, fault: &str| {
            Err(AddressError::Parameter { name: name.to_owned(), fault: fault.to_owned(), example: EXAMPLE })
        };
        match (&self.cert_file, &self.key_file) {
            (Some(_), None) => fault("certfile", "a certificate needs its keyfile"),
            (None, Some(_)) => fault("keyfile", "a key needs its certfile"),
            (Some(_), _) if !self.tls => fault("certfile", "it needs amqps://"),
            _ if self.ca_file.is_some() && !self.tls => fault("cacertfile", "it needs amqps://"),
            _ => Ok(()),
        }
    }
}

/// pika takes `/` for a path that is missing or empty, and one segment otherwise.
fn vhost_of(path: &str) -> Result<String, AddressError> {
    let text = path.strip_prefix('/').unwrap_or_default();
    if text.is_empty() {
        return Ok("/".to_owned());
    }
    if text.contains('/') {
        let fault = format!("the virtual host `{text}` holds a slash, which is written %2F");
        return Err(AddressError::Path { fault, example: EXAMPLE });
    }
    let decoded = percent_decode_str(text).decode_utf8();
    let vhost = decoded.map_err(|_| AddressError::Path {
        fault: "the virtual host's %-escapes are not UTF-8".to_owned(),
        example: EXAMPLE,
    })?;
    Ok(vhost.into_owned())
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, AddressError> {
    let decode = |name: &str, text: &str| {
        percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| {
            AddressError::Parameter {
                name: name.to_owned(),
                fault: "its %-escapes are not UTF-8".to_owned(),
                example: EXAMPLE,
            }
        })
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name, name)?, decode(name, value)?))
        })
        .collect()
}

impl fmt::Display for AmqpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let scheme = if self.tls { "amqps" } else { "amqp" };
        write!(f, "{scheme}://{}:***@{}/{}", escaped(&self.user), self.place(), escaped(&self.vhost))?;
        if self.verification == Verification::Off {
            f.write_str("?verify=ignore")?;
        }
        write!(f, "#{}", self.session.to_url_text())
    }
}
