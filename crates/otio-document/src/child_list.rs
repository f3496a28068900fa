//! The nodes that stand in a node, in order.
//!
//! An order-statistic list of chunks: each chunk has a tag that its nodes carry too, so that a place is found by adding
//! up the lengths of the chunks before it and looking into one, and changed by moving a part of one.

use std::iter::{Copied, FlatMap};
use std::slice::Iter;
use std::sync::OnceLock;

use crate::RangeError;
use crate::arena::NodeId;
use crate::composition::Extent;

/// The most nodes of a chunk. Finding a place costs the number of chunks and the length of one: among 100 000 children
/// about 400 and 512.
const CHUNK_MAX: usize = 512;

/// The tag of a chunk, unique within its list.
pub(crate) type ChunkTag = u32;

/// Nodes by place.
#[derive(Clone, Default)]
pub(crate) struct ChildList {
    chunks: Vec<Chunk>,
    len: usize,
    /// No chunk has this tag: a list would have to split four thousand million times to come round.
    next_tag: ChunkTag,
    /// How each counts for what comes after it, once that was asked for, until something below changes.
    extents: OnceLock<Vec<Result<Extent, RangeError>>>,
}

#[derive(Clone)]
struct Chunk {
    tag: ChunkTag,
    nodes: Vec<NodeId>,
}

impl ChildList {
    /// A list of nodes, each of which is told its tag.
    pub(crate) fn of(nodes: &[NodeId], mut tag: impl FnMut(NodeId, ChunkTag)) -> Self {
        let mut list = Self { len: nodes.len(), ..Self::default() };
        for part in nodes.chunks(CHUNK_MAX / 2) {
            let chunk = list.new_chunk(part.to_vec());
            chunk.tell(&mut tag);
            list.chunks.push(chunk);
        }
        list
    }

    fn new_chunk(&mut self, nodes: Vec<NodeId>) -> Chunk {
        let tag = self.next_tag;
        self.next_tag = self.next_tag.wrapping_add(1);
        Chunk { tag, nodes }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How each node counts for what comes after it; reckoned with `extent` where that is not known.
    pub(crate) fn extents(
        &self,
        extent: impl Fn(NodeId) -> Result<Extent, RangeError>,
    ) -> &[Result<Extent, RangeError>] {
        self.extents.get_or_init(|| self.iter().map(extent).collect())
    }

    pub(crate) fn forget_extents(&mut self) {
        self.extents = OnceLock::new();
    }

    pub(crate) fn get(&self, index: usize) -> Option<NodeId> {
        let (chunk, at) = self.locate(index)?;
        self.chunks[chunk].nodes.get(at).copied()
    }

    pub(crate) fn iter(&self) -> ChildrenIter<'_> {
        Children::new(Some(self)).iter()
    }

    /// The place of a node that carries that tag.
    pub(crate) fn index_of(&self, node: NodeId, tag: ChunkTag) -> Option<usize> {
        let mut before = 0;
        for chunk in &self.chunks {
            if chunk.tag == tag {
                return Some(before + position(&chunk.nodes, node)?);
            }
            before += chunk.nodes.len();
        }
        None
    }

    /// The chunk that holds a place, and the place in it.
    fn locate(&self, index: usize) -> Option<(usize, usize)> {
        let mut left = index;
        for (at, chunk) in self.chunks.iter().enumerate() {
            if left < chunk.nodes.len() {
                return Some((at, left));
            }
            left -= chunk.nodes.len();
        }
        None
    }

    /// Puts a node before the one at that place, or at the end where there is none. Nodes that came into another chunk
    /// are told their tag.
    pub(crate) fn insert(&mut self, index: usize, node: NodeId, mut tag: impl FnMut(NodeId, ChunkTag)) {
        if self.chunks.is_empty() {
            let chunk = self.new_chunk(Vec::new());
            self.chunks.push(chunk);
        }
        let last = self.chunks.len() - 1;
        let (mut chunk, mut at) = self.locate(index).unwrap_or((last, self.chunks[last].nodes.len()));
        if self.chunks[chunk].nodes.len() >= CHUNK_MAX {
            self.split(chunk, &mut tag);
            if at > CHUNK_MAX / 2 {
                chunk += 1;
                at -= CHUNK_MAX / 2;
            }
        }
        self.chunks[chunk].nodes.insert(at, node);
        tag(node, self.chunks[chunk].tag);
        self.len += 1;
    }

    fn split(&mut self, chunk: usize, tag: &mut impl FnMut(NodeId, ChunkTag)) {
        let half = self.chunks[chunk].nodes.split_off(CHUNK_MAX / 2);
        let half = self.new_chunk(half);
        half.tell(tag);
        self.chunks.insert(chunk + 1, half);
    }

    /// Takes out the node at that place.
    pub(crate) fn remove(&mut self, index: usize) -> Option<NodeId> {
        let (chunk, at) = self.locate(index)?;
        let node = self.chunks[chunk].nodes.remove(at);
        if self.chunks[chunk].nodes.is_empty() {
            self.chunks.remove(chunk);
        }
        self.len -= 1;
        Some(node)
    }
}

impl Chunk {
    fn nodes(&self) -> ChunkNodes<'_> {
        self.nodes.iter().copied()
    }

    fn tell(&self, tag: &mut impl FnMut(NodeId, ChunkTag)) {
        for &node in &self.nodes {
            tag(node, self.tag);
        }
    }
}

