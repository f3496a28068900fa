//! One timeline of the session: its document, and what the fold must know beyond it.

use std::collections::BTreeMap;
use std::fmt;

use lossless_json::Value;
use otio_document::{Document, NodeId, PropertyPath, Reading, Withdrawn};

use crate::hash::HashMap;
use crate::identity::{derived_guid, guid_path};
use crate::journal::Step;
use crate::limits::OBJECTS_MAX;
use crate::nodes::Nodes;
use crate::slots::Slots;
use crate::{Guid, NoEffect, Stamp};

/// The operation that wrote what stands at a path of an annotation clip's note.
pub(crate) type Noted = BTreeMap<String, Stamp>;

/// What another name stands for.
#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) of: Guid,
    /// The stroke that brought it, where nobody goes by it once everybody has that: peers of ours say the name of the
    /// clip that took the stroke in. Existing peers may say the other for ever, and notes are addressed by it.
    pub(crate) until: Option<Stamp>,
}

impl Alias {
    pub(crate) const fn kept(of: Guid) -> Self {
        Self { of, until: None }
    }
}

/// A timeline with everything that was removed from it kept aside, detached, so that a late edit and a restore
/// still find it.
pub(crate) struct TimelineReplica {
    pub(crate) guid: Guid,
    /// Tells timelines of one GUID apart.
    pub(crate) number: u64,
    pub(crate) document: Document,
    pub(crate) root: NodeId,
    pub(crate) nodes: Nodes,
    /// Annotation clips that were never inserted because one for the same clip and frame stood there already.
    pub(crate) aliases: BTreeMap<Guid, Alias>,
    /// Which operation gave a node its place; absent for nodes that came with the timeline.
    pub(crate) placed: HashMap<NodeId, Stamp>,
    /// The order under parents that have tombstones.
    pub(crate) slots: HashMap<NodeId, Slots>,
    /// The parent that holds the tombstone of a removed node.
    pub(crate) graves: HashMap<NodeId, NodeId>,
    /// Which operation took a node out of the tree, whether it lies in a grave or nowhere: it is the top of what it took
    /// along.
    pub(crate) gone: HashMap<NodeId, Stamp>,
    /// Which operation brought each command of an annotation clip; absent where they came with the timeline.
    pub(crate) tags: HashMap<NodeId, Vec<Option<Stamp>>>,
    /// Which operation wrote each note of an annotation clip; absent where it came with the timeline.
    pub(crate) noted: HashMap<NodeId, Noted>,
    /// The clip that this is the clip timeline of.
    pub(crate) clip: Option<Guid>,
    /// The operation that brought it; none for one of the base.
    pub(crate) mapped: Option<Stamp>,
}

impl TimelineReplica {
    /// Reads a timeline. `origin` names where it came from: objects without a GUID get one that every peer derives
    /// alike from it. Display settings are view state and no part of the document here.
    pub(crate) fn read(
        guid: &Guid,
        value: Value,
        origin: &str,
        mapped: Option<Stamp>,
    ) -> Result<Self, NoEffect> {
        let document = Document::from_value(value, Reading::Exact)
            .map_err(|error| NoEffect::Unreadable(error.to_string()))?;
        let mut replica = Self::of_document(guid, document, mapped)?;
        replica.drop_display_settings();
        replica.name_all(origin)?;
        Ok(replica)
    }

    /// A timeline as it is, with nothing beside it and without names.
    pub(crate) fn of_document(
        guid: &Guid,
        document: Document,
        mapped: Option<Stamp>,
    ) -> Result<Self, NoEffect> {
        let root = document.root().filter(|&root| document.is_timeline(root));
        let root = root.ok_or_else(|| NoEffect::Unreadable("it is no timeline".to_owned()))?;
        Ok(Self {
            guid: guid.clone(),
            number: 0,
            clip: clip_timeline_for(&document, root),
            document,
            root,
            nodes: Nodes::default(),
            aliases: BTreeMap::new(),
            placed: HashMap::default(),
            slots: HashMap::default(),
            graves: HashMap::default(),
            gone: HashMap::default(),
            tags: HashMap::default(),
            noted: HashMap::default(),
            mapped,
        })
    }

    fn drop_display_settings(&mut self) {
        if let Ok(path) = PropertyPath::parse("metadata/display_settings") {
            self.document.remove_property(self.root, &path);
        }
    }

    fn name_all(&mut self, origin: &str) -> Result<(), NoEffect> {
        if self.document.guid(self.root).is_none() {
            let _ = self.document.set_property(self.root, &guid_path(), self.guid.as_ref().into());
        }
        for name in self.name_subtree(self.root, &origin)? {
            self.nodes.add(name.0, name.1);
        }
        if self.document.guid(self.root) != Some(&self.guid) {
            self.nodes.add(self.guid.clone(), self.root);
        }
        Ok(())
    }

