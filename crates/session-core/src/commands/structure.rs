//! Inserting, moving and removing children.

use lossless_json::Value;
use otio_document::{Document, NodeId, Reading};
use session_wire::{Anchor, InsertChild, MoveChild, RemoveChild};

use super::carriage::{unreadable_elsewhere, without_children};
use super::draft::Draft;
use super::lookup::{Found, clamped, neighbours};
use crate::clock::Now;
use crate::command::Reply;
use crate::error::CommandError;
use crate::limits::UNPACKED_CHILDREN_MAX;
use crate::peer::Peer;
use crate::roles::Group;

const CLIP_COPY: &str = "edit the clip in its sequence, where it belongs";

impl Peer {
    pub(crate) fn insert_child(
        &mut self,
        parent: &str,
        index: i64,
        child_data: Value,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        let mut child = read_child(child_data)?;
        child.ensure_guids(&mut || self.mint.guid());
        let parent = self.find_parent(parent)?;
        self.check_guids_free(&child)?;
        let siblings = parent.document.children(parent.node);
        let append = index == InsertChild::APPEND;
        let at = if append { siblings.len() } else { clamped(index, siblings.len()) };
        let place = neighbours(parent.document, |at| siblings.get(at), at);
        let index =
            if append { InsertChild::APPEND } else { i64::try_from(at).unwrap_or(InsertChild::APPEND) };
        let drafts = insertions(parent.guid(), index, place, &child);
        let guid = child.root().and_then(|root| child.guid(root)).map(str::to_owned);
        let reply = self.commit(drafts, now)?;
        Ok(Reply { guid, ..reply })
    }

    /// Refuses objects that stand in the session already; removed ones may come back.
    pub(crate) fn check_guids_free(&self, incoming: &Document) -> Result<(), CommandError> {
        let guids = incoming.root().into_iter().flat_map(|root| incoming.descend(root));
        let guids = guids.filter_map(|node| incoming.guid(node));
        match guids.filter(|guid| self.find("the object", guid).is_ok()).map(str::to_owned).next() {
            Some(guid) => Err(CommandError::GuidTaken { guid }),
            None => Ok(()),
        }
    }

    pub(crate) fn move_child(
        &mut self,
        parent: &str,
        child: &str,
        to_index: i64,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        let parent = self.find_parent(parent)?;
        let child = self.find("the child", child)?;
        let guid = child.guid().to_owned();
        let not_a_child =
            || CommandError::NotAChild { child: child.guid().to_owned(), parent: parent.guid().to_owned() };
        if parent.timeline != child.timeline {
            return Err(self.clip_copy_error(&parent).unwrap_or_else(not_a_child));
        }
        let old_parent =
            child.parent().filter(|old| old.document.is_composition(old.node)).ok_or_else(not_a_child)?;
        let drafts = if old_parent.node == parent.node {
            move_within(&parent, &child, to_index)
        } else {
            move_between(&old_parent, &parent, &child, to_index)?
        };
        let reply = self.commit(drafts, now)?;
        Ok(Reply { guid: Some(guid), ..reply })
    }

    pub(crate) fn remove_child(
        &mut self,
        parent: &str,
        child: &str,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        let parent = self.find_parent(parent)?;
        let child = self.find("the child", child)?;
        if child.parent().is_none_or(|real| real.node != parent.node) || child.timeline != parent.timeline {
            let not_a_child =
                CommandError::NotAChild { child: child.guid().to_owned(), parent: parent.guid().to_owned() };
            return Err(self.clip_copy_error(&parent).unwrap_or(not_a_child));
        }
        let guid = child.guid().to_owned();
        let draft = Draft::new(RemoveChild::new(parent.guid(), child.guid(), 0.0));
        let reply = self.commit(vec![draft], now)?;
        Ok(Reply { guid: Some(guid), ..reply })
    }

    /// A clip's copy in its clip timeline stays as it is: a reference peer would lose it, or the clip itself.
    fn clip_copy_error(&self, parent: &Found<'_>) -> Option<CommandError> {
        let copy = self.log.state().is_clip_timeline(&parent.timeline);
        copy.then(|| CommandError::WouldFailElsewhere {
            what: "a change of a clip timeline".into(),
            instead: CLIP_COPY,
        })
    }
}

