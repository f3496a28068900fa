//! From nodes back to JSON.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use lossless_json::{Object, Style, TextWriter, Value, compact_value};

use crate::Document;
use crate::arena::{Node, NodeId, NodeKind};
use crate::document::Root;
use crate::fields::{Span, Written};
use crate::reading::{SCHEMA_KEY, nul};
use crate::schema::{Kind, Schema};

/// The texts of a document that were asked for since it changed last.
#[derive(Clone, Default)]
pub(crate) struct Encodings {
    texts: [OnceLock<Arc<String>>; Style::COUNT],
}

/// What stands under a key of a node.
enum Part<'node> {
    Field(Written<'node>),
    Schema,
    /// The nodes below.
    Below,
}

impl Document {
    /// The document as JSON in canonical order: `OTIO_SCHEMA`, dynamic fields sorted, the fields of the class in the order
    /// of C++; dictionaries sorted. OTIO has no such form between objects and text.
    pub fn to_value(&self) -> Value {
        self.written(self.whole_value())
    }

    /// The document with its texts in full, also behind a NUL.
    pub(crate) fn whole_value(&self) -> Value {
        match &self.root {
            Root::Node(node) => self.node_value(*node),
            Root::Value(value) => value.clone(),
        }
    }

    /// A node and everything below it as JSON, as [`to_value`](Self::to_value); `null` where there is no such node.
    pub fn subtree_value(&self, node: NodeId) -> Value {
        self.written(self.node_value(node))
    }

    /// A value as it is written: opentimelineio writes keys and strings up to their first NUL.
    pub(crate) fn written(&self, value: Value) -> Value {
        if self.cuts_at_nul { nul::cut(value) } else { value }
    }

    fn node_value(&self, node: NodeId) -> Value {
        let Some(node) = self.node(node) else { return Value::Null };
        if let NodeKind::Raw(value) = &node.kind {
            return Value::clone(value);
        }
        let entries = parts(node).into_iter().map(|(key, part)| (key.into(), self.part_value(node, &part)));
        Value::Object(Object::from_distinct(entries.collect()))
    }

    fn part_value(&self, node: &Node, part: &Part<'_>) -> Value {
        match part {
            Part::Schema => schema_value(node),
            Part::Field(Written::Text(text)) => compact_value(text),
            Part::Field(Written::Value(value)) => (*value).clone(),
            Part::Below if holds_one(node) => {
                node.children().first().map_or(Value::Null, |child| self.node_value(child))
            }
            Part::Below => Value::Array(node.children().iter().map(|child| self.node_value(child)).collect()),
        }
    }

