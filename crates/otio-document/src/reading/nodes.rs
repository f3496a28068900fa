//! From values to nodes of the tree.

use lossless_json::{Object, Value};

use super::class::{Class, SCHEMA_KEY};
use super::{Canonicaliser, Outcome, Step};
use crate::arena::{Arena, Guid, Node, NodeId, NodeKind};
use crate::fields::Fields;
use crate::schema::{Family, Field, Kind, Schema, schema_named, split_schema};

impl Canonicaliser {
    /// A node, with the nodes below it, from a value in a place of that family. A text may nest nodes some five hundred deep, so
    /// what takes room on the stack is done by functions that are left before the nodes below are come to.
    pub(crate) fn node(&mut self, arena: &mut Arena, value: Value, family: Family) -> Outcome<NodeId> {
        let Value::Object(mut object) = value else {
            self.mismatch(family.name(), value.kind())?;
            return self.any(value).map(|value| raw_node(arena, value));
        };
        let class = self.classify(&mut object)?;
        self.admit(class, family)?;
        match class {
            Class::Known(schema) => self.known_node(arena, schema, object),
            Class::Other { .. } => {
                let object = self.object_of(class, object)?;
                Ok(other_node(arena, object, &mut self.scratch))
            }
            Class::Plain | Class::Value(..) => {
                self.object_of(class, object).map(|object| raw_node(arena, Value::Object(object)))
            }
        }
    }

    fn known_node(&mut self, arena: &mut Arena, schema: &'static Schema, object: Object) -> Outcome<NodeId> {
        let field = schema.child_field().map(|(_, field)| field);
        let mut parts = self.parts(schema, object, field.map(|field| field.key))?;
        let below = match (field, parts.below.take()) {
            (Some(field), Some(below)) => {
                self.within(Step::Key(field.key), |this| this.nodes_below(arena, field, below))?
            }
            _ => Below::Nodes(Vec::new()),
        };
        Ok(add_known(arena, schema, parts.entries, below, &mut self.scratch))
    }

    fn nodes_below(&mut self, arena: &mut Arena, field: &'static Field, below: Value) -> Outcome<Below> {
        match (field.kind, below) {
            (Kind::List(family), Value::Array(items)) => {
                let node =
                    |(index, item)| self.within(Step::Index(index), |this| this.node(arena, item, family));
                items.into_iter().enumerate().map(node).collect::<Outcome<_>>().map(Below::Nodes)
            }
            (Kind::Object(_), Value::Null) => Ok(Below::Nodes(Vec::new())),
            (Kind::Object(family), below @ Value::Object(_)) => {
                Ok(Below::Nodes(vec![self.node(arena, below, family)?]))
            }
            (kind, below) => match (kind, self.field_value(field, below)?) {
                (Kind::List(_), Value::Array(items)) if items.is_empty() => Ok(Below::Nodes(Vec::new())),
                (_, kept) => Ok(Below::Kept(kept)),
            },
        }
    }
}

/// What the field of the nodes below turned out to be.
enum Below {
    Nodes(Vec<NodeId>),
    /// Something of a wrong type.
    Kept(Value),
}

/// Something in the place of an object.
fn raw_node(arena: &mut Arena, value: Value) -> NodeId {
    arena.add(Node::new(NodeKind::Raw(Box::new(value)), Fields::default(), Guid::None))
}

fn other_node(arena: &mut Arena, mut object: Object, scratch: &mut String) -> NodeId {
    let text = Box::new(object.remove(SCHEMA_KEY).unwrap_or_default());
    arena.add(packed(NodeKind::Other { text }, object.into_iter().collect(), 0, scratch))
}

/// A node of fields in canonical form, the last `after` of which stand after the nodes below.
fn packed(kind: NodeKind, entries: Vec<(String, Value)>, after: usize, scratch: &mut String) -> Node {
    let metadata = entries.iter().find(|(key, _)| key == "metadata");
    let guid = metadata.map_or(Guid::None, |(_, metadata)| Guid::of_metadata(metadata));
    Node::new(kind, Fields::of(entries, after, scratch), guid)
}

fn add_known(
    arena: &mut Arena,
    schema: &'static Schema,
    mut entries: Vec<(String, Value)>,
    below: Below,
    scratch: &mut String,
) -> NodeId {
    let after = schema.fields_after_children();
    let (children, kept) = match below {
        Below::Nodes(nodes) => (nodes, None),
        Below::Kept(value) => (Vec::new(), Some(value)),
    };
    let keeps_below = kept.is_some();
    if let (Some(value), Some((_, field))) = (kept, schema.child_field()) {
        entries.insert(entries.len() - after, (field.key.to_owned(), value));
    }
    let mut node = packed(NodeKind::Known(schema), entries, after, scratch);
    node.keeps_below = keeps_below;
    let id = arena.add(node);
    arena.link(id, &children);
    id
}

impl Canonicaliser {
    /// Whether a value is an object that may stand at the top of a tree.
    #[expect(clippy::unused_self, reason = "read together with node()")]
    pub(crate) fn has_place(&self, value: &Value) -> bool {
        let text = value.get(SCHEMA_KEY).and_then(Value::as_str);
        let schema = text.and_then(split_schema).and_then(|(name, _)| schema_named(name));
        schema.is_some_and(|schema| schema.child_field().is_some() || schema.belongs_to(Family::Composable))
    }
}
