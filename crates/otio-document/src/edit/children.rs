//! Inserting and detaching children.

use crate::arena::{NodeId, NodeKind};
use crate::document::LEVELS_MAX;
use crate::schema::Family;
use crate::{Document, EditError};

impl Document {
    /// Inserts a detached node as a child, before the one that has that index now; at the end where the index is the number
    /// of children (OTIO `Composition.insert`, which takes any index, from the end below zero).
    ///
    /// ```
    /// use otio_document::{Document, Reading};
    ///
    /// let mut document = Document::read(
    ///     br#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1"},{"OTIO_SCHEMA":"Clip.2","name":"a"}]}"#,
    ///     Reading::Exact,
    /// )?;
    /// let track = document.root().ok_or("a track")?;
    /// let clip = document.detach_child(track, 1)?;
    /// document.insert_child(track, 0, clip)?;
    /// assert_eq!(document.index_in_parent(clip), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// One of the nodes is not there, the parent is no composition, the child is neither item, transition nor of an unknown
    /// schema, has a place already or contains the parent, the index is beyond the end, or the tree would be more than
    /// 100 nodes deep.
    pub fn insert_child(&mut self, parent: NodeId, index: usize, child: NodeId) -> Result<(), EditError> {
        self.check_insertion(parent, index, child)?;
        self.arena.insert_child(parent, index, child);
        self.changed(parent);
        Ok(())
    }

    fn check_insertion(&self, parent: NodeId, index: usize, child: NodeId) -> Result<(), EditError> {
        let len = self.node(parent).ok_or(EditError::UnknownNode)?.children().len();
        let node = self.node(child).ok_or(EditError::UnknownNode)?;
        if !self.is_composition(parent) {
            return Err(EditError::NotAComposition { schema: self.schema_name(parent).to_owned() });
        }
        let is_composable = match node.kind {
            NodeKind::Known(schema) => schema.belongs_to(Family::Composable),
            NodeKind::Other { .. } => true,
            NodeKind::Raw(_) => false,
        };
        if !is_composable {
            return Err(EditError::NotComposable { schema: self.schema_name(child).to_owned() });
        }
        if node.parent.is_some() || self.root() == Some(child) {
            return Err(EditError::NotDetached);
        }
        if parent == child || self.ancestors(parent).any(|above| above == child) {
            return Err(EditError::Cycle);
        }
        if index > len {
            return Err(EditError::IndexOutOfRange { index, len });
        }
        let depth = self.ancestors(parent).count() + 1 + self.levels(child);
        if depth > LEVELS_MAX {
            return Err(EditError::TooDeep { depth, depth_max: LEVELS_MAX });
        }
        Ok(())
    }

    /// Nodes on the longest way from a node to a leaf, the node included.
    pub(crate) fn levels(&self, node: NodeId) -> usize {
        1 + self.children(node).iter().map(|child| self.levels(child)).max().unwrap_or(0)
    }

    /// Takes a child out of its parent and returns it. It stays in the arena, with everything below it, until it is
    /// inserted again or [discarded](Self::discard) (OTIO `Composition.pop`, which counts from the end below zero).
    ///
    /// # Errors
    /// The parent is not there, is no composition, or has no child of that index.
    pub fn detach_child(&mut self, parent: NodeId, index: usize) -> Result<NodeId, EditError> {
        let len = self.node(parent).ok_or(EditError::UnknownNode)?.children().len();
        if !self.is_composition(parent) {
            return Err(EditError::NotAComposition { schema: self.schema_name(parent).to_owned() });
        }
        let child =
            self.arena.detach_child(parent, index).ok_or(EditError::IndexOutOfRange { index, len })?;
        self.changed(parent);
        Ok(child)
    }
}
