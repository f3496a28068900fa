//! Inserting, moving and removing children.

use otio_document::{NodeId, Withdrawn};
use session_wire::{InsertChild, MoveChild, RemoveChild};

use crate::annotation::{AnnotationKey, guid_or_derived};
use crate::journal::{Brought, Step};
use crate::limits::{CHILDREN_MAX, DEPTH_MAX};
use crate::place::Position;
use crate::property::NOTE_FIELDS;
use crate::replica::TimelineReplica;
use crate::state::{Applied, Found, SessionState};
use crate::{Action, Guid, NoEffect, Operation};

/// Taken, put, placed.
const MOVE_STEPS: usize = 3;

impl SessionState {
    fn parent(&self, guid: &str) -> Result<Found, NoEffect> {
        self.find(guid).ok_or_else(|| NoEffect::UnknownParent(guid.to_owned()))
    }

    pub(crate) fn insert_child(
        &mut self,
        operation: &Operation,
        body: &InsertChild,
        kept: Option<Brought>,
    ) -> Result<Applied, NoEffect> {
        let kept = kept.and_then(Brought::object);
        let found = self.parent(&body.parent_uuid)?;
        let (found, steps) = self.out_of_the_grave(found, body);
        let parent = found.node;
        let replica = self.replica_mut(&found);
        let guid = guid_or_derived(given_guid(body), operation);
        let mut insertion = Insertion { replica, parent, operation, body, guid, kept, steps };
        let done = insertion.run();
        let steps = insertion.steps;
        match done {
            Ok(Inserted { action, held }) => {
                for guid in held {
                    self.hold(guid, &found.timeline);
                }
                Ok((action, found.undo(steps)))
            }
            Err(reason) => {
                drop(self.revert(found.undo(steps)));
                Err(reason)
            }
        }
    }

    /// What is drawn into a timeline that was replaced goes into the one that stands, where its clip is there: who drew
    /// had not seen the replacement. Else the parent as it was found.
    fn out_of_the_grave(&mut self, found: Found, body: &InsertChild) -> (Found, Vec<Step>) {
        let Some(key) = AnnotationKey::of_value(&body.child_data) else { return (found, Vec::new()) };
        let Some(mut standing) = self.timelines.remove(&found.timeline) else { return (found, Vec::new()) };
        let mut steps = Vec::new();
        let replaced = standing.number != found.number;
        let clip = standing.node(key.clip_guid).filter(|clip| replaced && standing.stands(*clip));
        let old = self.buried(&found.timeline, found.number);
        let track = clip.and(old).and_then(|old| standing.track_for(old, found.node, &mut steps));
        let number = standing.number;
        self.timelines.insert(found.timeline.clone(), standing);
        match track {
            Some(node) => {
                for step in &steps {
                    if let Step::Named { guid } = step {
                        self.hold(guid.clone(), &found.timeline);
                    }
                }
                (Found { number, node, ..found }, steps)
            }
            None => (found, steps),
        }
    }

    pub(crate) fn move_child(
        &mut self,
        operation: &Operation,
        body: &MoveChild,
    ) -> Result<Applied, NoEffect> {
        let found = self.parent(&body.parent_uuid)?;
        let parent = found.node;
        let replica = self.replica_mut(&found);
        let (child, old_parent) = replica.standing_child(parent, &body.child_uuid)?;
        replica.check_move(operation, body, (parent, old_parent, child))?;
        let old_place = replica.place_of(old_parent, child);
        let mut steps: Vec<Step> = Vec::with_capacity(MOVE_STEPS);
        steps.extend(old_place.and_then(|place| replica.take(old_parent, place)));
        let position = Position::of(operation.after(), operation.before(), body.to_index, false);
        let place = replica.resolve(parent, position);
        match replica.put(parent, place, child) {
            Ok(step) => steps.push(step),
            Err(error) => {
                steps.into_iter().rev().for_each(|step| drop(replica.revert(step)));
                return Err(NoEffect::Unreadable(error.to_string()));
            }
        }
        steps.push(replica.placed_by(child, operation));
        Ok((Action::ChildMoved, found.undo(steps)))
    }

    pub(crate) fn remove_child(
        &mut self,
        operation: &Operation,
        body: &RemoveChild,
    ) -> Result<Applied, NoEffect> {
        let found = self.parent(&body.parent_uuid)?;
        let parent = found.node;
        let replica = self.replica_mut(&found);
        let (child, old_parent) = replica.standing_child(parent, &body.child_uuid)?;
        if old_parent != parent || !replica.document.is_composition(parent) {
            return Err(NoEffect::OtherParent(body.child_uuid.clone()));
        }
        let place = replica.place_of(parent, child);
        let mut steps: Vec<Step> =
            place.map(|place| replica.bury(parent, place, child)).into_iter().collect();
        steps.push(replica.gone_by(child, operation));
        Ok((Action::ChildRemoved, found.undo(steps)))
    }
}

