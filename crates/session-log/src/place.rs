//! Where children stand: taking out, putting in, burying, and what a position means.

use otio_document::{EditError, NodeId};
use session_wire::Anchor;

use crate::journal::Step;
use crate::replica::TimelineReplica;
use crate::slots::{Slot, Slots};

/// Where an operation wants a child.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Position<'a> {
    /// At an index among the standing children, as opentimelineio's `insert` counts.
    Index { index: i64, minus_one_appends: bool },
    /// Beside its neighbours.
    Beside { after: Option<&'a Anchor>, before: Option<&'a Anchor> },
}

impl<'a> Position<'a> {
    /// Anchors where there are any, else the index.
    pub(crate) fn of(
        after: Option<&'a Anchor>,
        before: Option<&'a Anchor>,
        index: i64,
        minus_one_appends: bool,
    ) -> Self {
        match (after, before) {
            (None, None) => Self::Index { index, minus_one_appends },
            (after, before) => Self::Beside { after, before },
        }
    }
}

/// The index that opentimelineio's `insert` means in a list of that length: a negative one counts from the end, and
/// once more where it is negative still, since its Python layer and its core both count (tried with 0.18.1).
pub fn opentimelineio_index(index: i64, len: usize) -> usize {
    let size = i64::try_from(len).unwrap_or(i64::MAX);
    let counted = |index: i64| if index < 0 { index.saturating_add(size) } else { index };
    let at = counted(counted(index)).clamp(0, size);
    usize::try_from(at).unwrap_or(len)
}

impl TimelineReplica {
    /// How many places there are under a parent, tombstones included.
    pub(crate) fn places(&self, parent: NodeId) -> usize {
        self.slots.get(&parent).map_or_else(|| self.document.children(parent).len(), Slots::len)
    }

    /// The place of a child or of its tombstone.
    pub(crate) fn place_of(&self, parent: NodeId, node: NodeId) -> Option<usize> {
        let slots = self.slots.get(&parent);
        if self.document.parent(node) != Some(parent) {
            return slots?.place_of_buried(node);
        }
        let index = self.document.index_in_parent(node)?;
        Some(slots.map_or(index, |slots| slots.place_of_standing(index)))
    }

    /// The place that a position means, in the list as it is now.
    pub(crate) fn resolve(&self, parent: NodeId, position: Position<'_>) -> usize {
        match position {
            Position::Index { index, minus_one_appends } => {
                let len = self.document.children(parent).len();
                let index =
                    if minus_one_appends && index == -1 { len } else { opentimelineio_index(index, len) };
                self.slots.get(&parent).map_or(index, |slots| slots.place_of_standing(index))
            }
            Position::Beside { after, before } => self.resolve_beside(parent, after, before),
        }
    }

    /// Beside the neighbour that was placed last, so that runs typed by one person stay whole.
    fn resolve_beside(&self, parent: NodeId, after: Option<&Anchor>, before: Option<&Anchor>) -> usize {
        let find = |anchor: Option<&Anchor>| self.neighbour(parent, anchor?.guid()?);
        match (find(after), find(before)) {
            (Some((a, _)), Some((b, _))) if b == a + 1 => b,
            (Some((a, left)), Some((b, right))) => {
                if self.placed.get(&right) > self.placed.get(&left) {
                    b
                } else {
                    a + 1
                }
            }
            (Some((a, _)), None) => a + 1,
            (None, Some((b, _))) => b,
            (None, None) if after.is_some_and(|anchor| anchor.guid().is_none()) => 0,
            (None, None) => self.places(parent),
        }
    }

    /// The place of a child or tombstone of that GUID, wherever else others of it stand.
    pub(crate) fn neighbour(&self, parent: NodeId, guid: &str) -> Option<(usize, NodeId)> {
        let node = self.child(parent, guid)?;
        let lying = || {
            let lies = |node: &&NodeId| self.graves.get(node) == Some(&parent);
            self.nodes.get(self.canonical(guid)).iter().rev().find(lies).copied()
        };
        let place = |node: NodeId| Some((self.place_of(parent, node)?, node));
        place(node).or_else(|| lying().and_then(place))
    }

