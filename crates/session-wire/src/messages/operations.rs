//! `SESSION_LOG_1.0 / OPERATIONS`

use std::collections::BTreeMap;

use lossless_json::{Object, Value};

use super::{DisplaySettings, PlaybackSettings};
use crate::body::wire_object;
use crate::parts::{LeaseEntry, PeerEntry, SessionRoles};

message! {
    /// Operations that a peer asked for, in parts, in stamp order.
    pub struct Operations = SESSION_LOG / "OPERATIONS" is Control {
        sent: "in answer to `OPERATIONS_REQUEST`. The base and the view come with the first part.",
        received: "the named peer inserts them; others ignore it.",
        specified: "DESIGN §5, convergence §4.6",
    }
    {
        /// GUID of the peer that asked.
        target_guid: String = Required,
        /// Number of the request.
        request: u64 = Required,
        /// Number of the part from 0.
        part: u64 = OrDefault,
        /// Whether it is the last part.
        last: bool = OrDefault,
        /// Whole envelopes, each with its `op` where it had one.
        envelopes: Vec<Value> = OrDefault,
        /// The same where they are large: one envelope on each line, packed as zlib does, in Base64; 2 MiB of text at most, and
        /// 64 bytes of it for each byte here.
        packed: Option<String> = Optional,
        /// Id of the settled state on which they lie, which is sent before them in pieces.
        state: Option<String> = Optional,
        /// What the log starts from, for a peer that has another base or none.
        base: Option<Base> = Optional,
        /// The view state, for a joining peer.
        view: Option<View> = Optional,
    }
}

wire_object! {
    /// The state that a log starts from: the files that were opened, or a checkpoint.
    pub struct Base {
        /// Its id.
        id: String = Required,
        /// When it was made, in seconds since 1970.
        snapshot_timestamp: f64 = OrDefault,
        /// Timeline GUID → `Timeline.1`.
        timelines: Object = Required,
        /// Timeline GUIDs in the order they were added.
        timeline_order: Vec<String> = OrDefault,
        /// GUID of the timeline that is shown.
        active_timeline_guid: Option<String> = Always,
        /// The roles that the log starts from, before any operation gave one.
        session_roles: Option<SessionRoles> = Optional,
    }
}

wire_object! {
    /// View state and presence, as in `STATE_SNAPSHOT`.
    pub struct View {
        /// The body of the last playback message.
        playback_state: Option<Box<PlaybackSettings>> = Optional,
        /// The body of the last display message.
        display_state: Option<Box<DisplaySettings>> = Optional,
        /// GUID of the timeline that is shown.
        active_timeline_guid: Option<String> = Always,
        /// GUID of the host.
        host_guid: Option<String> = Optional,
        /// Peer GUID → what the sender knows of it.
        peers: Option<BTreeMap<String, PeerEntry>> = Optional,
        /// Who may do what.
        session_roles: Option<SessionRoles> = Optional,
        /// Channel → who is emitting it and for how long it still holds.
        broadcast_ownership: Option<BTreeMap<String, LeaseEntry>> = Optional,
        /// When and by whom each field was asserted, so that two views can be made one.
        stamps: Option<ViewStamps> = Optional,
    }
}

wire_object! {
    /// When and by whom the fields of a view were asserted. A field with a stamp and without a value was emptied.
    pub struct ViewStamps {
        /// Playback field → its stamp.
        playback: BTreeMap<String, ViewStamp> = OrDefault,
        /// Display field → its stamp.
        display: BTreeMap<String, ViewStamp> = OrDefault,
        /// Timeline GUID → the latest stamp of a playback message that named it.
        timelines: BTreeMap<String, ViewStamp> = OrDefault,
    }
}

wire_object! {
    /// When and by whom something was asserted: the later wins, ties by source.
    pub struct ViewStamp {
        /// µs since 1970.
        us: u64 = Required,
        /// GUID of who asserted it.
        source_guid: String = Required,
    }
}

impl Operations {
    /// One part of the answer to a request.
    pub fn new(
        target_guid: impl Into<String>,
        request: u64,
        part: u64,
        last: bool,
        envelopes: Vec<Value>,
    ) -> Self {
        Self { target_guid: target_guid.into(), request, part, last, envelopes, ..Self::default() }
    }
}
