//! Setting properties.

use lossless_json::Value;
use otio_document::{Document, PropertyPath, Reading, newer_schema};
use session_wire::{InsertChild, RemoveChild, ReplaceTimeline, SetProperty};

use super::carriage::{has_only_small_integers, scratch, travels_as_set};
use super::draft::Draft;
use super::lookup::{Found, neighbours};
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::peer::Peer;
use crate::roles::Group;
use crate::undo_stack::{PropertyChange, Transaction};

impl Peer {
    pub(crate) fn set_property(
        &mut self,
        target: &str,
        path: &str,
        value: Value,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        let found = self.find("the object", target)?;
        let checked = checked_path(target, path)?;
        if let Some(schema) = newer_schema(&value) {
            return Err(CommandError::WouldFailElsewhere {
                what: format!("a value with {schema}"),
                instead: "use an older version of the schema",
            });
        }
        check_value(&found, &checked, &value)?;
        let guid = found.guid().to_owned();
        if travels_as_set(found.document, found.node, &checked, &value) {
            // By the GUID as it was given: a note of a merged annotation clip is addressed by the merged one's.
            let reply = self.commit(vec![Draft::new(SetProperty::new(target, path, value, 0.0))], now)?;
            return Ok(Reply { guid: Some(guid), ..reply });
        }
        let before = found.document.property(found.node, &checked).cloned().unwrap_or_default();
        let drafts = anew_with(&found, &checked, value)?;
        if drafts.iter().any(Draft::replaces_a_timeline) {
            self.check_replaceable(&found.timeline)?;
        }
        let operations = self.commit_undoing(drafts, &[], now)?;
        let after = self.find("the object", &guid)?;
        let after = after.document.property(after.node, &checked).cloned().unwrap_or_default();
        let change = PropertyChange { guid: guid.clone(), path: path.to_owned(), before, after };
        self.undo.done(Transaction::Property(change));
        Ok(Reply { operations, guid: Some(guid), state: None })
    }
}

/// The path, where it is one that commands may set.
fn checked_path(target: &str, path: &str) -> Result<PropertyPath, CommandError> {
    let refused = |reason: &str| CommandError::Property {
        guid: target.to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let checked = PropertyPath::parse(path).map_err(|error| refused(&error.to_string()))?;
    let below: Vec<&str> = checked.below().collect();
    match (checked.attribute(), below.as_slice()) {
        ("metadata", []) => Err(refused("metadata is set key by key; name one: metadata/…")),
        ("metadata", ["sync"] | ["sync", "guid", ..]) => Err(refused("an object keeps its GUID")),
        ("metadata", ["annotation_commands", ..]) => Err(refused("use annotate or replace_annotation")),
        ("metadata", ["display_settings", ..]) => Err(refused("use the command display")),
        ("metadata", _) | (_, []) => Ok(checked),
        _ => Err(refused("only metadata has keys below it; set the attribute as a whole")),
    }
}

/// Tries the edit on a copy, so that what is sent takes effect.
fn check_value(found: &Found<'_>, path: &PropertyPath, value: &Value) -> Result<(), CommandError> {
    let refused = |reason: String| CommandError::Property {
        guid: found.guid().to_owned(),
        path: path.to_string(),
        reason,
    };
    if !has_only_small_integers(value) {
        return Err(refused(
            "an integer is beyond 64 bits, which opentimelineio does not take; use a string".into(),
        ));
    }
    let Some((mut copy, root)) = scratch(found.document, found.node) else {
        return Err(refused(format!("{} cannot be changed", found.kind())));
    };
    copy.set_property(root, path, value.clone()).map(drop).map_err(|error| refused(error.to_string()))
}

/// The object anew with the property changed: out and in again, or, where other objects stand inside it, its
/// whole timeline replaced, since a reference peer does not map what stands inside an inserted object.
pub(crate) fn anew_with(
    found: &Found<'_>,
    path: &PropertyPath,
    value: Value,
) -> Result<Vec<Draft>, CommandError> {
    let changed = || CommandError::Document {
        what: "the object with the property",
        reason: "it cannot be read again".into(),
    };
    let leaf = found.document.children(found.node).is_empty();
    let parent = found.parent().filter(|parent| leaf && parent.document.is_composition(parent.node));
    let Some(parent) = parent else {
        let timeline = whole_timeline_with(found, path, value).ok_or_else(changed)?;
        return Ok(vec![Draft::new(ReplaceTimeline::new(&*found.timeline, timeline, 0.0))]);
    };
    let object = object_with(found, path, value).ok_or_else(changed)?;
    let place = found.place();
    let siblings: Vec<_> =
        parent.document.children(parent.node).iter().filter(|node| *node != found.node).collect();
    let at = i64::try_from(place).unwrap_or(InsertChild::APPEND);
    let insert = InsertChild::new(parent.guid(), at, object, 0.0);
    Ok(vec![
        Draft::new(RemoveChild::new(parent.guid(), found.guid(), 0.0)),
        Draft::new(insert).between(neighbours(parent.document, |at| siblings.get(at).copied(), place)),
    ])
}

fn object_with(found: &Found<'_>, path: &PropertyPath, value: Value) -> Option<Value> {
    let mut copy = Document::from_value(found.document.subtree_value(found.node), Reading::Exact).ok()?;
    let root = copy.root()?;
    copy.set_property(root, path, value).ok()?;
    Some(copy.to_value())
}

fn whole_timeline_with(found: &Found<'_>, path: &PropertyPath, value: Value) -> Option<Value> {
    let mut copy = Document::from_value(found.document.to_value(), Reading::Exact).ok()?;
    let node = copy.find(found.guid())?;
    copy.set_property(node, path, value).ok()?;
    Some(copy.to_value())
}
