//! A document: its reading and what it holds as a whole.

use std::fmt;

use lossless_json::{Limits, Style, Value, compact_depth, compact_value, parse, parse_like_opentimelineio};

use crate::arena::{Arena, Node, NodeId, NodeKind};
use crate::fields::Written;
use crate::guid::GuidIndex;
use crate::reading::{Canonicaliser, SCHEMA_KEY, direct, nul, place_warnings};
use crate::schema::Family;
use crate::writing::Encodings;
use crate::{ReadError, Reading, Warning, WarningReason};

/// The deepest nesting of a value that becomes part of a document. Together with [`LEVELS_MAX`] it keeps every document that
/// edits can lead to far enough below the depth that readers allow for a message to hold it.
pub(crate) const VALUE_DEPTH_MAX: usize = 256;

/// The most nodes on the way from the root to a leaf of a document that is edited.
pub(crate) const LEVELS_MAX: usize = 100;

/// An OTIO document: one timeline, or whatever a file holds. OTIO has no such object: there a timeline owns what stands in
/// it, and `adapters.read_from_file` answers with the root.
///
/// Nodes are named by [`NodeId`]. A handle that is not in the document is never an error to read with: such a node has
/// no name, no fields and no children.
///
/// ```
/// use lossless_json::Style;
/// use otio_document::{Document, Reading};
///
/// let document = Document::read(br#"{"OTIO_SCHEMA":"Clip.9","rating":5}"#, Reading::Exact)?;
/// assert_eq!(document.warnings().len(), 1, "newer than known, and kept");
/// assert_eq!(document.to_text(Style::OtioCompact), r#"{"OTIO_SCHEMA":"Clip.9","rating":5}"#);
/// assert!(Document::read(br#"{"OTIO_SCHEMA":"Clip.9"}"#, Reading::LikeOpentimelineio).is_err());
/// # Ok::<(), otio_document::ReadError>(())
/// ```
#[derive(Clone)]
pub struct Document {
    pub(crate) arena: Arena,
    pub(crate) root: Root,
    pub(crate) guids: GuidIndex,
    /// Whether texts are written up to their first NUL only.
    pub(crate) cuts_at_nul: bool,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) encodings: Encodings,
}

/// What a document starts with.
#[derive(Clone)]
pub(crate) enum Root {
    Node(NodeId),
    /// A value without a place in a tree, in canonical form.
    Value(Value),
}

impl Document {
    /// Reads the text of a `.otio` file (OTIO `adapters.read_from_string(text, "otio_json")`).
    ///
    /// # Errors
    /// The text is not JSON, longer than 256 MiB or nested more than 512 levels deep: [`ReadError::Json`]. Or
    /// opentimelineio refuses it, where it is to be followed: [`ReadError::Refused`].
    pub fn read(text: &[u8], reading: Reading) -> Result<Self, ReadError> {
        let mut document = Self::read_unplaced(text, reading).map_err(|error| error.in_text(text))?;
        place_warnings(text, &mut document.warnings);
        Ok(document)
    }

    fn read_unplaced(text: &[u8], reading: Reading) -> Result<Self, ReadError> {
        if let (Reading::Exact, Some(direct)) = (reading, Self::read_direct(text)) {
            return Ok(direct);
        }
        Self::read_by_tree(text, reading)
    }

    /// Reads a text by way of a tree of values. Warnings have no places yet.
    pub(crate) fn read_by_tree(text: &[u8], reading: Reading) -> Result<Self, ReadError> {
        let limits = Limits::default();
        let parsed = match reading {
            Reading::Exact => parse(text, &limits)?,
            Reading::LikeOpentimelineio => parse_like_opentimelineio(text, &limits)?,
        };
        let mut canonicaliser = Canonicaliser::new(reading);
        let value = canonicaliser.follow_references(parsed.value)?;
        let mut document = Self::canonical(value, canonicaliser)?;
        let twice = |path| Warning { path, position: None, reason: WarningReason::DuplicateKey };
        document.warnings.splice(0..0, parsed.duplicate_keys.into_iter().map(twice));
        Ok(document)
    }