fn given_guid(body: &InsertChild) -> Option<&str> {
    body.child_data.at(&["metadata", "sync", "guid"])?.as_str().filter(|guid| !guid.is_empty())
}

impl TimelineReplica {
    /// A child that was not removed, with its parent, preferably one of this parent.
    fn standing_child(&self, parent: NodeId, guid: &str) -> Result<(NodeId, NodeId), NoEffect> {
        let child = self.child(parent, guid).ok_or_else(|| NoEffect::UnknownChild(guid.to_owned()))?;
        match self.document.parent(child) {
            Some(old_parent) => Ok((child, old_parent)),
            None if child == self.root => Err(NoEffect::OtherParent(guid.to_owned())),
            None => Err(NoEffect::Removed(guid.to_owned())),
        }
    }

    /// Between parents only our own peers move, and they name the neighbours.
    fn check_move(
        &self,
        operation: &Operation,
        body: &MoveChild,
        (parent, old_parent, child): (NodeId, NodeId, NodeId),
    ) -> Result<(), NoEffect> {
        if !self.document.is_composition(parent) {
            return Err(NoEffect::NotAComposition(body.parent_uuid.clone()));
        }
        if parent == old_parent {
            return Ok(());
        }
        let between_parents = operation.has_anchors() && !operation.id().is_of_existing_peer();
        if !between_parents || !self.document.is_composition(old_parent) {
            return Err(NoEffect::OtherParent(body.child_uuid.clone()));
        }
        if self.is_within(parent, child) {
            return Err(NoEffect::Cycle(body.child_uuid.clone()));
        }
        self.check_room(parent, child)
    }

    /// Whether a subtree may come under a parent.
    fn check_room(&self, parent: NodeId, child: NodeId) -> Result<(), NoEffect> {
        if self.places(parent) >= CHILDREN_MAX {
            return Err(NoEffect::Limit { what: "children of one object", max: CHILDREN_MAX });
        }
        if self.depth(parent) + 1 + self.height(child) > DEPTH_MAX {
            return Err(NoEffect::Limit { what: "levels below a timeline", max: DEPTH_MAX });
        }
        Ok(())
    }

    /// How many levels lie below a node, counted no further than the limit.
    fn height(&self, node: NodeId) -> usize {
        let mut level = vec![node];
        let mut height = 0;
        while height <= DEPTH_MAX {
            level = level.iter().flat_map(|&node| self.document.children(node).iter()).collect();
            if level.is_empty() {
                break;
            }
            height += 1;
        }
        height
    }

    fn gone_by(&mut self, node: NodeId, operation: &Operation) -> Step {
        Step::Gone { node, old: self.gone.insert(node, operation.stamp().clone()) }
    }

    fn placed_by(&mut self, node: NodeId, operation: &Operation) -> Step {
        Step::Placed { node, old: self.placed.insert(node, operation.stamp().clone()) }
    }
}

/// What an insertion did, and the GUIDs that its timeline holds from now on.
struct Inserted {
    action: Action,
    held: Vec<Guid>,
}

/// One INSERT at its place in the order.
struct Insertion<'a> {
    replica: &'a mut TimelineReplica,
    parent: NodeId,
    operation: &'a Operation,
    body: &'a InsertChild,
    /// The GUID that the object gets: its own, or the derived one. A timeline that came since may hold it by either.
    guid: Guid,
    kept: Option<Withdrawn>,
    steps: Vec<Step>,
}

