//! From values to nodes of the tree.

use lossless_json::{Object, Value};

use super::class::{Class, SCHEMA_KEY};
use super::{Canonicaliser, Outcome, Step};
use crate::arena::{Arena, Node, NodeId, NodeKind};
use crate::schema::{Family, Field, Kind, Schema, schema_named, split_schema};

impl Canonicaliser {
    /// A node, with the nodes below it, from a value in a place of that family.
    pub(crate) fn node(&mut self, arena: &mut Arena, value: Value, family: Family) -> Outcome<NodeId> {
        let Value::Object(mut object) = value else {
            self.mismatch(family.name(), value.kind())?;
            let value = self.any(value)?;
            return Ok(leaf(arena, NodeKind::Raw(value), Object::new()));
        };
        let class = self.classify(&mut object)?;
        self.admit(class, family)?;
        match class {
            Class::Known(schema) => self.known_node(arena, schema, object),
            Class::Other { .. } => {
                let mut object = self.object_of(class, object)?;
                let text = object.remove(SCHEMA_KEY).unwrap_or_default();
                Ok(leaf(arena, NodeKind::Other { text }, object))
            }
            Class::Plain | Class::Value(..) => {
                let value = self.object_of(class, object).map(Value::Object)?;
                Ok(leaf(arena, NodeKind::Raw(value), Object::new()))
            }
        }
    }

    fn known_node(&mut self, arena: &mut Arena, schema: &'static Schema, object: Object) -> Outcome<NodeId> {
        let child_field = schema.child_field();
        let mut parts = self.parts(schema, object, child_field.map(|(_, field)| field.key))?;
        let mut children = Vec::new();
        if let (Some((at, field)), Some(below)) = (child_field, parts.below.take()) {
            let step = Step::Key(field.key);
            match self.within(step, |this| this.nodes_below(arena, field, below))? {
                Below::Nodes(nodes) => children = nodes,
                Below::Kept(value) => {
                    let after = schema.fields().count() - 1 - at;
                    parts.entries.insert(parts.entries.len() - after, (field.key.to_owned(), value));
                }
            }
        }
        let fields = Object::from_distinct(parts.entries);
        let id = arena.add(Node { kind: NodeKind::Known(schema), fields, parent: None, children });
        arena.link(id);
        Ok(id)
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

fn leaf(arena: &mut Arena, kind: NodeKind, fields: Object) -> NodeId {
    arena.add(Node { kind, fields, parent: None, children: Vec::new() })
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
