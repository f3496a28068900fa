//! Taking back inserts, moves and removals.

use otio_document::NodeId;
use session_wire::{InsertChild, MoveChild, RemoveChild};

use super::{Change, Inversion, Part};
use crate::journal::Step;
use crate::log::Entry;

impl Inversion<'_> {
    /// What was inserted goes, unless it is an annotation clip that others drew on since: then only one's own strokes
    /// go.
    pub(super) fn of_insert(&self, part: &Part<'_>) -> Vec<Change> {
        // The last one: a track may have come back for it before.
        let put = part.steps.iter().rev().find_map(|step| match step {
            Step::Put { node, .. } => Some(*node),
            _ => None,
        });
        let Some((node, parent)) = put.and_then(|node| Some((node, part.replica.document.parent(node)?)))
        else {
            return Vec::new();
        };
        if self.moves_on(part) && self.is_placed_since(part, part.place, node) {
            return Vec::new();
        }
        let is_later = |tag: &crate::Stamp| tag > part.operation.stamp() && !self.is_mine(&tag.id);
        let others_drew = part.replica.command_tags(node).iter().flatten().any(is_later);
        if others_drew {
            return self.without_own_commands(part, node).into_iter().collect();
        }
        let document = &part.replica.document;
        let removal = document.guid(parent).zip(document.guid(node)).map(|(parent, child)| {
            let mut body = RemoveChild::new(parent, child, 0.0);
            body.sync_timestamp = None;
            Change::from(body)
        });
        removal.into_iter().collect()
    }

    /// Back between the neighbours before, if one's own placement is the one that stands.
    pub(super) fn of_move(&self, part: &Part<'_>) -> Vec<Change> {
        let Some(Step::Put { node, .. }) = part.steps.iter().find(|step| matches!(step, Step::Put { .. }))
        else {
            return Vec::new();
        };
        let timeline = part.replica.number;
        let moves = |entry: &Entry| entry.steps_in(timeline).iter().any(|step| gives_place(step, *node));
        if part.replica.document.parent(*node).is_none() {
            return Vec::new();
        }
        let Some(first) = self.own_run(part.place, &moves, &moves) else { return Vec::new() };
        let taken = self.log.entries()[first].steps_in(timeline).iter().find_map(|step| match step {
            Step::Taken { node: taken, parent, left, right, .. } if taken == node => {
                Some((*parent, *left, *right))
            }
            _ => None,
        });
        // Where somebody removed the old parent, what was moved out of it would go as well, and what others put into it.
        let taken = taken.filter(|(parent, ..)| self.will_stand(part, *parent));
        taken.and_then(|from| move_back(part, *node, from)).into_iter().collect()
    }

    /// Whether an object stands, or comes back by this undo.
    fn will_stand(&self, part: &Part<'_>, node: NodeId) -> bool {
        let comes_back = || self.back.iter().any(|top| part.replica.is_within(node, *top));
        part.replica.stands(node) || comes_back()
    }

    /// Whether an insert is the second half of one's own move from another parent.
    fn moves_on(&self, part: &Part<'_>) -> bool {
        let entries = self.log.entries();
        let mut own =
            self.mine.range(..part.place).flat_map(|&place| entries[place].steps_in(part.replica.number));
        own.any(|step| match step {
            Step::Buried { node, .. } => part.steps.iter().any(|taken| takes(taken, *node)),
            _ => false,
        })
    }

    /// Whether something else than what is undone has given a node another place since.
    fn is_placed_since(&self, part: &Part<'_>, place: usize, node: NodeId) -> bool {
        let timeline = part.replica.number;
        self.is_changed_since(place, &|entry| {
            entry.steps_in(timeline).iter().any(|step| gives_place(step, node))
        })
    }

    /// What one moved to another parent comes back from there, if one's own placement is the one that stands.
    fn of_moved_on(&self, part: &Part<'_>, (parent, node): (NodeId, NodeId)) -> Option<Change> {
        let entries = self.log.entries();
        let second = self.mine.range(part.place + 1..).find_map(|&place| {
            let steps = entries[place].steps_in(part.replica.number);
            let from = steps.iter().find_map(|step| match step {
                Step::Taken { node: taken, parent: from, left, right, .. }
                    if (*from, *taken) == (parent, node) =>
                {
                    Some((*left, *right))
                }
                _ => None,
            })?;
            let put = steps.iter().find_map(|step| match step {
                Step::Put { node, .. } => Some(*node),
                _ => None,
            })?;
            Some((from, put, place))
        });
        let ((left, right), put, place) = second?;
        let replica = part.replica;
        if !replica.stands(put) || self.is_placed_since(part, place, put) {
            return None;
        }
        let index = wire_index(index_between(part, put, parent, (left, right)));
        let mut body =
            InsertChild::new(replica.document.guid(parent)?, index, replica.document.subtree_value(put), 0.0);
        body.sync_timestamp = None;
        Some(Change {
            message: body.into(),
            after: part.anchor(parent, left),
            before: part.anchor(parent, right),
        })
    }

    /// What was removed comes back where its tombstone lies.
    pub(super) fn of_remove(&mut self, part: &Part<'_>) -> Vec<Change> {
        let Some(Step::Buried { parent, node, .. }) = part.steps.first() else { return Vec::new() };
        let replica = part.replica;
        let lies_there = replica.graves.get(node) == Some(parent);
        if !lies_there {
            return self.of_moved_on(part, (*parent, *node)).into_iter().collect();
        }
        let place = lies_there.then(|| replica.place_of(*parent, *node)).flatten();
        let Some((place, parent_guid)) = place.zip(replica.document.guid(*parent)) else { return Vec::new() };
        let back_before = self.restored.iter().filter(|(up, at)| up == parent && *at < place).count();
        self.restored.push((*parent, place));
        self.back.push(*node);
        let index = replica.standing_before(*parent, place) + back_before;
        let mut body =
            InsertChild::new(parent_guid, wire_index(index), replica.document.subtree_value(*node), 0.0);
        body.sync_timestamp = None;
        let (left, right) = replica.places_beside(*parent, place);
        let (after, before) = (part.anchor(*parent, left), part.anchor(*parent, right));
        vec![Change { message: body.into(), after, before }]
    }
}

