//! Who made an operation, and where it stands in the one order.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of a peer or of an object. Opaque: 40-digit SHA-1 names and plain words occur beside UUIDs.
pub type Guid = Arc<str>;

/// The identity of an operation: one peer, one run of its process, one number.
///
/// An operation of an existing peer carries none of this; it gets an empty run and, as its number, a hash of what
/// it says (see [`crate::Operation::from_envelope`]), so that every receiver names it alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId {
    /// The peer that made it.
    pub source: Guid,
    /// The run of that peer's process; empty for an existing peer.
    pub run: Arc<str>,
    /// Counts from 1 within the run; a hash for an existing peer.
    pub seq: u64,
}

impl OperationId {
    /// Whether a peer made it that speaks only the reference protocol.
    pub fn is_of_existing_peer(&self) -> bool {
        self.run.is_empty()
    }
}

/// `source/run/seq`, the form of `undo_of` on the wire.
impl fmt::Display for OperationId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.source, self.run, self.seq)
    }
}

/// Text that is no operation's identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} does not name an operation; the form is source/run/number")]
pub struct OperationIdError {
    /// The text.
    pub text: String,
}

/// Splits at the last two slashes: a source may hold slashes, a run and a number may not.
impl FromStr for OperationId {
    type Err = OperationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || OperationIdError { text: text.to_owned() };
        let (origin, seq) = text.rsplit_once('/').ok_or_else(error)?;
        let (source, run) = origin.rsplit_once('/').ok_or_else(error)?;
        let seq = seq.parse().map_err(|_| error())?;
        Ok(Self { source: source.into(), run: run.into(), seq })
    }
}

/// The place of an operation in the order that every peer folds in: by clock, then by source, run and number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Hybrid logical clock in microseconds since the epoch.
    pub hlc_us: u64,
    /// Breaks ties.
    pub id: OperationId,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(source: &str, run: &str, seq: u64) -> OperationId {
        OperationId { source: source.into(), run: run.into(), seq }
    }

    #[test]
    fn an_identity_survives_its_text_even_with_slashes_in_the_source() {
        for name in [id("a", "r", 1), id("site/a", "r", u64::MAX), id("a", "", 7)] {
            assert_eq!(name.to_string().parse::<OperationId>(), Ok(name));
        }
    }

    #[test]
    fn text_without_three_parts_or_without_a_number_is_refused() {
        for text in ["", "a", "a/b", "a/b/c", "a/b/-1", "a/b/18446744073709551616"] {
            assert!(text.parse::<OperationId>().is_err(), "{text}");
        }
    }

    #[test]
    fn stamps_are_ordered_by_clock_then_source_then_run_then_number() {
        let stamp = |hlc_us, source, run, seq| Stamp { hlc_us, id: id(source, run, seq) };
        let sorted = [
            stamp(1, "z", "z", 9),
            stamp(2, "a", "z", 9),
            stamp(2, "b", "a", 9),
            stamp(2, "b", "b", 1),
            stamp(2, "b", "b", 2),
        ];
        assert!(sorted.is_sorted());
    }
}
