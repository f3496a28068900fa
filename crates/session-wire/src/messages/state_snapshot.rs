//! `LiveSession.1 / STATE_SNAPSHOT`

use std::collections::BTreeMap;

use lossless_json::Object;

use super::{DisplaySettings, PlaybackSettings};
use crate::parts::{LeaseEntry, PeerEntry, SessionRoles};

message! {
    /// The whole state of the session, for one joining peer.
    pub struct StateSnapshot = LIVE_SESSION / "STATE_SNAPSHOT" is Control {
        sent: "by the master in answer to `STATE_REQUEST`, if it holds at least one timeline. Ours carry \
            `op.seen`, the frontier that is folded in.",
        received: "the peer that `target_guid` names replaces its state and then applies what it buffered \
            meanwhile and what is newer than `snapshot_timestamp`; other peers ignore it. Recordings adopt \
            the first one whoever it was meant for.",
        specified: "legacy-protocol §1.5.4",
    }
    {
        /// GUID of the joining peer.
        target_guid: String = OrDefault,
        /// Timeline GUID → `Timeline.1`, clip timelines included, in the order they were added.
        timelines: Object = Required,
        /// GUID of the timeline that is shown.
        active_timeline_guid: Option<String> = Always,
        /// When it was made, in seconds since 1970. Ours: the largest `sync_timestamp` folded in.
        snapshot_timestamp: f64 = OrDefault,
        /// The body of the last playback message.
        playback_state: Option<Box<PlaybackSettings>> = Optional,
        /// The body of the last display message.
        display_state: Option<Box<DisplaySettings>> = Optional,
        /// GUID of the host, who decides what is shown when nobody claims it.
        host_guid: Option<String> = Optional,
        /// Peer GUID → what the sender knows of it, the sender included.
        peers: Option<BTreeMap<String, PeerEntry>> = Optional,
        /// Who may do what; left out where everybody is a driver.
        session_roles: Option<SessionRoles> = Optional,
        /// Channel → who is emitting it and for how long it still holds.
        broadcast_ownership: Option<BTreeMap<String, LeaseEntry>> = Optional,
    }
}

impl StateSnapshot {
    /// The timelines for one joining peer; `snapshot_timestamp` in seconds since 1970.
    pub fn new(
        target_guid: impl Into<String>,
        timelines: Object,
        active_timeline_guid: Option<String>,
        snapshot_timestamp: f64,
    ) -> Self {
        let target_guid = target_guid.into();
        Self { target_guid, timelines, active_timeline_guid, snapshot_timestamp, ..Self::default() }
    }
}
