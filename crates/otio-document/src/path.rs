//! Where a property stands in an object.

use std::fmt;
use std::sync::Arc;

use crate::PathError;

/// The way to a property: an attribute such as `name`, or keys below `metadata` such as `metadata/color/config`.
///
/// Keys are separated by slashes, without any escape, so a key with a slash cannot be named; empty keys can. OTIO has no
/// such paths: they are the review protocol's.
///
/// ```
/// use otio_document::{PathError, PropertyPath};
///
/// assert_eq!(PropertyPath::parse("metadata/color/config")?.to_string(), "metadata/color/config");
/// assert_eq!(PropertyPath::parse(""), Err(PathError::Empty));
/// # Ok::<(), PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyPath {
    text: Arc<str>,
    /// How long the attribute is, which everybody asks for.
    attribute: u16,
}

impl PropertyPath {
    /// The longest path in bytes.
    pub const BYTES_MAX: usize = 4096;
    /// The most keys of a path, the attribute among them.
    pub const KEYS_MAX: usize = 64;

    /// From its text.
    ///
    /// # Errors
    /// The text is empty or longer than [`Self::BYTES_MAX`], or has more than [`Self::KEYS_MAX`] keys.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(PathError::TooLong { bytes: text.len() });
        }
        // A shorter text has no room for more.
        if text.len() >= Self::KEYS_MAX {
            let keys = 1 + slashes(text);
            if keys > Self::KEYS_MAX {
                return Err(PathError::TooDeep { keys });
            }
        }
        Ok(Self::of(text.into()))
    }

    fn of(text: Arc<str>) -> Self {
        let attribute = split_first(&text).0.len();
        // No longer than [`Self::BYTES_MAX`].
        let attribute = u16::try_from(attribute).unwrap_or(u16::MAX);
        Self { text, attribute }
    }

    /// The attribute that the path starts at: `metadata` in `metadata/color/config`.
    pub fn attribute(&self) -> &str {
        &self.text[..self.attribute.into()]
    }

    /// The keys below the attribute: `color` and `config` in `metadata/color/config`.
    pub fn below(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        Keys { left: self.text.get(usize::from(self.attribute) + 1..) }
    }

    /// The path of the first `count` keys, at least one.
    pub(crate) fn prefix(&self, count: usize) -> Self {
        match self.text.match_indices('/').nth(count.max(1) - 1) {
            Some((end, _)) => Self::of(self.text[..end].into()),
            None => self.clone(),
        }
    }

    /// Whether a change here may change the GUID of the object.
    pub(crate) fn touches_guid(&self) -> bool {
        self.attribute() == "metadata" && self.below().next().is_none_or(|key| key == "sync")
    }
}

impl fmt::Display for PropertyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn slashes(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'/').count()
}

/// What stands before the first slash, and what after it. Keys are short: nothing that searches long texts pays.
fn split_first(text: &str) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == b'/') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Keys from both ends: those that are left, between slashes.
struct Keys<'path> {
    left: Option<&'path str>,
}

impl<'path> Iterator for Keys<'path> {
    type Item = &'path str;

    fn next(&mut self) -> Option<&'path str> {
        let (key, left) = split_first(self.left?);
        self.left = left;
        Some(key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left.map_or(0, |left| slashes(left) + 1);
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Keys<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let keys = self.left?;
        let Some(at) = keys.bytes().rposition(|byte| byte == b'/') else {
            self.left = None;
            return Some(keys);
        };
        self.left = Some(&keys[..at]);
        Some(&keys[at + 1..])
    }
}

impl ExactSizeIterator for Keys<'_> {}

#[cfg(test)]
mod tests {
    use super::PropertyPath;
    use crate::PathError;

    #[test]
    fn a_path_reads_and_shows_the_same() {
        for text in ["name", "metadata/a/b", "metadata//x", "metadata/"] {
            assert_eq!(PropertyPath::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn keys_are_counted_and_read_from_both_ends() {
        for (text, keys) in [
            ("name", &[][..]),
            ("metadata/", &[""]),
            ("metadata/a", &["a"]),
            ("metadata/a//b", &["a", "", "b"]),
        ] {
            let path = PropertyPath::parse(text).unwrap();
            assert_eq!(path.below().collect::<Vec<_>>(), keys, "{text}");
            assert!(path.below().rev().eq(keys.iter().rev().copied()), "{text}");
            assert_eq!(path.below().len(), keys.len());
        }
        let path = PropertyPath::parse("metadata/a/b").unwrap();
        let prefixes = [0, 1, 2, 3, 9].map(|count| path.prefix(count).to_string());
        assert_eq!(prefixes, ["metadata", "metadata", "metadata/a", "metadata/a/b", "metadata/a/b"]);
    }

    #[test]
    fn a_path_has_limits() {
        assert_eq!(PropertyPath::parse(""), Err(PathError::Empty));
        assert_eq!(PropertyPath::parse(&"a".repeat(5000)), Err(PathError::TooLong { bytes: 5000 }));
        assert_eq!(PropertyPath::parse(&"a/".repeat(64)), Err(PathError::TooDeep { keys: 65 }));
    }
}
