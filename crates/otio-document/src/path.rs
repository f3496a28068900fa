//! Where a property stands in an object.

use std::fmt;

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
    keys: Vec<Box<str>>,
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
        let keys: Vec<Box<str>> = text.split('/').map(Box::from).collect();
        if keys.len() > Self::KEYS_MAX {
            return Err(PathError::TooDeep { keys: keys.len() });
        }
        Ok(Self { keys })
    }

    /// The attribute that the path starts at: `metadata` in `metadata/color/config`.
    pub fn attribute(&self) -> &str {
        self.keys.first().map_or("", |key| key)
    }

    /// The keys below the attribute: `color` and `config` in `metadata/color/config`.
    pub fn below(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.keys.iter().skip(1).map(|key| &**key)
    }

    /// The path of the first `count` keys, at least one.
    pub(crate) fn prefix(&self, count: usize) -> Self {
        Self { keys: self.keys[..count.clamp(1, self.keys.len())].to_vec() }
    }

    /// Whether a change here may change the GUID of the object.
    pub(crate) fn touches_guid(&self) -> bool {
        self.attribute() == "metadata" && self.below().next().is_none_or(|key| key == "sync")
    }
}

impl fmt::Display for PropertyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.keys.join("/"))
    }
}

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
    fn a_path_has_limits() {
        assert_eq!(PropertyPath::parse(""), Err(PathError::Empty));
        assert_eq!(PropertyPath::parse(&"a".repeat(5000)), Err(PathError::TooLong { bytes: 5000 }));
        assert_eq!(PropertyPath::parse(&"a/".repeat(64)), Err(PathError::TooDeep { keys: 65 }));
    }
}
