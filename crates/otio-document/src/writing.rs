//! From nodes back to JSON.

use lossless_json::{Object, Style, TextWriter, Value};

use crate::Document;
use crate::arena::{Node, NodeId, NodeKind};
use crate::document::Root;
use crate::reading::nul;
use crate::schema::Kind;

/// What stands under a key of a node.
enum Part<'node> {
    Schema,
    Value(&'node Value),
    /// The nodes below, as a list.
    Children,
    /// The one node below, or `null`.
    Child,
}

impl Document {
    /// The document as JSON in canonical order: `OTIO_SCHEMA`, dynamic fields sorted, the fields of the class in the order
    /// of C++; dictionaries sorted.
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

    /// A node and everything below it as JSON; `null` where there is no such node.
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
            return value.clone();
        }
        let entries =
            parts(node).into_iter().map(|(key, part)| (key.to_owned(), self.part_value(node, &part)));
        Value::Object(Object::from_distinct(entries.collect()))
    }

    fn part_value(&self, node: &Node, part: &Part<'_>) -> Value {
        let below = |node: &NodeId| self.node_value(*node);
        match part {
            Part::Schema => schema_text(node).into(),
            Part::Value(value) => (*value).clone(),
            Part::Children => Value::Array(node.children.iter().map(below).collect()),
            Part::Child => node.children.first().map_or(Value::Null, below),
        }
    }

    /// A node and everything below it as text in a style.
    pub fn subtree_text(&self, node: NodeId, style: Style) -> String {
        if self.cuts_at_nul {
            return self.subtree_value(node).to_text(style);
        }
        let mut writer = TextWriter::new(style);
        self.write_node(node, &mut writer);
        writer.into_text()
    }

    pub(crate) fn text(&self, style: Style) -> String {
        match &self.root {
            Root::Node(node) => self.subtree_text(*node, style),
            Root::Value(value) if self.cuts_at_nul => self.written(value.clone()).to_text(style),
            Root::Value(value) => value.to_text(style),
        }
    }

    fn write_node(&self, id: NodeId, writer: &mut TextWriter) {
        let Some(node) = self.node(id) else { return writer.value(&Value::Null) };
        if let NodeKind::Raw(value) = &node.kind {
            return writer.value(value);
        }
        let mut parts = parts(node);
        if writer.style().sorts_keys() {
            parts.sort_unstable_by_key(|(key, _)| *key);
        }
        writer.begin_object();
        for (key, part) in &parts {
            writer.key(key);
            self.write_part(node, part, writer);
        }
        writer.end_object();
    }

    fn write_part(&self, node: &Node, part: &Part<'_>, writer: &mut TextWriter) {
        match part {
            Part::Schema => writer.string(schema_text(node)),
            Part::Value(value) => writer.value(value),
            Part::Child => match node.children.first() {
                Some(child) => self.write_node(*child, writer),
                None => writer.value(&Value::Null),
            },
            Part::Children => {
                writer.begin_list();
                for child in &node.children {
                    writer.item();
                    self.write_node(*child, writer);
                }
                writer.end_list();
            }
        }
    }
}

fn schema_text(node: &Node) -> &str {
    match &node.kind {
        NodeKind::Known(schema) => schema.text,
        NodeKind::Other { text } => text.as_str().unwrap_or_default(),
        NodeKind::Raw(_) => "",
    }
}

/// The keys of a node in order with what stands under them.
fn parts(node: &Node) -> Vec<(&str, Part<'_>)> {
    let mut parts = Vec::with_capacity(node.fields.len() + 2);
    parts.push(match &node.kind {
        NodeKind::Other { text } => ("OTIO_SCHEMA", Part::Value(text)),
        _ => ("OTIO_SCHEMA", Part::Schema),
    });
    parts.extend(node.fields.iter().map(|(key, value)| (key, Part::Value(value))));
    let child_field = node.schema().and_then(|schema| schema.child_field().map(|field| (schema, field)));
    if let Some((schema, (at, field))) = child_field
        && !node.fields.contains_key(field.key)
    {
        let part = if matches!(field.kind, Kind::Object(_)) { Part::Child } else { Part::Children };
        let after = schema.fields().count() - 1 - at;
        parts.insert(parts.len() - after, (field.key, part));
    }
    parts
}