/// Reads what is to be inserted.
fn read_child(child_data: Value) -> Result<Document, CommandError> {
    let refused = |reason: String| CommandError::Document { what: "child_data", reason };
    let child =
        Document::from_value(child_data, Reading::Exact).map_err(|error| refused(error.to_string()))?;
    let Some(root) = child.root() else {
        return Err(refused("it cannot stand in a Stack or a Track".into()));
    };
    if let Some(warning) = unreadable_elsewhere(&child) {
        return Err(CommandError::WouldFailElsewhere {
            what: warning,
            instead: "use an older version of the schema",
        });
    }
    let alone = without_children(&child, root);
    check_composable(alone).map_err(refused)?;
    Ok(child)
}

fn check_composable(alone: Value) -> Result<(), String> {
    let track = [("OTIO_SCHEMA", Value::from("Stack.1")), ("children", Value::Array(Vec::new()))];
    let track = Value::Object(track.into_iter().collect());
    let mut scratch = Document::from_value(track, Reading::Exact).map_err(|error| error.to_string())?;
    let node = scratch.adopt(alone).map_err(|error| error.to_string())?;
    let root = scratch.root().ok_or("no place to try it in")?;
    scratch.insert_child(root, 0, node).map_err(|error| error.to_string())
}

/// The insertion of an object. What stands inside it travels one by one after it: a reference peer can address only
/// what was inserted by itself. Beyond a bound it travels whole.
pub(crate) fn insertions(
    parent: &str,
    index: i64,
    place: (Option<Anchor>, Option<Anchor>),
    child: &Document,
) -> Vec<Draft> {
    let Some(root) = child.root() else { return Vec::new() };
    let whole = child.descend(root).take(UNPACKED_CHILDREN_MAX + 1).count() > UNPACKED_CHILDREN_MAX;
    let value = if whole { child.to_value() } else { without_children(child, root) };
    let mut drafts = vec![Draft::new(InsertChild::new(parent, index, value, 0.0)).between(place)];
    if !whole {
        append_children(child, root, &mut drafts);
    }
    drafts
}

fn append_children(child: &Document, parent: NodeId, drafts: &mut Vec<Draft>) {
    let Some(guid) = child.guid(parent) else { return };
    let mut last = Anchor::EDGE;
    for node in child.children(parent) {
        let insert = InsertChild::new(guid, InsertChild::APPEND, without_children(child, node), 0.0);
        drafts.push(Draft::new(insert).between((Some(last), Some(Anchor::EDGE))));
        last = child.guid(node).map_or(Anchor::EDGE, Anchor::beside);
        append_children(child, node, drafts);
    }
}

fn move_within(parent: &Found<'_>, child: &Found<'_>, to_index: i64) -> Vec<Draft> {
    let others: Vec<NodeId> =
        parent.document.children(parent.node).iter().filter(|node| *node != child.node).collect();
    let at = clamped(to_index, others.len());
    if at == child.place() {
        return Vec::new();
    }
    let index = i64::try_from(at).unwrap_or(i64::MAX);
    let message = MoveChild::new(parent.guid(), child.guid(), index, 0.0);
    vec![Draft::new(message).between(neighbours(parent.document, |at| others.get(at).copied(), at))]
}

/// Out of one parent and into another: a reference peer moves within one parent only.
fn move_between(
    from: &Found<'_>,
    to: &Found<'_>,
    child: &Found<'_>,
    to_index: i64,
) -> Result<Vec<Draft>, CommandError> {
    let inside = to.document.ancestors(to.node).any(|node| node == child.node) || to.node == child.node;
    if inside {
        let reason = format!("{:?} stands inside {:?}", to.guid(), child.guid());
        return Err(CommandError::Document { what: "parent_uuid", reason });
    }
    let siblings = to.document.children(to.node);
    let at = clamped(to_index, siblings.len());
    let object = Document::from_value(child.document.subtree_value(child.node), Reading::Exact)
        .map_err(|error| CommandError::Document { what: "the child", reason: error.to_string() })?;
    let mut drafts = vec![Draft::new(RemoveChild::new(from.guid(), child.guid(), 0.0))];
    let index = i64::try_from(at).unwrap_or(InsertChild::APPEND);
    drafts.extend(insertions(to.guid(), index, neighbours(to.document, |at| siblings.get(at), at), &object));
    Ok(drafts)
}
