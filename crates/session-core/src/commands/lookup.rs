//! Finding what a command names, with errors that say what to do.

use otio_document::{Document, NodeId};
use session_log::Guid;
use session_wire::Anchor;

use crate::error::CommandError;
use crate::peer::Peer;

/// An object that stands in a timeline.
#[derive(Clone)]
pub(crate) struct Found<'a> {
    pub(crate) timeline: Guid,
    pub(crate) document: &'a Document,
    pub(crate) node: NodeId,
}

impl<'a> Found<'a> {
    /// Its GUID; that of the annotation clip that took another one in, where it was asked for by the other's.
    pub(crate) fn guid(&self) -> &'a str {
        self.document.guid(self.node).unwrap_or_default()
    }

    /// What it is, for an error.
    pub(crate) fn kind(&self) -> String {
        let schema = self.document.schema_name(self.node);
        let article = if schema.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
        format!("{article} {schema}")
    }

    /// The error that it is of another kind.
    pub(crate) fn wrong_kind(&self, expected: &'static str) -> CommandError {
        CommandError::WrongKind { guid: self.guid().to_owned(), found: self.kind(), expected }
    }

    pub(crate) fn with(&self, node: NodeId) -> Self {
        Self { node, ..self.clone() }
    }

    /// Its parent.
    pub(crate) fn parent(&self) -> Option<Self> {
        self.document.parent(self.node).map(|parent| self.with(parent))
    }

    /// Its place among the children of its parent.
    pub(crate) fn place(&self) -> usize {
        self.document.index_in_parent(self.node).unwrap_or_default()
    }
}

impl Peer {
    /// An object that stands in the session.
    pub(crate) fn find(&self, what: &'static str, guid: &str) -> Result<Found<'_>, CommandError> {
        let state = self.log.state();
        let located = state.locate(guid).filter(|(timeline, node)| state.stands(timeline, *node));
        let found = located.and_then(|(timeline, node)| {
            let document = state.timeline(&timeline)?;
            Some(Found { timeline, document, node })
        });
        found.ok_or_else(|| CommandError::UnknownGuid { what, guid: guid.to_owned() })
    }

    /// A stack or track.
    pub(crate) fn find_parent(&self, guid: &str) -> Result<Found<'_>, CommandError> {
        let found = self.find("the parent", guid)?;
        if found.document.is_timeline(found.node) {
            let stack = found.document.children(found.node).first();
            let stack = stack.and_then(|stack| found.document.guid(stack)).unwrap_or_default();
            let found = format!("a Timeline (its stack is {stack:?})");
            return Err(CommandError::WrongKind {
                guid: guid.to_owned(),
                found,
                expected: "a Stack or a Track",
            });
        }
        if found.document.is_composition(found.node) {
            Ok(found)
        } else {
            Err(found.wrong_kind("a Stack or a Track"))
        }
    }

    /// A timeline's document.
    pub(crate) fn find_timeline(&self, guid: &str) -> Result<(&Document, NodeId), CommandError> {
        let state = self.log.state();
        let found = state.timeline(guid).and_then(|document| Some((document, document.root()?)));
        match found {
            Some(found) => Ok(found),
            None => match self.find("the timeline", guid) {
                Ok(other) => Err(other.wrong_kind("a Timeline")),
                Err(unknown) => Err(unknown),
            },
        }
    }
}

/// The index among `count` children that a command means: negative ones count from the end, beyond is the end.
pub(crate) fn clamped(index: i64, count: usize) -> usize {
    let size = i64::try_from(count).unwrap_or(i64::MAX);
    let at = if index < 0 { size.saturating_add(index).max(0) } else { index.min(size) };
    usize::try_from(at).unwrap_or(count)
}

/// The neighbours of a place among siblings. A neighbour without a GUID is none.
pub(crate) fn neighbours(
    document: &Document,
    sibling: impl Fn(usize) -> Option<NodeId>,
    at: usize,
) -> (Option<Anchor>, Option<Anchor>) {
    let anchor = |node: Option<NodeId>| match node {
        None => Some(Anchor::EDGE),
        Some(node) => document.guid(node).map(Anchor::beside),
    };
    (anchor(at.checked_sub(1).and_then(&sibling)), anchor(sibling(at)))
}

#[cfg(test)]
mod tests {
    use super::clamped;

    #[test]
    fn indexes_are_those_of_a_python_list() {
        assert_eq!([0, 1, 3, 9].map(|index| clamped(index, 3)), [0, 1, 3, 3]);
        assert_eq!([-1, -2, -3, -10].map(|index| clamped(index, 3)), [2, 1, 0, 0]);
        assert_eq!(clamped(i64::MIN, 3), 0);
    }
}
