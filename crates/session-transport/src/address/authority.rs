//! The part of a URL between `//` and the path: `user:password@host:port`.

use percent_encoding::percent_decode_str;

use super::{AddressError, Secret};

/// Refuses a user or password that ends the authority early: a `/`, `?` or `#` in it that is not escaped.
pub(super) fn check_login_escaped(rest: &str, example: &'static str) -> Result<(), AddressError> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if !rest[..end].contains('@') && rest[end..].contains('@') {
        let fault = "a / ? # or @ in them is written %2F %3F %23 %40";
        return Err(AddressError::Credentials { fault, example });
    }
    Ok(())
}

/// A URL without its scheme, cut into its parts; nothing is decoded yet.
pub(super) struct Parts<'a> {
    pub(super) authority: &'a str,
    /// With its leading slash; empty where there is none.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    pub(super) fn cut(rest: &'a str) -> Self {
        let (rest, fragment) = cut_at(rest, '#');
        let (rest, query) = cut_at(rest, '?');
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { authority, path, query, fragment }
    }
}

fn cut_at(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Host and port, and who connects.
pub(super) struct Authority {
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl Authority {
    pub(super) fn parse(text: &str, example: &'static str) -> Result<Self, AddressError> {
        let (login, place) =
            text.rsplit_once('@').map_or((None, text), |(login, place)| (Some(login), place));
        let (user, password) = match login {
            None => (None, None),
            Some(login) => parse_login(login, example)?,
        };
        let (host, port) = parse_place(place, example)?;
        Ok(Self { user, password, host, port })
    }
}

fn parse_login(login: &str, example: &'static str) -> Result<(Option<String>, Option<Secret>), AddressError> {
    let decode = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| AddressError::Credentials { fault: "their %-escapes are not UTF-8", example })
    };
    let (user, password) =
        login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
    Ok((Some(decode(user)?), password.map(decode).transpose()?.map(Secret::new)))
}

fn parse_place(place: &str, example: &'static str) -> Result<(String, Option<u16>), AddressError> {
    let (host, port) = if let Some(inner) = place.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or_else(|| AddressError::Host {
            fault: "the bracket of the IPv6 address is not closed".to_owned(),
            example,
        })?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(AddressError::Host { fault: format!("`{host}` is no IPv6 address"), example });
        }
        match after.strip_prefix(':') {
            None if !after.is_empty() => {
                return Err(AddressError::Host { fault: format!("`{after}` follows the bracket"), example });
            }
            port => (host, port),
        }
    } else if place.matches(':').count() > 1 {
        let fault = "it holds more than one colon; an IPv6 address stands in brackets, as [::1]".to_owned();
        return Err(AddressError::Host { fault, example });
    } else {
        place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)))
    };
    check_host(host, example)?;
    let port = port.filter(|port| !port.is_empty()).map(|port| parse_port(port, example)).transpose()?;
    Ok((host.to_owned(), port))
}

fn check_host(host: &str, example: &'static str) -> Result<(), AddressError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    match host.chars().find(|&c| !fits(c)) {
        Some(c) => Err(AddressError::Host {
            fault: format!("`{}` cannot stand in a host name", c.escape_debug()),
            example,
        }),
        None if host.len() > 253 => {
            Err(AddressError::Host { fault: "it is longer than 253 bytes".to_owned(), example })
        }
        None => Ok(()),
    }
}

fn parse_port(port: &str, example: &'static str) -> Result<u16, AddressError> {
    match port.parse::<u16>() {
        Ok(number) if number > 0 => Ok(number),
        // Only digits are shown: a password that is not escaped can end up here.
        _ if port.bytes().all(|b| b.is_ascii_digit()) => {
            Err(AddressError::Port { port: port.chars().take(12).collect(), example })
        }
        _ => Err(AddressError::Port { port: "…".to_owned(), example }),
    }
}

/// The host as it stands in a URL: an IPv6 address in brackets.
pub(super) fn host_text(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
