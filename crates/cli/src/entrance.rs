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
            reason: told_of(&reason, text),
            help: advice.unwrap_or_else(|| ADDRESSES.to_owned()),
        }
    })
}

/// The reason, unless it repeats what may not be repeated.
fn told_of(reason: &str, text: &str) -> String {
    let hides = without_password(text) != text;
    match reason
        .split('`')
        .nth(1)
        .filter(|piece| hides && piece.contains(['@', '=']) || piece.len() > REPEATED_MAX)
    {
        Some(piece) => reason.replace(piece, "…"),
        None => reason.to_owned(),
    }
}

/// The longest piece of a wrong address that is repeated.
const REPEATED_MAX: usize = 200;

/// What was typed, without what may be a password or a secret: all before an `@`, and all behind a `k=`.
pub(crate) fn without_password(text: &str) -> String {
    let (scheme, rest) = match text.find("://") {
        Some(at) => text.split_at(at + "://".len()),
        None => ("", text),
    };
    let (hidden, rest) = match (rest.rfind('@'), scheme.is_empty() && rest.matches(':').count() > 1) {
        (Some(at), _) => ("…", &rest[at..]),
        // `user:password` may stand before a host whose `@` was forgotten.
        (None, true) => ("…", &rest[rest.rfind(':').unwrap_or_default()..]),
        (None, false) => ("", rest),
    };
    let secret = ["#k=", "?k=", "&k="].iter().filter_map(|key| rest.find(key)).min();
    let (shown, tail) = secret.map_or((rest, ""), |at| (&rest[..at], "…"));
    let end = shown.floor_char_boundary(REPEATED_MAX);
    let tail = if end < shown.len() { "…" } else { tail };
    format!("{scheme}{hidden}{}{tail}", &shown[..end])
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
        for typed in [
            "amqp://me:hunter2@host:99999/#a",
            "ws://host:x/a#k=hunter2",
            "ws://host/a?k=hunter2",
            "ws://host:x/a?b=1&k=hunter2",
            "me:hunter2@host:9:x/y",
            "me:hunter2:host:x/y",
            "amqp:/me:hunter2@host/#a",
            "://me:hunter2@host",
        ] {
            assert!(!address(typed).unwrap_err().report().contains("hunter2"), "{typed}");
        }
        let long = format!("ws://h/{}", "é".repeat(5000));
        assert!(address(&long).unwrap_err().report().len() < 1500);
    }
}
