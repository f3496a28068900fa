//! The order of the children of one parent, removed ones included.
//!
//! A removed child leaves a tombstone, so that an operation that names it as a neighbour still finds the place.
//! While a parent has no tombstones its document's own child list is the order, and nothing is kept here.

use otio_document::NodeId;

/// One place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) node: NodeId,
    pub(crate) buried: bool,
}

/// The places under a parent that has at least one tombstone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    places: Vec<Slot>,
    buried: usize,
}

impl Slots {
    /// The places of children that all stand.
    pub(crate) fn of_standing(children: &[NodeId]) -> Self {
        Self { places: children.iter().map(|&node| Slot { node, buried: false }).collect(), buried: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn has_buried(&self) -> bool {
        self.buried > 0
    }

    pub(crate) fn at(&self, place: usize) -> Option<Slot> {
        self.places.get(place).copied()
    }

    pub(crate) fn place_of(&self, node: NodeId) -> Option<usize> {
        self.places.iter().position(|slot| slot.node == node)
    }

    /// How many standing children come before a place: its index in the document.
    pub(crate) fn standing_before(&self, place: usize) -> usize {
        self.places.iter().take(place).filter(|slot| !slot.buried).count()
    }

    /// The place of the standing child with that index; the end where there is none.
    pub(crate) fn place_of_standing(&self, index: usize) -> usize {
        self.places
            .iter()
            .enumerate()
            .filter(|(_, slot)| !slot.buried)
            .nth(index)
            .map_or(self.places.len(), |(place, _)| place)
    }

    pub(crate) fn insert(&mut self, place: usize, slot: Slot) {
        self.buried += usize::from(slot.buried);
        self.places.insert(place.min(self.places.len()), slot);
    }

    pub(crate) fn remove(&mut self, place: usize) -> Slot {
        let slot = self.places.remove(place);
        self.buried -= usize::from(slot.buried);
        slot
    }

    pub(crate) fn set_buried(&mut self, place: usize, buried: bool) {
        let slot = &mut self.places[place];
        self.buried = self.buried + usize::from(buried) - usize::from(slot.buried);
        slot.buried = buried;
    }
}