    /// The index in the document of a place.
    pub(crate) fn standing_before(&self, parent: NodeId, place: usize) -> usize {
        self.slots.get(&parent).map_or(place, |slots| slots.standing_before(place))
    }

    /// Puts a detached node at a place.
    pub(crate) fn put(&mut self, parent: NodeId, place: usize, node: NodeId) -> Result<Step, EditError> {
        let index = self.standing_before(parent, place);
        self.document.insert_child(parent, index, node)?;
        if let Some(slots) = self.slots.get_mut(&parent) {
            slots.insert(place, Slot { node, buried: false });
        }
        Ok(Step::Put { parent, place, node })
    }

    /// Takes what stands or lies at a place out of it.
    pub(crate) fn take(&mut self, parent: NodeId, place: usize) -> Option<Step> {
        let (left, right) = self.places_beside(parent, place);
        let index = self.standing_before(parent, place);
        let slot = match self.slots.get_mut(&parent) {
            Some(slots) => slots.remove(place)?,
            None => Slot { node: self.document.children(parent).get(place)?, buried: false },
        };
        if slot.buried {
            self.graves.remove(&slot.node);
        } else {
            let _ = self.document.detach_child(parent, index);
        }
        self.forget_order_without_graves(parent);
        Some(Step::Taken { parent, place, node: slot.node, buried: slot.buried, left, right })
    }

    /// What stands or lies right beside a place.
    pub(crate) fn places_beside(&self, parent: NodeId, place: usize) -> (Option<NodeId>, Option<NodeId>) {
        let at = |place: usize| match self.slots.get(&parent) {
            Some(slots) => slots.at(place).map(|slot| slot.node),
            None => self.document.children(parent).get(place),
        };
        (place.checked_sub(1).and_then(at), at(place + 1))
    }

    /// Undoes [`TimelineReplica::take`].
    pub(crate) fn put_back(&mut self, parent: NodeId, place: usize, node: NodeId, buried: bool) {
        if buried {
            self.order_of(parent).insert(place, Slot { node, buried: true });
            self.graves.insert(node, parent);
        } else {
            let _ = self.put(parent, place, node);
        }
    }

    /// Removes a standing child, leaving a tombstone.
    pub(crate) fn bury(&mut self, parent: NodeId, place: usize, node: NodeId) -> Step {
        let index = self.standing_before(parent, place);
        self.order_of(parent).set_buried(place, true);
        let _ = self.document.detach_child(parent, index);
        self.graves.insert(node, parent);
        Step::Buried { parent, place, node }
    }

    /// Undoes [`TimelineReplica::bury`].
    pub(crate) fn unbury(&mut self, parent: NodeId, place: usize, node: NodeId) {
        let index = self.standing_before(parent, place);
        self.order_of(parent).set_buried(place, false);
        let _ = self.document.insert_child(parent, index, node);
        self.graves.remove(&node);
        self.forget_order_without_graves(parent);
    }

    fn order_of(&mut self, parent: NodeId) -> &mut Slots {
        let children = self.document.children(parent);
        self.slots.entry(parent).or_insert_with(|| Slots::of_standing(&children.to_vec()))
    }

    fn forget_order_without_graves(&mut self, parent: NodeId) {
        if self.slots.get(&parent).is_some_and(|slots| !slots.has_buried()) {
            self.slots.remove(&parent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::opentimelineio_index;

    /// What `Composition.insert` of opentimelineio 0.18.1 does, tried one by one.
    #[test]
    fn an_index_counts_as_in_opentimelineio() {
        let expected = [
            (0, 0),
            (2, 2),
            (3, 3),
            (5, 3),
            (-1, 2),
            (-2, 1),
            (-3, 0),
            (-4, 2),
            (-5, 1),
            (-6, 0),
            (-7, 0),
            (-10, 0),
            (i64::MIN, 0),
            (i64::MAX, 3),
        ];
        for (index, place) in expected {
            assert_eq!(opentimelineio_index(index, 3), place, "{index}");
        }
        assert_eq!([-3, -1, 0, 2].map(|index| opentimelineio_index(index, 0)), [0; 4]);
    }
}
