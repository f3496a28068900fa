//! Addresses of sessions in a hub.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::authority::{Authority, Parts, host_text};
use super::{AddressError, Secret, SessionName};

/// The port a hub listens on unless told otherwise.
pub const DEFAULT_HUB_PORT: u16 = 8480;

const SOCKET: &str = "ws://127.0.0.1:8480/dailies#k=SECRET";
const PAGE: &str = "http://127.0.0.1:8480/s/dailies#k=SECRET";

/// A session in a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketAddress {
    /// Whether the connection is encrypted (`wss`, `https`).
    pub tls: bool,
    /// Name or address of the hub's machine; an IPv6 address without brackets.
    pub host: String,
    /// The hub's port. Without one: 8480 for `ws` and `http`, 443 for `wss` and `https`.
    pub port: u16,
    /// The session.
    pub session: SessionName,
    /// The secret of the join link, after `#k=`.
    pub secret: Option<Secret>,
}

impl WebSocketAddress {
    pub(super) fn parse_socket(tls: bool, rest: &str) -> Result<Self, AddressError> {
        Self::parse(tls, &Parts::cut(rest), "/", SOCKET)
    }

    pub(super) fn parse_page(tls: bool, rest: &str) -> Result<Self, AddressError> {
        Self::parse(tls, &Parts::cut(rest), "/s/", PAGE)
    }

    fn parse(
        tls: bool,
        parts: &Parts<'_>,
        prefix: &str,
        example: &'static str,
    ) -> Result<Self, AddressError> {
        let authority = Authority::parse(parts.authority, example)?;
        if authority.host.is_empty() {
            return Err(AddressError::Host { fault: "there is none".to_owned(), example });
        }
        if authority.user.is_some() {
            return Err(AddressError::Credentials {
                fault: "a hub takes none; its secret stands after #k=",
                example,
            });
        }
        if let Some(query) = parts.query {
            let name = query.split('=').next().unwrap_or_default().to_owned();
            return Err(AddressError::Parameter {
                name,
                fault: "a hub's address has none".to_owned(),
                example,
            });
        }
        let port = authority.port.unwrap_or(if tls { 443 } else { DEFAULT_HUB_PORT });
        let session = session_of(parts.path, prefix, example)?;
        let secret = parts.fragment.map(|text| secret_of(text, example)).transpose()?.flatten();
        Ok(Self { tls, host: authority.host, port, session, secret })
    }

    /// `host:port`, an IPv6 address in brackets.
    pub fn place(&self) -> String {
        format!("{}:{}", host_text(&self.host), self.port)
    }

    /// The URL the socket is opened at; it holds no secret.
    pub fn endpoint(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}/ws?session={}", self.place(), self.session.to_url_text())
    }

    /// The link to give to people, **with its secret**.
    pub fn page_link(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let link = format!("{scheme}://{}/s/{}", self.place(), self.session.to_url_text());
        match &self.secret {
            Some(secret) => format!("{link}#k={}", secret.reveal()),
            None => link,
        }
    }
}

fn session_of(path: &str, prefix: &str, example: &'static str) -> Result<SessionName, AddressError> {
    let name = path.strip_prefix(prefix).unwrap_or(if path.len() <= prefix.len() { "" } else { path });
    let name = name.strip_suffix('/').unwrap_or(name);
    if name.contains('/') {
        return Err(AddressError::Path { fault: format!("`{path}` is not {prefix}NAME"), example });
    }
    SessionName::from_url(name, example)
}

fn secret_of(fragment: &str, example: &'static str) -> Result<Option<Secret>, AddressError> {
    if fragment.is_empty() {
        return Ok(None);
    }
    let text = fragment
        .strip_prefix("k=")
        .ok_or(AddressError::Fragment { fault: "it does not begin with k=", example })?;
    let secret = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| AddressError::Fragment { fault: "its %-escapes are not UTF-8", example })?;
    if secret.is_empty() || secret.len() > crate::limits::SECRET_BYTES {
        return Err(AddressError::Fragment { fault: "a secret has 1 to 1024 bytes", example });
    }
    Ok(Some(Secret::new(secret)))
}

impl fmt::Display for WebSocketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "wss" } else { "ws" };
        write!(f, "{scheme}://{}/{}", self.place(), self.session.to_url_text())?;
        if self.secret.is_some() { f.write_str("#k=***") } else { Ok(()) }
    }
}