    /// The text in a style, as [`to_text`](Self::to_text). It is kept until the document changes, so that asking again costs
    /// nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use lossless_json::Style;
    /// use otio_document::{Document, PropertyPath, Reading};
    ///
    /// let mut document = Document::read(br#"{"OTIO_SCHEMA":"Gap.1"}"#, Reading::Exact)?;
    /// let before = document.encoded(Style::OtioPretty);
    /// assert!(Arc::ptr_eq(&before, &document.encoded(Style::OtioPretty)));
    /// let gap = document.root().ok_or("a gap")?;
    /// document.set_property(gap, &PropertyPath::parse("name")?, "slate".into())?;
    /// assert_ne!(before, document.encoded(Style::OtioPretty));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encoded(&self, style: Style) -> Arc<String> {
        let text = self.encodings.texts[style.index()]
            .get_or_init(|| self.text_as_read(style).unwrap_or_else(|| Arc::new(self.encode(style))));
        Arc::clone(text)
    }

    /// The text that the nodes keep, where it is that of the document.
    fn text_as_read(&self, style: Style) -> Option<Arc<String>> {
        let root = self.node(self.root()?).filter(|_| style == Style::OtioCompact && !self.cuts_at_nul)?;
        let text = root.fields.shared_text();
        root.whole.filter(|whole| whole.len() == text.len()).map(|_| Arc::clone(text))
    }

    /// The text in a style, as a text of its own (OTIO `to_json_string(indent=4)` for [`Style::OtioPretty`], with -1 for
    /// [`Style::OtioCompact`]). No line break at its end, as there.
    pub fn to_text(&self, style: Style) -> String {
        self.encodings.texts[style.index()]
            .get()
            .map_or_else(|| self.encode(style), |text| text.as_str().to_owned())
    }

    fn encode(&self, style: Style) -> String {
        match &self.root {
            Root::Node(node) => self.subtree_text(*node, style),
            Root::Value(value) if self.cuts_at_nul => self.written(value.clone()).to_text(style),
            Root::Value(value) => value.to_text(style),
        }
    }

    /// Writes the document as a value of something larger, such as a message, in the style of the writer.
    pub fn write(&self, writer: &mut TextWriter) {
        match &self.root {
            Root::Node(node) if !self.cuts_at_nul => self.write_node(*node, writer),
            _ => writer.value(&self.to_value()),
        }
    }

    /// A node and everything below it as text in a style; `null` where there is no such node (OTIO `to_json_string`, which any
    /// object has).
    pub fn subtree_text(&self, node: NodeId, style: Style) -> String {
        if self.cuts_at_nul {
            return self.subtree_value(node).to_text(style);
        }
        let mut writer = TextWriter::new(style);
        writer.reserve(self.room_for(node, style));
        self.write_node(node, &mut writer);
        writer.into_text()
    }

    /// About how long the text of a node will be; 0 where that is not known.
    fn room_for(&self, node: NodeId, style: Style) -> usize {
        let compact = self.node(node).and_then(|node| node.whole).map_or(0, Span::len);
        // Lines and their indentation make three times of a cut.
        if style == Style::OtioPretty { compact * 3 + compact / 16 } else { compact }
    }

    fn write_node(&self, id: NodeId, writer: &mut TextWriter) {
        let Some(node) = self.node(id) else { return writer.value(&Value::Null) };
        if let NodeKind::Raw(value) = &node.kind {
            return writer.value(value);
        }
        if writer.style() == Style::OtioCompact
            && let Some(whole) = node.whole
        {
            return writer.compact_value(whole.of(node.fields.text()));
        }
        match node.fields.texts() {
            Some(texts) if !writer.style().sorts_keys() => self.write_texts(node, texts, writer),
            _ => self.write_parts(node, writer),
        }
    }

    /// Writes a node whose fields are as they were read.
    fn write_texts(&self, node: &Node, [before, after]: [&str; 2], writer: &mut TextWriter) {
        writer.begin_object();
        writer.key(SCHEMA_KEY);
        write_schema(node, writer);
        writer.compact_entries(before);
        if let Some(key) = key_below(node) {
            writer.key(key);
            self.write_below(node, writer);
        }
        writer.compact_entries(after);
        writer.end_object();
    }

    fn write_parts(&self, node: &Node, writer: &mut TextWriter) {
        let mut parts = parts(node);
        if writer.style().sorts_keys() {
            parts.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        }
        writer.begin_object();
        for (key, part) in &parts {
            writer.key(key);
            match part {
                Part::Schema => write_schema(node, writer),
                Part::Field(Written::Text(text)) => writer.compact_value(text),
                Part::Field(Written::Value(value)) => writer.value(value),
                Part::Below => self.write_below(node, writer),
            }
        }
        writer.end_object();
    }

    fn write_below(&self, node: &Node, writer: &mut TextWriter) {
        if holds_one(node) {
            return match node.children().first() {
                Some(child) => self.write_node(child, writer),
                None => writer.value(&Value::Null),
            };
        }
        writer.begin_list();
        for child in node.children() {
            writer.item();
            self.write_node(child, writer);
        }
        writer.end_list();
    }
}

fn write_schema(node: &Node, writer: &mut TextWriter) {
    match &node.kind {
        NodeKind::Known(schema) => writer.string(schema.text),
        NodeKind::Other { text } => writer.value(text),
        NodeKind::Raw(_) => writer.value(&Value::Null),
    }
}

fn schema_value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Known(schema) => schema.text.into(),
        NodeKind::Other { text } => Value::clone(text),
        NodeKind::Raw(_) => Value::Null,
    }
}

/// The key under which the nodes below are written.
fn key_below(node: &Node) -> Option<&'static str> {
    let (_, field) = node.schema()?.child_field()?;
    (!node.keeps_below).then_some(field.key)
}

/// Whether there is one node below, or none, and not a list of them.
fn holds_one(node: &Node) -> bool {
    let field = node.schema().and_then(Schema::child_field);
    field.is_some_and(|(_, field)| matches!(field.kind, Kind::Object(_)))
}

/// The keys of a node in order with what stands under them.
fn parts(node: &Node) -> Vec<(Cow<'_, str>, Part<'_>)> {
    let mut parts = vec![(SCHEMA_KEY.into(), Part::Schema)];
    parts.extend(node.fields.written().into_iter().map(|(key, field)| (key, Part::Field(field))));
    if let (Some(key), Some(schema)) = (key_below(node), node.schema()) {
        parts.insert(parts.len() - schema.fields_after_children(), (key.into(), Part::Below));
    }
    parts
}
