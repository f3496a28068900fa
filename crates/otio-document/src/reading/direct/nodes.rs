//! Nodes with their fields as text. `None` says that the document has to be read another way.

use std::ops::Range;

use lossless_json::Mark;

use super::{Reader, Watch};
use crate::arena::{Guid, Node, NodeId, NodeKind};
use crate::fields::{Fields, Span};
use crate::reading::Step;
use crate::reading::class::SCHEMA_KEY;
use crate::schema::{Family, Field, Kind, Schema, schema_of_text};

const METADATA: &str = "metadata";

/// A field of a node, as it stands in the copy.
pub(super) struct Entry<'text> {
    key: &'text str,
    /// Key and value.
    place: Range<usize>,
}

/// A node whose fields are being read.
struct Open {
    schema: &'static Schema,
    /// The field of the nodes below.
    below: Option<&'static Field>,
    start: usize,
    /// Where its entries start on the common stack.
    first: usize,
    children: Vec<NodeId>,
    /// The entries that stand before the nodes below; all, while those were not met.
    before: Option<usize>,
    /// Whether everything stands as it is written.
    is_canonical: bool,
    /// The same of all nodes below.
    is_whole: bool,
}

impl Open {
    fn is_below(&self, field: &'static Field) -> bool {
        self.below.is_some_and(|below| std::ptr::eq(below, field))
    }
}

impl<'text> Reader<'text> {
    /// A node, with the nodes below it, in a place of that family.
    pub(super) fn node(&mut self, family: Family) -> Option<NodeId> {
        let start = self.text.mark();
        match self.known_schema(family) {
            Some(schema) => self.known_node(schema, start),
            None => self.node_by_tree(family, start),
        }
    }

