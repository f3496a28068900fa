//! What Python would have raised.

use std::fmt;

/// Why something raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The message has not the form that is read, whatever the peer holds.
    Shape,
    /// An attribute that does not take the value, whatever the peer holds.
    Attribute,
    /// The way to a key of metadata leads through something that is no dictionary.
    InsideAValue,
    /// A child that stands somewhere was put in again.
    HasAParent,
    /// A child was put into something that holds none.
    NotAComposition,
}

impl Reason {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Attribute => "attribute",
            Self::InsideAValue => "inside_a_value",
            Self::HasAParent => "has_a_parent",
            Self::NotAComposition => "not_a_composition",
        }
    }

    /// Whether the message alone explains it: nothing else could have been seen to it beforehand.
    pub(crate) const fn is_of_the_message(self) -> bool {
        matches!(self, Self::Shape | Self::Attribute)
    }
}

/// An exception: the message has done what it did until then, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raised {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Raised {
    pub(crate) fn shape(detail: &impl fmt::Display) -> Self {
        Self { reason: Reason::Shape, detail: detail.to_string() }
    }

    pub(crate) fn attribute(detail: impl Into<String>) -> Self {
        Self { reason: Reason::Attribute, detail: detail.into() }
    }
}

/// An exception as it is counted: what raised, and what went with it.
#[derive(Clone, Debug)]
pub(crate) struct Exception {
    pub(crate) raised: Raised,
    /// Whose message it was.
    pub(crate) source: String,
    pub(crate) event: String,
    /// Messages that were received with it and are lost.
    pub(crate) lost: usize,
}
