//! Looking around in a document.

use lossless_json::{Object, Value};

use crate::arena::{Node, NodeId, NodeKind};
use crate::schema::{Kind, split_schema};
use crate::{Children, Document, TimeRange};

impl Document {
    pub(crate) fn node(&self, node: NodeId) -> Option<&Node> {
        self.arena.get(node)
    }

    /// The name of the schema, such as `Clip`; empty where there is none (OTIO `schema_name`, which is `UnknownSchema` for a
    /// schema that it does not know: here it is the name that stands there).
    pub fn schema_name(&self, node: NodeId) -> &str {
        self.node(node).map_or("", Node::schema_name)
    }

    /// The version of the schema, such as 2 of `Clip.2`; 0 where there is none (OTIO `schema_version`). Older versions of known
    /// schemas were brought to the newest when they were read, as in OTIO.
    pub fn schema_version(&self, node: NodeId) -> u32 {
        let version = match self.node(node).map(|node| &node.kind) {
            Some(NodeKind::Known(schema)) => schema.version,
            Some(NodeKind::Other { text }) => {
                text.as_str().and_then(split_schema).map_or(0, |(_, version)| version)
            }
            Some(NodeKind::Raw(_)) | None => 0,
        };
        u32::try_from(version).unwrap_or(0)
    }

    /// Whether this is a timeline, whose one child is its stack of tracks (OTIO `Timeline`, `isinstance` in Python).
    pub fn is_timeline(&self, node: NodeId) -> bool {
        self.has_known_schema(node, &["Timeline"])
    }

    /// Whether this is a stack, a track or a bare `Composition`, which may take children (OTIO `Composition`). Not so where
    /// something else than a list stands as `children`.
    pub fn is_composition(&self, node: NodeId) -> bool {
        let has_list = self.node(node).is_some_and(|node| !node.keeps_below);
        has_list && self.has_known_schema(node, &["Stack", "Track", "Composition"])
    }

    fn has_known_schema(&self, node: NodeId, names: &[&str]) -> bool {
        self.node(node).and_then(Node::schema).is_some_and(|schema| names.contains(&schema.name))
    }

    /// The node that this one stands in; none for the root and for detached nodes (OTIO `Composable.parent`). For the stack of a
    /// timeline that is the timeline, where OTIO's has no parent.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.node(node)?.parent
    }

    /// The nodes that stand in this one, in order (in OTIO a `Composition` is itself that list). For a timeline that is its
    /// stack of tracks; for a collection, what it holds.
    pub fn children(&self, node: NodeId) -> Children<'_> {
        self.node(node).map_or(Children::new(None), Node::children)
    }

    /// The place of a node among the children of its parent, from 0; none without a parent (OTIO `Composition.index`).
    pub fn index_in_parent(&self, node: NodeId) -> Option<usize> {
        self.arena.index_in_parent(node)
    }

    /// The node and everything below it, each before what stands in it, in order (OTIO `find_children`, which leaves out the
    /// node itself and a timeline's stack). Nothing where there is no such node.
    ///
    /// ```
    /// use otio_document::{Document, Reading};
    ///
    /// let text = r#"{"OTIO_SCHEMA":"Stack.1","name":"tracks","children":[
    ///     {"OTIO_SCHEMA":"Track.1","name":"V1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1","name":"slate"}]},
    ///     {"OTIO_SCHEMA":"Track.1","name":"A1","kind":"Audio","children":[]}]}"#;
    /// let document = Document::read(text.as_bytes(), Reading::Exact)?;
    /// let names = document.descend(document.root().ok_or("a stack")?).map(|node| document.name(node));
    /// assert!(names.eq(["tracks", "V1", "slate", "A1"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn descend(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let mut waiting = Vec::from_iter(self.node(node).map(|_| node));
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(self.children(next).iter().rev());
            Some(next)
        })
    }

    /// The JSON path of a node from the root of its tree, such as `$.tracks.children[0]`. OTIO has none.
    pub fn json_path(&self, node: NodeId) -> String {
        let mut steps: Vec<String> = std::iter::once(node)
            .chain(self.ancestors(node))
            .filter_map(|node| {
                let parent = self.node(self.parent(node)?)?;
                let (_, field) = parent.schema()?.child_field()?;
                let index = self.index_in_parent(node)?;
                let is_list = matches!(field.kind, Kind::List(_));
                Some(if is_list { format!(".{}[{index}]", field.key) } else { format!(".{}", field.key) })
            })
            .collect();
        steps.push("$".to_owned());
        steps.into_iter().rev().collect()
    }

    /// The parent, its parent, and so on. OTIO has no such question.
    pub fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    /// Whether the node has its place in the tree, that is, leads to the root or is it (in OTIO, whether following `parent`
    /// leads there).
    pub fn is_attached(&self, node: NodeId) -> bool {
        self.node(node).is_some() && !self.is_detached(node)
    }

    /// The GUID under `metadata.sync.guid`; an empty one counts as none. It is the review protocol's, not OTIO's.
    pub fn guid(&self, node: NodeId) -> Option<&str> {
        self.node(node)?.guid()
    }

    /// The name (OTIO `name`); empty where there is none.
    pub fn name(&self, node: NodeId) -> &str {
        self.field(node, "name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The kind of a track, such as `Video` (OTIO `Track.kind`); none where there is none.
    pub fn kind(&self, node: NodeId) -> Option<&str> {
        self.field(node, "kind")?.as_str()
    }

    /// The part of its media that an item shows, in the time of the media; none means all of it (OTIO `Item.source_range`).
    /// Of a stack or a track, the part of its children's time. See [`trimmed_range`](Self::trimmed_range).
    pub fn source_range(&self, node: NodeId) -> Option<TimeRange> {
        // Asked of every item of a cut by questions about time: nothing is kept for it.
        TimeRange::from_value(&*self.node(node)?.fields.read("source_range")?)
    }

    /// A field of the node other than the nodes below it, by its name in JSON, such as `global_start_time`; none where it is
    /// missing. In OTIO, an attribute; fields that no class knows are kept here too.
    pub fn field(&self, node: NodeId, key: &str) -> Option<&Value> {
        self.node(node)?.fields.get(key)
    }

    /// The fields of the node in the order in which they are written, without `OTIO_SCHEMA` and the nodes below it.
    pub fn fields(&self, node: NodeId) -> impl Iterator<Item = (&str, &Value)> {
        self.node(node).into_iter().flat_map(|node| node.fields.iter())
    }

    /// The metadata (OTIO `metadata`); none where it is missing or no dictionary.
    pub fn metadata(&self, node: NodeId) -> Option<&Object> {
        self.field(node, "metadata")?.as_object()
    }
}