    /// Takes the start of an object of a class that may stand in a place of that family and in a tree.
    fn known_schema(&mut self, family: Family) -> Option<&'static Schema> {
        if !self.text.take(b'{') || !self.text.key_is(SCHEMA_KEY) {
            return None;
        }
        let schema = schema_of_text(self.text.string()?.plain()?)?;
        let has_place = schema.child_field().is_some() || schema.belongs_to(Family::Composable);
        let is_admitted = schema.belongs_to(family) && schema.implied.is_empty();
        (is_admitted && (has_place || self.depth > 0)).then_some(schema)
    }

    /// A node of another schema. At the top of a document it may have no place in a tree.
    fn node_by_tree(&mut self, family: Family, start: Mark) -> Option<NodeId> {
        if self.depth == 0 {
            return None;
        }
        self.text.return_to(start);
        let value = self.tree()?;
        self.canonicaliser.node(&mut self.arena, value, family).ok()
    }

    fn known_node(&mut self, schema: &'static Schema, start: Mark) -> Option<NodeId> {
        self.enter()?;
        let mut open = Open {
            schema,
            below: schema.child_field().map(|(_, field)| field),
            start: start.place(),
            first: self.entries.len(),
            children: Vec::new(),
            before: None,
            is_canonical: true,
            is_whole: true,
        };
        let guid = self.entries_of(&mut open)?;
        let id = self.close_node(&open, guid)?;
        self.entries.truncate(open.first);
        self.depth -= 1;
        Some(id)
    }

    /// Reads what follows the schema of a node, and answers the GUID.
    fn entries_of(&mut self, open: &mut Open) -> Option<Guid> {
        let mut guid = Guid::None;
        let mut expected = open.schema.fields().peekable();
        while self.text.take(b',') {
            self.text.peek();
            let start = self.text.place();
            let next = expected.next_if(|field| self.text.key_is(field.key));
            let (key, field) = match next {
                Some(field) => (field.key, next),
                None => self.unexpected_key(open)?,
            };
            if let Some(field) = field.filter(|field| open.is_below(field)) {
                self.within(Step::Key(key), |this| this.below(open, field))?;
                continue;
            }
            let found = self.within(Step::Key(key), |this| this.field(key, field))?;
            if key == METADATA {
                guid = found;
            }
            self.entries.push(Entry { key, place: start..self.text.place() });
        }
        open.is_canonical &= expected.next().is_none();
        self.text.take(b'}').then_some(guid)
    }

    /// Takes a key that is not the next one of the class.
    fn unexpected_key(&mut self, open: &mut Open) -> Option<(&'text str, Option<&'static Field>)> {
        let key = self.text.key()?.plain().filter(|key| *key != SCHEMA_KEY)?;
        let field = open.schema.field(key);
        open.is_canonical &= field.is_none() && self.is_in_order(open, key);
        Some((key, field))
    }

    /// Whether a key that is no field of the class stands where it is written.
    fn is_in_order(&self, open: &Open, key: &str) -> bool {
        match self.entries[open.first..].last() {
            Some(last) => open.before.is_none() && last.key < key && open.schema.field(last.key).is_none(),
            None => open.before.is_none(),
        }
    }

    /// A value in canonical form, as it stands there or by way of a tree, and the GUID that it holds if it is metadata. A
    /// field that is not of the class takes any value.
    fn field(&mut self, key: &str, field: Option<&'static Field>) -> Option<Guid> {
        let (start, depth) = (self.text.mark(), self.depth);
        self.guid = Guid::None;
        self.watch = if key == METADATA { Watch::Metadata } else { Watch::Nowhere };
        let direct = match field {
            Some(field) => self.value(field.kind),
            None => self.any(),
        };
        self.watch = Watch::Nowhere;
        if direct.is_some() {
            return Some(std::mem::replace(&mut self.guid, Guid::None));
        }
        self.depth = depth;
        self.text.return_to(start);
        let value = self.tree()?;
        let value = match field {
            Some(field) => self.canonicaliser.field_value(field, value),
            None => self.canonicaliser.any(value),
        };
        let value = value.ok()?;
        self.text.push_value(&value);
        Some(Guid::of_metadata(&value))
    }

    /// The nodes below, where they are what they should be.
    fn below(&mut self, open: &mut Open, field: &'static Field) -> Option<()> {
        if open.before.is_some() {
            return None;
        }
        open.before = Some(self.entries.len() - open.first);
        match field.kind {
            Kind::List(family) => self.children(open, family),
            Kind::Object(_) if self.text.word("null") => Some(()),
            Kind::Object(family) => self.child(open, family),
            _ => None,
        }
    }

    fn children(&mut self, open: &mut Open, family: Family) -> Option<()> {
        self.open(b'[')?;
        if self.text.take(b']') {
            return self.close();
        }
        loop {
            self.within(Step::Index(open.children.len()), |this| this.child(open, family))?;
            if self.text.take(b']') {
                return self.close();
            }
            self.comma()?;
        }
    }

    fn child(&mut self, open: &mut Open, family: Family) -> Option<()> {
        // Anything else is kept, with a warning, by the other way.
        if self.text.peek() != Some(b'{') {
            return None;
        }
        let child = self.node(family)?;
        open.is_whole &= self.arena.get(child)?.whole.is_some();
        open.children.push(child);
        Some(())
    }

    fn close_node(&mut self, open: &Open, guid: Guid) -> Option<NodeId> {
        if open.before.is_none() && open.below.is_some() {
            return None;
        }
        let is_whole = open.is_canonical && open.is_whole;
        let whole = if is_whole { self.span_from(open.start) } else { None };
        let spans = if open.is_canonical { self.spans(open)? } else { self.arranged(open)? };
        let fields = Fields::in_text(self.unwritten.clone(), spans);
        let mut node = Node::new(NodeKind::Known(open.schema), fields, guid);
        node.whole = whole;
        let id = self.arena.add(node);
        self.arena.link(id, &open.children);
        Some(id)
    }

    /// Where the fields before and after the nodes below stand, which are as they are written.
    fn spans(&self, open: &Open) -> Option<[Span; 2]> {
        let entries = &self.entries[open.first..];
        let (before, after) = entries.split_at(open.before.unwrap_or(entries.len()));
        Some([span_of(before)?, span_of(after)?])
    }

    /// Writes the fields once more, in their order and with those that are missing.
    fn arranged(&mut self, open: &Open) -> Option<[Span; 2]> {
        let mut entries = self.entries.split_off(open.first);
        entries.sort_by_key(|entry| entry.key);
        if entries.windows(2).any(|pair| pair[0].key == pair[1].key) {
            return None;
        }
        let start = self.text.place();
        for entry in entries.iter().filter(|entry| open.schema.field(entry.key).is_none()) {
            self.push_entry(start, entry);
        }
        let mut middle = None;
        for field in open.schema.fields() {
            if open.is_below(field) {
                middle = Some(self.text.place());
                continue;
            }
            let part = middle.unwrap_or(start);
            match entries.binary_search_by_key(&field.key, |entry| entry.key) {
                Ok(at) => self.push_entry(part, &entries[at]),
                Err(_) => self.push_missing(part, open.schema, field)?,
            }
        }
        let end = self.text.place();
        Some([Span::new(start, middle.unwrap_or(end))?, Span::new(middle.unwrap_or(end), end)?])
    }

    fn push_entry(&mut self, part: usize, entry: &Entry<'_>) {
        self.separate(part);
        self.text.push_again(entry.place.clone());
    }

    fn push_missing(&mut self, part: usize, schema: &'static Schema, field: &'static Field) -> Option<()> {
        let missing = |this: &mut Self| this.canonicaliser.missing(schema.name, field).ok();
        let value = self.within(Step::Key(field.key), missing)?;
        self.separate(part);
        self.text.push_value(&field.key.into());
        self.text.push_compact(":");
        self.text.push_value(&value);
        Some(())
    }

    fn separate(&mut self, part: usize) {
        if self.text.place() > part {
            self.text.push_compact(",");
        }
    }
}

fn span_of(entries: &[Entry<'_>]) -> Option<Span> {
    match (entries.first(), entries.last()) {
        (Some(first), Some(last)) => Span::new(first.place.start, last.place.end),
        _ => Some(Span::default()),
    }
}