    /// The GUIDs of a subtree with their nodes in the reference's order; those without one get a derived one.
    pub(crate) fn name_subtree(
        &mut self,
        top: NodeId,
        origin: &dyn fmt::Display,
    ) -> Result<Vec<(Guid, NodeId)>, NoEffect> {
        let nodes: Vec<NodeId> = self.document.descend(top).take(OBJECTS_MAX + 1).collect();
        if nodes.len() > OBJECTS_MAX {
            return Err(NoEffect::Limit { what: "objects in one subtree", max: OBJECTS_MAX });
        }
        let mut names = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.into_iter().enumerate() {
            if let Some(guid) = self.guid_or_derive(node, origin, index) {
                names.push((guid, node));
            }
        }
        Ok(names)
    }

    /// None only where `metadata.sync` is no dictionary: such an object cannot be addressed.
    fn guid_or_derive(&mut self, node: NodeId, origin: &dyn fmt::Display, index: usize) -> Option<Guid> {
        if let Some(guid) = self.document.guid(node) {
            return Some(guid.into());
        }
        let derived = derived_guid(origin, index);
        self.document.set_property(node, &guid_path(), derived.as_str().into()).ok()?;
        Some(derived.into())
    }

    /// What a name stands for: itself, or the annotation clip that took its strokes in.
    pub(crate) fn canonical<'a>(&'a self, guid: &'a str) -> &'a str {
        let mut name = guid;
        while let Some(next) = self.aliases.get(name) {
            name = &next.of;
        }
        name
    }

    /// The node of a GUID: the youngest that stands in the tree, else the youngest that was removed.
    pub(crate) fn node(&self, guid: &str) -> Option<NodeId> {
        match self.nodes.get(self.canonical(guid)) {
            [] => None,
            [node] => Some(*node),
            nodes => nodes.iter().rev().find(|&&node| self.stands(node)).or(nodes.last()).copied(),
        }
    }

    /// The node of a GUID, one under that parent where there are several.
    pub(crate) fn child(&self, parent: NodeId, guid: &str) -> Option<NodeId> {
        let under = |node: &&NodeId| self.document.parent(**node) == Some(parent);
        match self.nodes.get(self.canonical(guid)) {
            [node] => Some(*node),
            nodes => nodes.iter().find(under).copied().or_else(|| self.node(guid)),
        }
    }

    /// Whether a node is part of the timeline as it is shown.
    pub(crate) fn stands(&self, node: NodeId) -> bool {
        self.document.is_attached(node)
    }

    /// How many ancestors a node has.
    pub(crate) fn depth(&self, node: NodeId) -> usize {
        self.document.ancestors(node).count()
    }

    /// Whether `node` is `top` or lies below it.
    pub(crate) fn is_within(&self, node: NodeId, top: NodeId) -> bool {
        node == top || self.document.ancestors(node).any(|above| above == top)
    }

    /// Takes one change back; gives the object that an insertion brought.
    pub(crate) fn revert(&mut self, step: Step) -> Option<Withdrawn> {
        match step {
            Step::Brought { node } => return self.document.withdraw(node),
            Step::Property { node, undo, .. } => self.document.restore_property(node, undo),
            Step::CommandsAppended { node, commands_before } => self.truncate_commands(node, commands_before),
            Step::Put { parent, place, node: _ } => {
                self.take(parent, place);
            }
            Step::Taken { parent, place, node, buried, .. } => self.put_back(parent, place, node, buried),
            Step::Buried { parent, place, node } => self.unbury(parent, place, node),
            Step::Placed { node, old } => restore(&mut self.placed, node, old),
            Step::Gone { node, old } => restore(&mut self.gone, node, old),
            Step::Unnamed { guid, node, at } => self.nodes.add_at(guid, node, at),
            Step::Purged { .. } => {}
            Step::Adopted { node } => self.document.discard(node),
            Step::Named { guid } => self.nodes.drop_youngest(&guid),
            Step::Aliased { alias, old: Some(old) } => drop(self.aliases.insert(alias, old)),
            Step::Aliased { alias, old: None } => drop(self.aliases.remove(&alias)),
            Step::Tagged { node, old } => restore(&mut self.tags, node, old),
            Step::Noted { node, old } => restore(&mut self.noted, node, old),
        }
        None
    }
}

impl fmt::Debug for TimelineReplica {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TimelineReplica")
            .field("guid", &self.guid)
            .field("clip", &self.clip)
            .finish_non_exhaustive()
    }
}

fn restore<V>(map: &mut HashMap<NodeId, V>, node: NodeId, old: Option<V>) {
    match old {
        Some(old) => map.insert(node, old),
        None => map.remove(&node),
    };
}

fn clip_timeline_for(document: &Document, root: NodeId) -> Option<Guid> {
    let clip = document.metadata(root)?.get("clip_timeline_for")?.as_str()?;
    (!clip.is_empty()).then(|| clip.into())
}
