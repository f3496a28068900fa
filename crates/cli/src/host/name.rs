//! Names of sessions, and the folders that keep them.

use crate::failure::{Failure, split_advice};
use directories::ProjectDirs;
use session_transport::SessionName;
use session_transport::limits::SESSION_NAME_BYTES;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The name that the user gave, or the first file's, or `session`.
pub(crate) fn session_name(given: Option<&str>, first_file: Option<&Path>) -> Result<String, Failure> {
    if let Some(name) = given {
        return checked(name);
    }
    let stem = first_file.and_then(Path::file_stem).map(|stem| url_safe(&stem.to_string_lossy()));
    Ok(stem.filter(|name| !name.is_empty()).unwrap_or_else(|| "session".to_owned()))
}

fn checked(name: &str) -> Result<String, Failure> {
    match SessionName::new(name) {
        Ok(name) => Ok(name.as_str().to_owned()),
        Err(error) => Err(Failure::Usage {
            what: split_advice(&error.to_string()).0,
            help: format!("it becomes part of an address; try --session {}", suggestion(name)),
        }),
    }
}

fn suggestion(name: &str) -> String {
    let safe = url_safe(name);
    if safe.is_empty() { "dailies".to_owned() } else { safe }
}

/// The name with everything that would need escaping in an address replaced by single dashes.
fn url_safe(name: &str) -> String {
    let mut safe = String::new();
    for character in name.chars() {
        let kept = character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
        match (kept, safe.ends_with('-')) {
            (true, _) => safe.push(character),
            (false, false) => safe.push('-'),
            (false, true) => {}
        }
    }
    safe.truncate(SESSION_NAME_BYTES);
    if safe == name { safe } else { safe.trim_matches('-').to_owned() }
}

/// The platform's state directory.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    let state = ProjectDirs::from("", "", "otio-sync").ok_or_else(|| Failure::Store {
        reason: "the system names no home directory".to_owned(),
        help: "name a directory with --data DIR".to_owned(),
    })?;
    Ok(state.state_dir().unwrap_or_else(|| state.data_local_dir()).to_owned())
}

/// A fresh folder for a session in the platform's state directory.
pub(crate) fn fresh_folder(session: &str) -> Result<PathBuf, Failure> {
    let base = state_folder()?;
    let stem =
        format!("{session}-{}", utc_stamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()));
    let free = (1..).map(|n| if n == 1 { base.join(&stem) } else { base.join(format!("{stem}-{n}")) });
    Ok(free.into_iter().find(|folder| !folder.exists()).unwrap_or(base))
}

/// `20261121-093000`, in UTC.
fn utc_stamp(since_epoch: Duration) -> String {
    let at = time::OffsetDateTime::UNIX_EPOCH
        .saturating_add(since_epoch.try_into().unwrap_or(time::Duration::MAX));
    let (hour, minute, second) = at.to_hms();
    let (year, month, day) = at.to_calendar_date();
    format!("{year:04}{:02}{day:02}-{hour:02}{minute:02}{second:02}", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_after_its_first_file() {
        let of = |file: &str| session_name(None, Some(Path::new(file))).unwrap();
        assert_eq!(of("cuts/dailies.otio"), "dailies");
        assert_eq!(of("Reel 2 – Göteborg (v3).otio"), "Reel-2-G-teborg-v3");
        assert_eq!(of("雨.otio"), "session");
        assert_eq!(session_name(None, None).unwrap(), "session");
    }

    #[test]
    fn a_name_that_no_address_can_carry_is_refused_with_one_that_it_can() {
        assert_eq!(session_name(Some("week_12.a"), None).unwrap(), "week_12.a");
        let refused = session_name(Some("week:12"), None).unwrap_err();
        assert!(refused.report().contains("try --session week-12"), "{}", refused.report());
        assert!(session_name(Some(""), None).is_err() && session_name(Some(&"x".repeat(129)), None).is_err());
    }

    #[test]
    fn folders_carry_the_time_in_utc() {
        assert_eq!(utc_stamp(Duration::from_secs(0)), "19700101-000000");
        assert_eq!(utc_stamp(Duration::from_secs(951_782_401)), "20000229-000001");
        assert_eq!(utc_stamp(Duration::from_secs(1_795_251_807)), "20261121-090327");
    }
}
