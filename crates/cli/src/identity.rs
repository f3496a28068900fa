//! Who sits at this terminal, as the reference tells it (legacy-protocol §2.7).

use session_core::Identity;
use std::env;
use std::fs;

/// The account and machine, with the name that was given; what is not known stays empty.
pub(crate) fn local(name: Option<&str>) -> Identity {
    let user = variable("ORI_SYNC_USER");
    let overridden = user.is_some() || name.is_some();
    let (first_name, last_name) = split_name(name.unwrap_or_default());
    Identity {
        user: user
            .or_else(|| variable("USER"))
            .or_else(|| variable("LOGNAME"))
            .or_else(|| variable("USERNAME"))
            .unwrap_or_default(),
        first_name,
        last_name,
        host: machine(),
        source: if overridden { "override" } else { "local" }.to_owned(),
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// First and last name, split at the first white space.
fn split_name(name: &str) -> (String, String) {
    let name = name.trim();
    let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    (first.to_owned(), last.trim().to_owned())
}

fn machine() -> String {
    let named = variable("HOSTNAME").or_else(|| variable("COMPUTERNAME"));
    named
        .or_else(|| fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_once() {
        assert_eq!(split_name(" Mika  van der Lind "), ("Mika".to_owned(), "van der Lind".to_owned()));
        assert_eq!(split_name("Mika"), ("Mika".to_owned(), String::new()));
        assert_eq!(local(Some("Mika Lindqvist")).display_name().as_deref(), Some("Mika Lindqvist"));
    }
}
