//! Subtrees that are out of a document for a while.

use crate::Document;
use crate::arena::{Node, NodeId};

/// A subtree that was taken out of a document with [`Document::withdraw`], as it stood there. In OTIO that is an object that
/// nothing refers to but its holder.
pub struct Withdrawn {
    /// Each node with the place of its parent in this list, pre-order. There is a first one, which has no parent.
    nodes: Vec<(Option<usize>, Node)>,
}

impl Document {
    /// Takes a detached subtree out of the arena; its handles are good no longer. None for a node that has a parent, and for
    /// the root. [`Document::bring_back`] undoes it, without reading anything again.
    ///
    /// ```
    /// use otio_document::{Document, Reading};
    ///
    /// let track = r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1","name":"slate"}]}"#;
    /// let mut document = Document::read(track.as_bytes(), Reading::Exact)?;
    /// let track = document.root().ok_or("a track")?;
    /// let gap = document.detach_child(track, 0)?;
    /// let slate = document.withdraw(gap).ok_or("a detached gap")?;
    /// assert_eq!(document.schema_name(gap), "");
    /// let gap = document.bring_back(slate);
    /// document.insert_child(track, 0, gap)?;
    /// assert_eq!(document.name(gap), "slate");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn withdraw(&mut self, detached: NodeId) -> Option<Withdrawn> {
        let is_free = self.node(detached)?.parent.is_none() && self.root() != Some(detached);
        is_free.then_some(())?;
        let subtree: Vec<NodeId> = self.descend(detached).collect();
        // Sorted by handle, to find the place of a parent.
        let mut places: Vec<(NodeId, usize)> = subtree.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let place = |id: NodeId| Some(places[places.binary_search_by_key(&id, |(id, _)| *id).ok()?].1);
        let mut nodes = Vec::with_capacity(subtree.len());
        for id in subtree {
            let Some(mut node) = self.arena.remove(id) else { continue };
            self.guids.forget(node.guid(), id);
            let parent = node.parent.take().and_then(place);
            nodes.push((parent, node));
        }
        Some(Withdrawn { nodes })
    }

    /// Brings a subtree back, detached, with new handles. In another document than its own it is what it was.
    pub fn bring_back(&mut self, withdrawn: Withdrawn) -> NodeId {
        let mut ids = Vec::with_capacity(withdrawn.nodes.len());
        let mut children: Vec<Vec<NodeId>> = Vec::with_capacity(withdrawn.nodes.len());
        for (parent, mut node) in withdrawn.nodes {
            node.forget_children();
            let id = self.arena.add(node);
            if let Some(siblings) = parent.and_then(|parent| children.get_mut(parent)) {
                siblings.push(id);
            }
            ids.push(id);
            children.push(Vec::new());
        }
        for (parent, children) in ids.iter().zip(&children) {
            self.arena.link(*parent, children);
        }
        let top = ids[0];
        self.index_subtree(top);
        top
    }
}

#[cfg(test)]
mod tests {
    use lossless_json::{Limits, Style, parse};

    use crate::{Document, Reading};

    #[test]
    fn a_subtree_comes_back_as_it_was() {
        let clip = r#"{"OTIO_SCHEMA":"Clip.2","metadata":{"sync":{"guid":"c"}},"name":"a"}"#;
        let text = format!(
            r#"{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Track.1","kind":"Video","metadata":{{"sync":{{"guid":"t"}}}},"children":[{clip},{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Gap.1"}}]}}]}},{{"OTIO_SCHEMA":"Track.1","kind":"Audio","children":[]}}]}}"#
        );
        let mut document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let before = document.to_text(Style::Digest);
        let root = document.root().unwrap();
        assert!(document.withdraw(root).is_none());
        assert!(document.withdraw(document.find("t").unwrap()).is_none(), "it has a parent");
        let track = document.detach_child(root, 0).unwrap();
        let withdrawn = document.withdraw(track).unwrap();
        assert!(document.find("c").is_none() && document.subtree_value(track).is_null());
        // Other nodes come to the handles that are free.
        let value = parse(clip.as_bytes(), &Limits::default()).unwrap().value;
        let other = document.adopt(value).unwrap();
        let track = document.bring_back(withdrawn);
        document.insert_child(root, 0, track).unwrap();
        assert_eq!(document.to_text(Style::Digest), before);
        assert_eq!(document.find("t"), Some(track));
        assert_eq!(document.json_path(document.find("c").unwrap()), "$.children[0].children[0]");
        assert_eq!(document.index_in_parent(track), Some(0));
        assert!(!document.is_attached(other));
    }
}