    /// Reads a text whose nodes can be made without a tree of values.
    fn read_direct(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= Limits::default().bytes_max)?;
        let direct = direct::read(text.strip_prefix('\u{feff}').unwrap_or(text))?;
        let twice = |path| Warning { path, position: None, reason: WarningReason::DuplicateKey };
        let mut warnings: Vec<_> = direct.duplicate_keys.into_iter().map(twice).collect();
        warnings.extend(direct.canonicaliser.into_warnings());
        Some(Self::of(direct.arena, Root::Node(direct.root), false, warnings))
    }

    fn of(arena: Arena, root: Root, cuts_at_nul: bool, warnings: Vec<Warning>) -> Self {
        let mut document = Self {
            arena,
            root,
            guids: GuidIndex::default(),
            cuts_at_nul,
            warnings,
            encodings: Encodings::default(),
        };
        if let Some(root) = document.root() {
            document.index_subtree(root);
        }
        document
    }

    /// Reads any OTIO object as parsed JSON. What opentimelineio does to number literals has happened before, in
    /// [`parse_like_opentimelineio`], or not at all.
    ///
    /// References by id are followed only like opentimelineio. Read exactly they stay, so that a part is the same whether it
    /// comes alone or inside a whole that holds what it refers to.
    ///
    /// # Errors
    /// opentimelineio refuses it, where it is to be followed. Read exactly: a tree of more than 100 levels, or a field nested
    /// more than 256 levels deep, since edits could make it too deep for any message: [`ReadError::TooDeep`].
    ///
    /// ```
    /// use lossless_json::{Limits, Style, parse};
    /// use otio_document::{Document, Reading};
    ///
    /// let message = parse(br#"{"timeline": {"OTIO_SCHEMA":"Timeline.1","name":"cut"}}"#, &Limits::default())?.value;
    /// let timeline = message.get("timeline").cloned().unwrap_or_default();
    /// let document = Document::from_value(timeline, Reading::Exact)?;
    /// assert_eq!(document.name(document.root().ok_or("a timeline")?), "cut");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_value(value: Value, reading: Reading) -> Result<Self, ReadError> {
        let mut canonicaliser = Canonicaliser::new(reading);
        if reading == Reading::LikeOpentimelineio {
            let value = canonicaliser.follow_references(value)?;
            return Self::canonical(value, canonicaliser);
        }
        let depth = depth_of(&value);
        if depth > Limits::DEPTH_CEILING {
            return Err(ReadError::TooDeep { depth, depth_max: VALUE_DEPTH_MAX });
        }
        // Written and read again it is held in one text, and faster than by arranging the values. They go first, so that
        // they are not in memory beside it.
        let text = value.to_text(Style::OtioCompact);
        drop(value);
        let document = match Self::read_direct(text.as_bytes()) {
            Some(direct) => direct,
            None => Self::canonical(compact_value(&text), canonicaliser)?,
        };
        document.check_depth()?;
        Ok(document)
    }

    fn check_depth(&self) -> Result<(), ReadError> {
        let levels = self.root().map_or(0, |root| self.levels(root));
        if levels > LEVELS_MAX {
            return Err(ReadError::TooDeep { depth: levels, depth_max: LEVELS_MAX });
        }
        let below_root = self.root().into_iter().flat_map(|root| self.descend(root));
        let fields = below_root.filter_map(|node| self.node(node)).map(depth_of_node);
        let value = if let Root::Value(value) = &self.root { depth_of(value) } else { 0 };
        let depth = fields.max().unwrap_or(0).max(value);
        if depth > VALUE_DEPTH_MAX {
            return Err(ReadError::TooDeep { depth, depth_max: VALUE_DEPTH_MAX });
        }
        Ok(())
    }

    fn canonical(value: Value, mut canonicaliser: Canonicaliser) -> Result<Self, ReadError> {
        let cuts_at_nul = !canonicaliser.is_exact() && nul::is_in(&value);
        let mut arena = Arena::default();
        let root = if canonicaliser.has_place(&value) {
            Root::Node(canonicaliser.node(&mut arena, value, Family::Any)?)
        } else {
            Root::Value(canonicaliser.any(value)?)
        };
        let warnings = canonicaliser.into_warnings();
        Ok(Self::of(arena, root, cuts_at_nul, warnings))
    }

    /// What was repaired, kept although it is not understood, or stood twice. At most 1000 of what was found in objects,
    /// and then [`WarningReason::More`]. OTIO warns of nothing.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The node that the document starts with; none where it is no object with a place in a tree, such as a bare
    /// marker or a dictionary, which is kept as a value all the same: see [`to_value`](Self::to_value). It is what OTIO's
    /// `adapters.read_from_file` answers with.
    pub fn root(&self) -> Option<NodeId> {
        match self.root {
            Root::Node(id) => Some(id),
            Root::Value(_) => None,
        }
    }

    /// Brings a subtree into the arena, detached: it belongs to no parent and is in no text until it is
    /// [inserted](Self::insert_child). It is read as [`Reading::Exact`] reads. In OTIO that is an object without a parent.
    ///
    /// ```
    /// use lossless_json::{Limits, parse};
    /// use otio_document::{Document, Reading};
    ///
    /// let mut document = Document::read(br#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[]}"#, Reading::Exact)?;
    /// let track = document.root().ok_or("a track")?;
    /// let clip = document.adopt(parse(br#"{"OTIO_SCHEMA":"Clip.2","name":"sh010"}"#, &Limits::default())?.value)?;
    /// assert!(!document.is_attached(clip));
    /// document.insert_child(track, 0, clip)?;
    /// assert_eq!(document.json_path(clip), "$.children[0]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The value is no OTIO object, or nested more than 256 levels deep.
    pub fn adopt(&mut self, value: Value) -> Result<NodeId, ReadError> {
        if value.get(SCHEMA_KEY).and_then(Value::as_str).is_none() {
            let found = if value.as_object().is_some() { "an object without one" } else { value.kind() };
            return Err(ReadError::NotAnObject { found });
        }
        let depth = depth_of(&value);
        if depth > VALUE_DEPTH_MAX {
            return Err(ReadError::TooDeep { depth, depth_max: VALUE_DEPTH_MAX });
        }
        let node = Canonicaliser::new(Reading::Exact).node(&mut self.arena, value, Family::Any)?;
        self.index_subtree(node);
        Ok(node)
    }

    /// Takes a detached subtree out of the arena; its handles are good no longer. Nothing happens to a node that has a
    /// parent, or to the root. In OTIO an object goes when nothing refers to it any more.
    pub fn discard(&mut self, detached: NodeId) {
        drop(self.withdraw(detached));
    }

    /// Notes that a node, or what stands in it, is no longer as it was read and written.
    pub(crate) fn changed(&mut self, node: NodeId) {
        self.arena.changed(node);
        self.encodings = Encodings::default();
    }

    /// Whether no parent leads from the node to the root, or the node is not there.
    pub(crate) fn is_detached(&self, node: NodeId) -> bool {
        let top = self.ancestors(node).last().unwrap_or(node);
        self.root() != Some(top)
    }

    /// Whether the node is an OTIO object, and not something that stands in the place of one.
    pub(crate) fn is_object(&self, node: NodeId) -> bool {
        self.arena.get(node).is_some_and(|node| !matches!(node.kind, NodeKind::Raw(_)))
    }
}

/// What it is, and not all of its text.
impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.root();
        formatter
            .debug_struct("Document")
            .field("schema", &root.map(|root| self.schema_name(root)))
            .field("name", &root.map(|root| self.name(root)))
            .field("nodes", &root.map(|root| self.descend(root).count()))
            .finish_non_exhaustive()
    }
}

/// Levels of lists and objects of everything that a node holds besides the nodes below it.
fn depth_of_node(node: &Node) -> usize {
    if let NodeKind::Raw(value) = &node.kind {
        return depth_of(value);
    }
    let fields = node.fields.written().into_iter().map(|(_, field)| match field {
        Written::Text(text) => compact_depth(text),
        Written::Value(value) => depth_of(value),
    });
    fields.max().unwrap_or(0)
}

/// Levels of lists and objects.
pub(crate) fn depth_of(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(object) => 1 + object.iter().map(|(_, value)| depth_of(value)).max().unwrap_or(0),
        _ => 0,
    }
}
