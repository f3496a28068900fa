//! What a peer held at some moment, as it says it: where its settled state ends, and numbers for what lies above.

use std::collections::BTreeSet;

use session_wire::{Message, OperationFields, Place, WireFrontier};

use crate::checkpoint::{place_of, wire_place};
use crate::{Frontier, Operation, SessionLog, Stamp};

/// What somebody held: everything up to a place, and above it what a frontier covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    settled: Option<Stamp>,
    frontier: Frontier,
}

impl Seen {
    /// From a frontier on the wire and the settled place beside it.
    pub fn from_wire(frontier: &WireFrontier, settled: Option<&Place>) -> Self {
        Self { settled: settled.map(place_of), frontier: Frontier::from_wire(frontier) }
    }

    /// What the `op` of an envelope says; none where it says nothing.
    pub fn of(fields: &OperationFields) -> Option<Self> {
        Some(Self::from_wire(fields.seen.as_ref()?, fields.settled.as_ref()))
    }

    /// The same, in the `op` of an envelope.
    #[must_use]
    pub fn said_in(&self, fields: OperationFields) -> OperationFields {
        OperationFields { seen: Some(self.frontier.to_wire()), settled: self.settled_to_wire(), ..fields }
    }

    /// The last place of the settled state; none where there is no such state.
    pub const fn settled(&self) -> Option<&Stamp> {
        self.settled.as_ref()
    }

    /// The settled place on the wire.
    pub fn settled_to_wire(&self) -> Option<Place> {
        self.settled.as_ref().map(wire_place)
    }

    /// The runs with operations above that place.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Whether an operation was held. Of existing peers only what is settled is known.
    pub fn covers(&self, stamp: &Stamp) -> bool {
        self.settled.as_ref().is_some_and(|settled| stamp <= settled) || self.frontier.covers(&stamp.id)
    }
}

impl SessionLog {
    /// What this log holds, but for operations beyond a gap and those of existing peers.
    pub fn seen(&self) -> Seen {
        let settled = self.settled().map(|settled| settled.upto().clone());
        Seen { settled, frontier: self.holdings().above().clone() }
    }

    /// As much of [`SessionLog::seen`] as the effect of a message depends on: the runs whose strokes and notes stand where it
    /// replaces something. None where it depends on nothing.
    pub fn seen_by(&self, message: &Message) -> Option<Seen> {
        let state = self.state();
        let stamps = match message {
            Message::ReplaceAnnotationCommands(body) => {
                let found = state.locate(&body.annotation_clip_guid);
                let tags = found
                    .and_then(|(timeline, node)| Some(state.timelines.get(&timeline)?.command_tags(node)));
                tags.into_iter().flatten().flatten().collect()
            }
            Message::ReplaceTimeline(body) => {
                let replica = state.timelines.get(body.timeline_guid.as_str());
                replica.map_or_else(Vec::new, |replica| replica.origins())
            }
            _ => return None,
        };
        let settled = self.settled().map(|settled| settled.upto().clone());
        let mut frontier = Frontier::new();
        for Stamp { id, .. } in stamps.into_iter().filter(|stamp| Some(stamp) > settled.as_ref()) {
            let upto = self.frontier().get(&id.source, &id.run);
            frontier.set(id.source, id.run, upto);
        }
        Some(Seen { settled, frontier })
    }

    /// The operations that a peer lacks, in stamp order: those of our own peers that it did not see, and those of
    /// existing peers above what is settled there whose number it does not name.
    pub fn since<'a>(
        &'a self,
        seen: &'a Seen,
        known_existing: &'a BTreeSet<u64>,
    ) -> impl Iterator<Item = &'a Operation> {
        self.operations().filter(move |operation| {
            let id = operation.id();
            let named = id.is_of_existing_peer() && known_existing.contains(&id.seq);
            !named && !seen.covers(operation.stamp())
        })
    }
}
