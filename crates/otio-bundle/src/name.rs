//! Names of entries, which decide where a bundle would be unpacked to.

use crate::Limits;
use crate::error::EntryError;

/// Refuses every name that is not a plain relative path with `/` between its parts; a directory's may end in one.
pub(crate) fn check(name: &str, limits: &Limits) -> Result<(), EntryError> {
    if name.len() > limits.name_bytes {
        return Err(EntryError::LongName { limit: limits.name_bytes });
    }
    if name.starts_with(['/', '\\']) || has_drive(name) {
        return Err(EntryError::Absolute);
    }
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Err(EntryError::Outside);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    let is_plain = path.split('/').all(|part| !matches!(part, "" | "."));
    if !is_plain || name.contains(|letter: char| letter == '\\' || letter.is_control()) {
        return Err(EntryError::NotPlain);
    }
    if path.split('/').count() > limits.depth {
        return Err(EntryError::Deep { limit: limits.depth });
    }
    Ok(())
}

/// Whether Windows takes the name's beginning for a drive.
fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_names_are_taken() {
        let limits = Limits::default();
        for name in ["content.otio", "media/", "media/é b..mov", "media/day 1/x:y.mov", "...", "media/..x"] {
            assert_eq!(check(name, &limits), Ok(()), "{name}");
        }
        for name in ["/etc/passwd", "\\\\host\\share", "C:\\x", "c:x"] {
            assert_eq!(check(name, &limits), Err(EntryError::Absolute), "{name}");
        }
        for name in ["..", "../x", "media/../../x", "media\\..\\..\\x", "media/.."] {
            assert_eq!(check(name, &limits), Err(EntryError::Outside), "{name}");
        }
        for name in ["", "a//b", "./a", "a/./b", "a\\b", "a\0b", "a\nb"] {
            assert_eq!(check(name, &limits), Err(EntryError::NotPlain), "{name:?}");
        }
        let long = "a".repeat(1025);
        assert_eq!(check(&long, &limits), Err(EntryError::LongName { limit: 1024 }));
        assert_eq!(check(&"a/".repeat(17), &limits), Err(EntryError::Deep { limit: 16 }));
    }
}