fn takes(step: &Step, node: NodeId) -> bool {
    matches!(step, Step::Taken { node: taken, .. } if *taken == node)
}

fn gives_place(step: &Step, node: NodeId) -> bool {
    matches!(step, Step::Put { node: put, .. } if *put == node)
}

fn move_back(
    part: &Part<'_>,
    node: NodeId,
    (parent, left, right): (NodeId, Option<NodeId>, Option<NodeId>),
) -> Option<Change> {
    let document = &part.replica.document;
    let index = index_between(part, node, parent, (left, right));
    let mut body = MoveChild::new(document.guid(parent)?, document.guid(node)?, wire_index(index), 0.0);
    body.sync_timestamp = None;
    Some(Change {
        message: body.into(),
        after: part.anchor(parent, left),
        before: part.anchor(parent, right),
    })
}

/// The index, among the other standing children, of the place between two neighbours of before.
fn index_between(
    part: &Part<'_>,
    node: NodeId,
    parent: NodeId,
    (left, right): (Option<NodeId>, Option<NodeId>),
) -> usize {
    let replica = part.replica;
    let place_of = |neighbour: NodeId| replica.place_of(parent, neighbour);
    let place = match (left.and_then(place_of), right.and_then(place_of)) {
        (Some(left), _) => left + 1,
        (None, Some(right)) => right,
        (None, None) if left.is_none() => 0,
        (None, None) => replica.places(parent),
    };
    let own_place = place_of(node).filter(|&own| own < place);
    replica.standing_before(parent, place) - usize::from(own_place.is_some())
}

fn wire_index(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(InsertChild::APPEND)
}