/// The place of a node. Parts are compared as a whole, which processors do many at a time.
fn position(nodes: &[NodeId], node: NodeId) -> Option<usize> {
    const PART: usize = 32;
    let holds = |part: &[NodeId]| part.iter().filter(|other| **other == node).count() > 0;
    let part = nodes.chunks(PART).position(holds)?;
    let within = nodes[part * PART..].iter().position(|other| *other == node)?;
    Some(part * PART + within)
}

/// The nodes that stand in a node, in order, by [`Document::children`](crate::Document::children). A place is found in a
/// time that hardly grows with their number. In OTIO a `Composition` is itself the list of its children.
///
/// ```
/// use otio_document::{Document, Reading};
///
/// let text = r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1"},{"OTIO_SCHEMA":"Clip.2","name":"a"}]}"#;
/// let document = Document::read(text.as_bytes(), Reading::Exact)?;
/// let children = document.children(document.root().ok_or("a track")?);
/// let names: Vec<&str> = children.iter().map(|child| document.name(child)).collect();
/// assert_eq!(names, ["", "a"]);
/// assert_eq!(children.last(), children.get(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Children<'document> {
    list: Option<&'document ChildList>,
}

impl<'document> Children<'document> {
    pub(crate) fn new(list: Option<&'document ChildList>) -> Self {
        Self { list }
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.list.map_or(0, ChildList::len)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The one at a place counted from 0; none beyond the last. From the end, as OTIO's `track[-1]`, nothing is counted.
    pub fn get(self, index: usize) -> Option<NodeId> {
        self.list?.get(index)
    }

    /// The first one; none where there are none.
    pub fn first(self) -> Option<NodeId> {
        self.iter().next()
    }

    /// The last one; none where there are none.
    pub fn last(self) -> Option<NodeId> {
        self.iter().next_back()
    }

    /// All of them, in order.
    pub fn iter(self) -> ChildrenIter<'document> {
        self.into_iter()
    }

    /// How each counts for what comes after it; reckoned with `extent` where that is not known.
    pub(crate) fn extents(
        self,
        extent: impl Fn(NodeId) -> Result<Extent, RangeError>,
    ) -> &'document [Result<Extent, RangeError>] {
        self.list.map_or(&[], |list| list.extents(extent))
    }

    /// All of them, in order, in a list of their own.
    pub fn to_vec(self) -> Vec<NodeId> {
        self.iter().collect()
    }
}

impl<'document> IntoIterator for Children<'document> {
    type Item = NodeId;
    type IntoIter = ChildrenIter<'document>;

    fn into_iter(self) -> Self::IntoIter {
        let chunks = self.list.map_or(&[][..], |list| &list.chunks).iter();
        ChildrenIter { nodes: chunks.flat_map(Chunk::nodes), left: self.len() }
    }
}

type ChunkNodes<'document> = Copied<Iter<'document, NodeId>>;

/// Walks through [`Children`] in order, from both ends if need be.
#[derive(Clone)]
pub struct ChildrenIter<'document> {
    nodes:
        FlatMap<Iter<'document, Chunk>, ChunkNodes<'document>, fn(&'document Chunk) -> ChunkNodes<'document>>,
    left: usize,
}

impl Iterator for ChildrenIter<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let next = self.nodes.next()?;
        self.left -= 1;
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for ChildrenIter<'_> {
    fn next_back(&mut self) -> Option<NodeId> {
        let next = self.nodes.next_back()?;
        self.left -= 1;
        Some(next)
    }
}

impl ExactSizeIterator for ChildrenIter<'_> {}

impl std::fmt::Debug for ChildrenIter<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.clone()).finish()
    }
}

impl std::fmt::Debug for Children<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{ChildList, NodeId};

    /// A list beside the plain one that it has to agree with.
    #[derive(Default)]
    struct Pair {
        list: ChildList,
        plain: Vec<NodeId>,
        tags: HashMap<NodeId, u32>,
    }

    impl Pair {
        fn of(count: u32) -> Self {
            let plain: Vec<NodeId> = (0..count).map(NodeId::new).collect();
            let mut tags = HashMap::new();
            let list = ChildList::of(&plain, |node, tag| {
                tags.insert(node, tag);
            });
            Self { list, plain, tags }
        }

        fn insert(&mut self, at: usize, node: NodeId) {
            self.list.insert(at, node, |node, tag| {
                self.tags.insert(node, tag);
            });
            self.plain.insert(at, node);
        }

        fn assert_same(&self) {
            assert!(self.list.iter().eq(self.plain.iter().copied()));
            assert!(self.list.iter().rev().eq(self.plain.iter().rev().copied()));
            assert_eq!(self.list.len(), self.plain.len());
            for (index, node) in self.plain.iter().enumerate() {
                assert_eq!(self.list.get(index), Some(*node));
                assert_eq!(self.list.index_of(*node, self.tags[node]), Some(index));
            }
            assert_eq!(self.list.get(self.plain.len()), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_list_is_what_a_plain_list_is(
            count in 0u32..2000,
            steps in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 1usize..700), 0..8),
        ) {
            let mut pair = Pair::of(count);
            let mut next = count;
            for (place, inserts, times) in steps {
                for _ in 0..times {
                    if inserts {
                        pair.insert(place.index(pair.plain.len() + 1), NodeId::new(next));
                        next += 1;
                    } else if !pair.plain.is_empty() {
                        let at = place.index(pair.plain.len());
                        prop_assert_eq!(pair.list.remove(at), Some(pair.plain.remove(at)));
                    }
                }
            }
            pair.assert_same();
        }
    }
}
