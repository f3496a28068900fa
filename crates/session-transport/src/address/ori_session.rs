//! The reference's `ORI_SESSION` form: `[host-or-amqp-url:]NAME` (legacy-protocol §6.4).
//!
//! The reference splits at the last colon of the whole text, so an AMQP URL without a session loses its port and path to
//! the name. Here the colons of user, password, host and port never count.

use super::authority::{Parts, check_login_escaped};
use super::{AddressError, AmqpAddress, SessionName, amqp};

/// `NAME` or `host:NAME`.
pub(super) fn parse(text: &str, default_broker: &str) -> Result<AmqpAddress, AddressError> {
    match text.rsplit_once(':') {
        None => with_broker(default_broker, SessionName::new(text)?),
        Some(("", name)) => with_broker(default_broker, SessionName::new(name)?),
        Some((host, name)) => AmqpAddress::of_host(host, SessionName::new(name)?),
    }
}

fn with_broker(broker: &str, session: SessionName) -> Result<AmqpAddress, AddressError> {
    let (tls, rest) = match broker.split_once("://") {
        None => return AmqpAddress::of_host(broker, session),
        Some(("amqp", rest)) => (false, rest),
        Some(("amqps", rest)) => (true, rest),
        Some((scheme, _)) => return Err(AddressError::UnknownScheme { scheme: scheme.to_owned() }),
    };
    AmqpAddress::parse(tls, &Parts::cut(rest), session)
}

/// What follows `amqp://` or `amqps://`: with `#NAME`, else with `:NAME` at its end.
pub(super) fn parse_url(tls: bool, rest: &str) -> Result<AmqpAddress, AddressError> {
    check_login_escaped(rest, amqp::EXAMPLE)?;
    let parts = Parts::cut(rest);
    if let Some(fragment) = parts.fragment {
        return AmqpAddress::parse(tls, &parts, SessionName::from_url(fragment, amqp::EXAMPLE)?);
    }
    let (url, name) = cut_session(rest)?;
    AmqpAddress::parse(tls, &Parts::cut(url), SessionName::new(name)?)
}

/// Cuts at the last colon that can only stand before a session's name.
fn cut_session(rest: &str) -> Result<(&str, &str), AddressError> {
    let none = AddressError::NoSession { example: amqp::EXAMPLE };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let place_start = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
    let bracket_end = rest[place_start..authority_end].find(']').map_or(place_start, |end| place_start + end);
    let Some(colon) = rest[bracket_end..].rfind(':').map(|at| bracket_end + at) else {
        return Err(none);
    };
    let (url, name) = (&rest[..colon], &rest[colon + 1..]);
    let is_port = colon < authority_end
        && (authority_end < rest.len() || (!url[bracket_end..].contains(':') && name.parse::<u16>().is_ok()));
    if is_port || name.is_empty() { Err(none) } else { Ok((url, name)) }
}
