//! Addresses of sessions on one network, without a server.

use std::fmt;
use std::net::Ipv4Addr;

use super::authority::{Authority, Parts};
use super::{AddressError, SessionName};

/// The reference's port.
pub const DEFAULT_UDP_PORT: u16 = 9999;

const EXAMPLE: &str = "udp://192.168.1.255:9999/dailies";

/// Where datagrams are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdpTarget {
    /// As the reference chooses: this machine's address with 255 in its last place, else 255.255.255.255.
    Automatic,
    /// This address: unicast, loopback, broadcast or multicast.
    Explicit(Ipv4Addr),
}

/// A session on one network: `udp://addr:port/NAME`; `udp:///NAME` leaves the choice of the address to the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UdpAddress {
    /// Where datagrams are sent.
    pub target: UdpTarget,
    /// The port they are sent to and awaited on; 9999 without one.
    pub port: u16,
    /// The session.
    pub session: SessionName,
}

impl UdpAddress {
    pub(super) fn parse(rest: &str) -> Result<Self, AddressError> {
        let parts = Parts::cut(rest);
        let authority = Authority::parse(parts.authority, EXAMPLE)?;
        if authority.user.is_some() {
            return Err(AddressError::Credentials { fault: "udp takes none", example: EXAMPLE });
        }
        if let Some(extra) = parts.query.or(parts.fragment) {
            return Err(AddressError::Parameter {
                name: extra.to_owned(),
                fault: "a udp address has none".to_owned(),
                example: EXAMPLE,
            });
        }
        let name = parts.path.strip_prefix('/').unwrap_or_default();
        Ok(Self {
            target: target_of(&authority.host)?,
            port: authority.port.unwrap_or(DEFAULT_UDP_PORT),
            session: SessionName::from_url(name, EXAMPLE)?,
        })
    }
}

fn target_of(host: &str) -> Result<UdpTarget, AddressError> {
    match host {
        "" => Ok(UdpTarget::Automatic),
        "localhost" => Ok(UdpTarget::Explicit(Ipv4Addr::LOCALHOST)),
        _ => host.parse().map(UdpTarget::Explicit).map_err(|_| AddressError::Host {
            fault: format!("`{host}` is no IPv4 address (the protocol's datagrams are IPv4)"),
            example: EXAMPLE,
        }),
    }
}

impl fmt::Display for UdpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("udp://")?;
        if let UdpTarget::Explicit(address) = self.target {
            write!(f, "{address}")?;
        }
        write!(f, ":{}/{}", self.port, self.session.to_url_text())
    }
}
