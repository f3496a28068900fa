//! Addresses of sessions, and what went wrong on the way in.

use crate::failure::{Failure, split_advice};
use session_transport::{Address, ConnectError, LinkError};

/// An address of each kind.
const ADDRESSES: &str = "write ws://127.0.0.1:8480/NAME, amqp://USER:PASSWORD@HOST:5672/VHOST#NAME, \
                         udp://192.168.1.255:9999/NAME or HOST:NAME";

/// Reads the address of a session.
pub(crate) fn address(text: &str) -> Result<Address, Failure> {
    text.parse().map_err(|error: session_transport::AddressError| {
        let (reason, advice) = split_advice(&error.to_string());
        Failure::BadAddress {
            address: without_password(text),
            reason,
            help: advice.unwrap_or_else(|| ADDRESSES.to_owned()),
        }
    })
}

/// What was typed, without what stands between `://` and `@`, and without a secret.
fn without_password(text: &str) -> String {
    let text = text.split_once("#k=").map_or(text, |(before, _)| before);
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}…{}", &text[..scheme + 3], &text[at..]),
        _ => text.to_owned(),
    }
}

/// A first connection that failed.
pub(crate) fn not_connected(error: &ConnectError) -> Failure {
    let (reason, advice) = split_advice(&error.to_string());
    let help =
        advice.unwrap_or_else(|| "check the address, and that the host or broker runs there".to_owned());
    Failure::Connect { reason, help }
}

/// A link that gave up.
pub(crate) fn link_failed(error: &LinkError) -> Failure {
    let (reason, advice) = split_advice(&error.to_string());
    let help = advice.unwrap_or_else(|| "ask whoever hosts the session, or join again".to_owned());
    Failure::LinkLost { reason, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_address_is_told_with_a_right_one() {
        let report = address("gopher://x/y").unwrap_err().report();
        assert!(report.starts_with("error: `gopher://x/y` is not the address of a session: "), "{report}");
        assert!(report.contains("\nhelp: write for example ws://127.0.0.1:8480/dailies"), "{report}");
    }

    #[test]
    fn passwords_and_secrets_are_not_repeated() {
        for typed in ["amqp://me:hunter2@host:99999/#a", "ws://host:x/a#k=hunter2"] {
            assert!(!address(typed).unwrap_err().report().contains("hunter2"), "{typed}");
        }
    }
}