impl Insertion<'_> {
    fn run(&mut self) -> Result<Inserted, NoEffect> {
        if !self.replica.document.is_composition(self.parent) {
            return Err(NoEffect::NotAComposition(self.body.parent_uuid.clone()));
        }
        self.check_new()?;
        if let Some(inserted) = self.merge_annotation()? {
            return Ok(inserted);
        }
        self.clear_the_name();
        match self.kept_node() {
            Some(node) => self.revive(node),
            None => self.insert_new(),
        }
    }

    /// One object has one place: a GUID that stands already is not inserted again.
    fn check_new(&self) -> Result<(), NoEffect> {
        let replica = &self.replica;
        let mut named = replica.nodes.get(replica.canonical(&self.guid)).iter();
        let stands = named.any(|&node| replica.stands(node));
        if stands { Err(NoEffect::AlreadyThere(self.guid.to_string())) } else { Ok(()) }
    }

    /// Strokes and notes for a clip and frame that has its annotation clip go into that one.
    fn merge_annotation(&mut self) -> Result<Option<Inserted>, NoEffect> {
        let Some(key) = AnnotationKey::of_value(&self.body.child_data) else { return Ok(None) };
        let Some(node) = self.replica.annotation_under(self.parent, &key) else { return Ok(None) };
        let Some(canonical) = self.replica.document.guid(node).map(Guid::from) else { return Ok(None) };
        let alias = &self.guid;
        let data = &self.body.child_data;
        self.replica.merge_annotation(node, self.operation, data, alias, &mut self.steps)?;
        let held = vec![self.guid.clone()];
        Ok(Some(Inserted { action: Action::AnnotationCommandsAdded { canonical }, held }))
    }

    /// The name of an annotation clip that was merged into one that is removed by now is free again.
    fn clear_the_name(&mut self) {
        if let Some(old) = self.replica.aliases.remove(&self.guid) {
            self.steps.push(Step::Aliased { alias: self.guid.clone(), old: Some(old) });
        }
    }

    /// Takes a removed object of that GUID out of where it lies. An operation that undoes a removal brings that
    /// very object back, with every edit it got meanwhile.
    fn kept_node(&mut self) -> Option<NodeId> {
        let lying = self.replica.nodes.get(&self.guid).to_vec();
        for &node in &lying {
            let parent =
                self.replica.graves.get(&node).copied().or_else(|| self.replica.document.parent(node));
            let taken = parent.and_then(|parent| {
                let place = self.replica.place_of(parent, node)?;
                self.replica.take(parent, place)
            });
            if taken.is_some() {
                self.steps.extend(taken);
                self.steps.push(self.replica.gone_by(node, self.operation));
            }
        }
        let undoes = !self.operation.undo_of().is_empty();
        lying.last().copied().filter(|&node| undoes && !self.replica.is_within(self.parent, node))
    }

    fn revive(&mut self, node: NodeId) -> Result<Inserted, NoEffect> {
        self.replica.check_room(self.parent, node)?;
        self.steps.push(Step::Gone { node, old: self.replica.gone.remove(&node) });
        self.put(node)?;
        Ok(Inserted { action: Action::ChildInserted, held: Vec::new() })
    }

    fn insert_new(&mut self) -> Result<Inserted, NoEffect> {
        let node = self.bring()?;
        self.steps.push(Step::Brought { node });
        let replica = &mut *self.replica;
        let names = replica.name_subtree(node, self.operation.id())?;
        replica.check_room(self.parent, node)?;
        for (guid, node) in &names {
            replica.nodes.add(guid.clone(), *node);
            self.steps.push(Step::Named { guid: guid.clone() });
        }
        self.put(node)?;
        // Only asked where there is something to find: asking takes the metadata apart.
        let may_have = self.body.child_data.at(&["metadata", "annotation_commands"]).is_some();
        if let Some(commands) = may_have.then(|| self.replica.commands(node).map(<[_]>::len)).flatten() {
            let tags = vec![Some(self.operation.stamp().clone()); commands];
            let old = self.replica.tags.insert(node, tags);
            self.steps.push(Step::Tagged { node, old });
            self.note_origins(node);
        }
        Ok(Inserted {
            action: Action::ChildInserted,
            held: names.into_iter().map(|(guid, _)| guid).collect(),
        })
    }

    /// The object, detached: the one that an undo kept, else read from the operation.
    fn bring(&mut self) -> Result<NodeId, NoEffect> {
        let document = &mut self.replica.document;
        match self.kept.take() {
            Some(kept) => Ok(document.bring_back(kept)),
            None => document
                .adopt(self.body.child_data.clone())
                .map_err(|error| NoEffect::Unreadable(error.to_string())),
        }
    }

    fn note_origins(&mut self, node: NodeId) {
        for field in NOTE_FIELDS {
            let value = self.body.child_data.at(&["metadata", field]);
            if value.is_some_and(|value| !value.is_null()) {
                let stamp = self.operation.stamp();
                self.steps.push(self.replica.note_by(node, format!("metadata/{field}"), stamp));
            }
        }
    }

    fn put(&mut self, node: NodeId) -> Result<(), NoEffect> {
        let position = Position::of(self.operation.after(), self.operation.before(), self.body.index, true);
        let place = self.replica.resolve(self.parent, position);
        let step = self.replica.put(self.parent, place, node);
        self.steps.push(step.map_err(|error| NoEffect::Unreadable(error.to_string()))?);
        self.steps.push(self.replica.placed_by(node, self.operation));
        Ok(())
    }
}
