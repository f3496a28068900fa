//! The order of the children of one parent, removed ones included.
//!
//! A removed child leaves a tombstone, so that an operation that names it as a neighbour still finds the place.
//! While a parent has no tombstones its document's own child list is the order, and nothing is kept here.

use otio_document::NodeId;

/// The most places of a chunk. Finding one costs the number of chunks and the length of one.
const CHUNK_MAX: usize = 256;

/// One place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) node: NodeId,
    pub(crate) buried: bool,
}

/// The places under a parent that has at least one tombstone: an order-statistic list of chunks, each with the number of
/// those that stand in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    chunks: Vec<Chunk>,
    len: usize,
    buried: usize,
}

#[derive(Clone, Debug)]
struct Chunk {
    places: Vec<Slot>,
    standing: usize,
}

impl Chunk {
    fn of(places: Vec<Slot>) -> Self {
        let standing = places.iter().filter(|slot| !slot.buried).count();
        Self { places, standing }
    }

    fn has_buried(&self) -> bool {
        self.standing < self.places.len()
    }

    /// How many standing children come before a place in it.
    fn standing_before(&self, at: usize) -> usize {
        if self.has_buried() { self.places[..at].iter().filter(|slot| !slot.buried).count() } else { at }
    }
}

impl Slots {
    /// The places of children that all stand.
    pub(crate) fn of_standing(children: &[NodeId]) -> Self {
        let slots = |part: &[NodeId]| part.iter().map(|&node| Slot { node, buried: false }).collect();
        let chunks = children.chunks(CHUNK_MAX / 2).map(|part| Chunk::of(slots(part))).collect();
        Self { chunks, len: children.len(), buried: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn has_buried(&self) -> bool {
        self.buried > 0
    }

    pub(crate) fn at(&self, place: usize) -> Option<Slot> {
        let (chunk, at) = self.locate(place)?;
        Some(self.chunks[chunk].places[at])
    }

    /// The place of a tombstone.
    pub(crate) fn place_of_buried(&self, node: NodeId) -> Option<usize> {
        let tombstone = Slot { node, buried: true };
        let mut before = 0;
        for chunk in &self.chunks {
            let found = chunk.has_buried().then(|| chunk.places.iter().position(|slot| *slot == tombstone));
            if let Some(at) = found.flatten() {
                return Some(before + at);
            }
            before += chunk.places.len();
        }
        None
    }

    /// How many standing children come before a place: its index in the document.
    pub(crate) fn standing_before(&self, place: usize) -> usize {
        match self.locate(place) {
            Some((chunk, at)) => {
                let before: usize = self.chunks[..chunk].iter().map(|chunk| chunk.standing).sum();
                before + self.chunks[chunk].standing_before(at)
            }
            None => self.len - self.buried,
        }
    }

    /// The place of the standing child with that index; the end where there is none.
    pub(crate) fn place_of_standing(&self, index: usize) -> usize {
        let (mut left, mut before) = (index, 0);
        for chunk in &self.chunks {
            if left < chunk.standing {
                let mut standing = (0..).zip(&chunk.places).filter(|(_, slot)| !slot.buried);
                return standing.nth(left).map_or(self.len, |(at, _)| before + at);
            }
            left -= chunk.standing;
            before += chunk.places.len();
        }
        self.len
    }

    pub(crate) fn insert(&mut self, place: usize, slot: Slot) {
        if self.chunks.is_empty() {
            self.chunks.push(Chunk::of(Vec::new()));
        }
        let last = self.chunks.len() - 1;
        let (chunk, at) = self.locate(place).unwrap_or((last, self.chunks[last].places.len()));
        let changed = &mut self.chunks[chunk];
        changed.places.insert(at, slot);
        changed.standing += usize::from(!slot.buried);
        self.len += 1;
        self.buried += usize::from(slot.buried);
        if self.chunks[chunk].places.len() > CHUNK_MAX {
            self.split(chunk);
        }
    }

    fn split(&mut self, chunk: usize) {
        let mut places = std::mem::take(&mut self.chunks[chunk].places);
        let half = places.split_off(CHUNK_MAX / 2);
        self.chunks[chunk] = Chunk::of(places);
        self.chunks.insert(chunk + 1, Chunk::of(half));
    }

    /// Takes out what is at a place; none where there is no such place.
    pub(crate) fn remove(&mut self, place: usize) -> Option<Slot> {
        let (chunk, at) = self.locate(place)?;
        let changed = &mut self.chunks[chunk];
        let slot = changed.places.remove(at);
        changed.standing -= usize::from(!slot.buried);
        if changed.places.is_empty() {
            self.chunks.remove(chunk);
        }
        self.len -= 1;
        self.buried -= usize::from(slot.buried);
        Some(slot)
    }

    pub(crate) fn set_buried(&mut self, place: usize, buried: bool) {
        let Some((chunk, at)) = self.locate(place) else { return };
        let changed = &mut self.chunks[chunk];
        let was = std::mem::replace(&mut changed.places[at].buried, buried);
        changed.standing = changed.standing + usize::from(was) - usize::from(buried);
        self.buried = self.buried + usize::from(buried) - usize::from(was);
    }

    /// The chunk that holds a place, and the place in it.
    fn locate(&self, place: usize) -> Option<(usize, usize)> {
        let mut left = place;
        for (at, chunk) in self.chunks.iter().enumerate() {
            if left < chunk.places.len() {
                return Some((at, left));
            }
            left -= chunk.places.len();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use otio_document::{Document, Reading};
    use proptest::prelude::*;

    use super::{Slot, Slots};

    fn nodes(count: usize) -> Vec<super::NodeId> {
        let gaps = vec![r#"{"OTIO_SCHEMA":"Gap.1"}"#; count].join(",");
        let track = format!(r#"{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{gaps}]}}"#);
        let document = Document::read(track.as_bytes(), Reading::Exact).unwrap();
        document.children(document.root().unwrap()).to_vec()
    }

    /// What the places are, told by a plain list of them.
    fn assert_same(slots: &Slots, plain: &[Slot]) {
        assert_eq!(slots.len(), plain.len());
        assert_eq!(slots.has_buried(), plain.iter().any(|slot| slot.buried));
        let mut standing = 0;
        for (place, slot) in plain.iter().enumerate() {
            assert_eq!(slots.at(place), Some(*slot));
            assert_eq!(slots.standing_before(place), standing);
            assert_eq!(slots.place_of_buried(slot.node), slot.buried.then_some(place));
            if !slot.buried {
                assert_eq!(slots.place_of_standing(standing), place);
                standing += 1;
            }
        }
        assert_eq!(slots.standing_before(plain.len()), standing);
        assert_eq!(slots.place_of_standing(standing), plain.len());
        assert_eq!(slots.at(plain.len()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn places_are_those_of_a_plain_list(
            steps in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4), 0..600),
            standing in 0usize..700,
        ) {
            let nodes = nodes(1_300);
            let (first, mut rest) = (&nodes[..standing], nodes[standing..].iter());
            let mut plain: Vec<Slot> = first.iter().map(|&node| Slot { node, buried: false }).collect();
            let mut slots = Slots::of_standing(first);
            for (index, kind) in steps {
                let place = index.index(plain.len() + 1);
                match kind {
                    0 | 1 => {
                        let slot = Slot { node: *rest.next().unwrap(), buried: kind == 1 };
                        slots.insert(place, slot);
                        plain.insert(place, slot);
                    }
                    2 if place < plain.len() => prop_assert_eq!(slots.remove(place), Some(plain.remove(place))),
                    3 if place < plain.len() => {
                        plain[place].buried = !plain[place].buried;
                        slots.set_buried(place, plain[place].buried);
                    }
                    _ => prop_assert_eq!(slots.remove(plain.len()), None),
                }
            }
            assert_same(&slots, &plain);
        }
    }
}
