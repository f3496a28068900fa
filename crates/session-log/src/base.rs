//! What a log starts from, where that is the snapshot of an existing master.

use std::sync::Arc;

use lossless_json::{Object, Style, Value};
use session_wire::{SessionRoles, StateSnapshot};

use crate::replica::TimelineReplica;
use crate::roles::Roles;
use crate::{Guid, NoEffect};

/// The bottom of a log: timelines that no operation brought.
///
/// Of two bases every peer takes the one with the smaller timestamp, then the smaller id.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    id: String,
    snapshot_timestamp: f64,
    timelines: Vec<(Guid, Arc<Value>)>,
    active_timeline_guid: Option<String>,
    roles: Roles,
}

impl Base {
    /// From a snapshot of an existing peer: timelines of single clips come after the others, as in the reference. Its
    /// id is a hash of its timelines and timestamp.
    pub fn from_snapshot(snapshot: &StateSnapshot) -> Self {
        let is_of_clip = |guid: &&str| {
            let timeline = snapshot.timelines.get(guid);
            timeline.and_then(|timeline| timeline.at(&["metadata", "clip_timeline_for"])?.as_str()).is_some()
        };
        let mut order: Vec<&str> = snapshot.timelines.keys().collect();
        order.sort_by_key(is_of_clip);
        Self::in_order(snapshot, order)
    }

    /// From a snapshot of a peer of ours: its order is that of the session.
    pub fn from_own_snapshot(snapshot: &StateSnapshot) -> Self {
        Self::in_order(snapshot, snapshot.timelines.keys().collect())
    }

    fn in_order(snapshot: &StateSnapshot, order: Vec<&str>) -> Self {
        let order = order.into_iter().map(str::to_owned).collect();
        let id = content_id(&snapshot.timelines, snapshot.snapshot_timestamp);
        let roles = roles_of(snapshot.session_roles.as_ref());
        let active = snapshot.active_timeline_guid.clone();
        Self::new(id, snapshot.snapshot_timestamp, &snapshot.timelines, order, active, roles)
    }

    /// From what a peer of ours says that its log starts from. Timelines that its order does not name come last.
    pub fn from_wire(wire: &session_wire::Base) -> Self {
        let mut order = wire.timeline_order.clone();
        order.extend(
            wire.timelines
                .keys()
                .filter(|guid| !wire.timeline_order.iter().any(|o| o == guid))
                .map(str::to_owned),
        );
        let active = wire.active_timeline_guid.clone();
        Self::new(
            wire.id.clone(),
            wire.snapshot_timestamp,
            &wire.timelines,
            order,
            active,
            roles_of(wire.session_roles.as_ref()),
        )
    }

    fn new(
        id: String,
        snapshot_timestamp: f64,
        timelines: &Object,
        order: Vec<String>,
        active_timeline_guid: Option<String>,
        roles: Roles,
    ) -> Self {
        let timelines = order
            .into_iter()
            .filter_map(|guid| Some((Guid::from(guid.as_str()), Arc::new(timelines.get(&guid)?.clone()))))
            .collect();
        Self { id, snapshot_timestamp, timelines, active_timeline_guid, roles }
    }

    /// The form in `OPERATIONS`.
    pub fn to_wire(&self) -> session_wire::Base {
        session_wire::Base {
            id: self.id.clone(),
            snapshot_timestamp: self.snapshot_timestamp,
            timelines: self
                .timelines
                .iter()
                .map(|(guid, value)| (guid.as_ref(), Value::clone(value)))
                .collect(),
            timeline_order: self.timelines.iter().map(|(guid, _)| guid.to_string()).collect(),
            active_timeline_guid: self.active_timeline_guid.clone(),
            session_roles: self.roles.to_wire(),
            ..session_wire::Base::default()
        }
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it was made, in seconds since the epoch by its maker's clock.
    pub const fn snapshot_timestamp(&self) -> f64 {
        self.snapshot_timestamp
    }

    /// The timeline that was shown.
    pub fn active_timeline_guid(&self) -> Option<&str> {
        self.active_timeline_guid.as_deref()
    }

    /// The roles that it started with.
    pub const fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Whether every peer takes this one rather than the other.
    pub fn goes_before(&self, other: &Self) -> bool {
        self.snapshot_timestamp
            .total_cmp(&other.snapshot_timestamp)
            .then_with(|| self.id.cmp(&other.id))
            .is_lt()
    }

    /// The GUIDs of its timelines in their order.
    pub(crate) fn guids(&self) -> impl Iterator<Item = &Guid> {
        self.timelines.iter().map(|(guid, _)| guid)
    }

    /// The timelines in their order. One that cannot be read is left out and told.
    pub(crate) fn replicas(&self) -> (Vec<TimelineReplica>, Vec<(Guid, NoEffect)>) {
        let (mut replicas, mut unreadable) = (Vec::new(), Vec::new());
        for (guid, value) in &self.timelines {
            let origin = format!("{}/{guid}", self.id);
            match TimelineReplica::read(guid, Value::clone(value), &origin, None) {
                Ok(replica) => replicas.push(replica),
                Err(reason) => unreadable.push((guid.clone(), reason)),
            }
        }
        (replicas, unreadable)
    }
}

fn roles_of(roles: Option<&SessionRoles>) -> Roles {
    roles.map_or_else(Roles::default, Roles::from_wire)
}

/// 128 bits of a hash in hexadecimal.
fn content_id(timelines: &Object, snapshot_timestamp: f64) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&snapshot_timestamp.to_bits().to_be_bytes());
    hasher.update(Value::Object(timelines.clone()).to_text(Style::Digest).as_bytes());
    hasher.finalize().to_hex().as_str().chars().take(32).collect()
}

impl crate::state::SessionState {
    /// Starts from a base; tells which of its timelines cannot be read.
    pub(crate) fn take_in(&mut self, base: &Base) -> Vec<(Guid, NoEffect)> {
        let (replicas, mut unreadable) = base.replicas();
        self.roles = base.roles.clone();
        for replica in replicas {
            let guid = replica.guid.clone();
            if let Err(reason) = self.admit_last(Box::new(replica)) {
                unreadable.push((guid, reason));
            }
        }
        unreadable
    }
}
