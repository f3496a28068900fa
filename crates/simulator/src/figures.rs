//! What was exercised, and how much of it.

use std::collections::BTreeMap;

/// Counts of one session or of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sessions.
    pub seeds: u64,
    /// Participants, every one once however often it came back.
    pub peers: u64,
    /// Operations that the sessions came to.
    pub operations: u64,
    /// Times that an operation came to a peer that held later ones.
    pub late: u64,
    /// Operations that were undone and done again for those.
    pub redos: u64,
    /// Commands that were refused.
    pub refusals: u64,
    /// Times that somebody began to take part.
    pub joins: u64,
    /// Times that a process was started again.
    pub restarts: u64,
    /// Messages that were handed over.
    pub messages: u64,
    /// Virtual time, in microseconds.
    pub virtual_us: u64,
    /// The longest time from the end of the mishaps until all peers held the same, in microseconds.
    pub agreed_us: u64,
    /// The same beside what is promised for its network, in thousandths.
    pub agreed_of_promise: u64,
    /// What became of existing peers.
    pub existing: ExistingFigures,
    /// How often each thing happened.
    pub marks: BTreeMap<String, u64>,
}

/// What became of existing peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExistingFigures {
    /// How many came, each once.
    pub peers: u64,
    /// How many were there at the end.
    pub at_end: u64,
    /// How many of those ended equal to ours, byte for byte.
    pub equal: u64,
    /// How many of those can find by its GUID everything that they show.
    pub sound: u64,
    /// How long after an operation was last taken in the last repair was sent, at most.
    pub ceased_us: u64,
    /// In how many sessions that was within two settle windows.
    pub ceased_soon: u64,
    /// How many were away in a way that nobody here can know of: those need not be equal.
    pub unknown: u64,
    /// How many of those at the end take themselves for the master.
    pub masters: u64,
    /// Messages that they sent.
    pub messages: u64,
    /// Their edits that a missing lease or role withheld.
    pub withheld: u64,
    /// Messages that named something that they did not have.
    pub unresolved: u64,
    /// Messages of ours that raised in one of them.
    pub raised_by_ours: u64,
    /// Messages that were lost with one that raised.
    pub lost_with_exceptions: u64,
    /// Times that a timeline of one of them was another than ours for half a second.
    pub divergences: u64,
    /// Messages that repaired.
    pub repairs: u64,
    /// Their bytes.
    pub repair_bytes: u64,
}

impl ExistingFigures {
    fn add(&mut self, other: &Self) {
        let Self { peers, at_end, equal, sound, masters, messages, withheld, unresolved, .. } = other;
        self.peers += peers;
        self.at_end += at_end;
        self.equal += equal;
        self.sound += sound;
        self.unknown += other.unknown;
        self.ceased_us = self.ceased_us.max(other.ceased_us);
        self.ceased_soon += other.ceased_soon;
        self.masters += masters;
        self.messages += messages;
        self.withheld += withheld;
        self.unresolved += unresolved;
        self.raised_by_ours += other.raised_by_ours;
        self.lost_with_exceptions += other.lost_with_exceptions;
        self.divergences += other.divergences;
        self.repairs += other.repairs;
        self.repair_bytes += other.repair_bytes;
    }
}

impl Figures {
    /// Notes that something happened.
    pub(crate) fn mark(&mut self, mark: &str) {
        self.mark_times(mark, 1);
    }

    pub(crate) fn mark_times(&mut self, mark: &str, times: u64) {
        if times > 0 {
            *self.marks.entry(mark.to_owned()).or_default() += times;
        }
    }

    /// Adds those of another session.
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.peers += other.peers;
        self.operations += other.operations;
        self.late += other.late;
        self.redos += other.redos;
        self.refusals += other.refusals;
        self.joins += other.joins;
        self.restarts += other.restarts;
        self.messages += other.messages;
        self.virtual_us += other.virtual_us;
        self.agreed_us = self.agreed_us.max(other.agreed_us);
        self.agreed_of_promise = self.agreed_of_promise.max(other.agreed_of_promise);
        self.existing.add(&other.existing);
        for (mark, times) in &other.marks {
            self.mark_times(mark, *times);
        }
    }
}

/// The name of a variant: the first word of how it is shown.
pub(crate) fn variant(value: &impl std::fmt::Debug) -> String {
    let shown = format!("{value:?}");
    shown.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// What every long run is to reach. Peers of ours join by operations; by a snapshot only existing peers and observers.
const MARKS: &[&str] = &[
    "command.set_name",
    "command.set_nested",
    "command.set_dictionary",
    "command.set_range",
    "command.set_timeline_property",
    "command.insert_clip",
    "command.insert_known",
    "command.insert_gap",
    "command.insert_track",
    "command.move_within",
    "command.move_between",
    "command.remove_item",
    "command.remove_track",
    "command.add_timeline",
    "command.rename_timeline",
    "command.remove_timeline",
    "command.replace_timeline",
    "command.annotate",
    "command.replace_annotation",
    "command.clear_annotation",
    "command.write_note",
    "command.change_note",
    "command.play",
    "command.pause",
    "command.seek",
    "command.playback",
    "command.select",
    "command.display",
    "command.partial_annotation",
    "command.set_peer_role",
    "command.undo",
    "command.redo",
    "command.state",
    "turned_around",
    "effect.AnnotationCommandsAdded",
    "effect.AnnotationCommandsReplaced",
    "effect.ChildInserted",
    "effect.ChildMoved",
    "effect.ChildRemoved",
    "effect.ClipTimelineAdded",
    "effect.PeerRoleSet",
    "effect.PropertySet",
    "effect.TimelineAdded",
    "effect.TimelineRemoved",
    "effect.TimelineRenamed",
    "effect.TimelineReplaced",
    "no_effect.AlreadyThere",
    "no_effect.OtherParent",
    "no_effect.Removed",
    "no_effect.UnknownChild",
    "no_effect.UnknownTarget",
    "no_effect.UnknownTimeline",
    "refused.GuidTaken",
    "refused.NotAChild",
    "refused.NotSynced",
    "refused.NothingTo",
    "refused.Overtaken",
    "refused.Role",
    "refused.UnknownGuid",
    "checkpoint.left_behind",
    "checkpoint.made",
    "join.by_settled_state",
    "fold.alias_made",
    "fold.removed_child_restored",
    "fold.removed_timeline_restored",
    "fold.replaced_timeline_restored",
    "fold.unseen_stroke_kept",
    "lease.handed_over",
    "master.changed",
    "join.as_host",
    "join.by_operations",
    "restart.whole_disk",
    "restart.new_run",
    "restart.torn_disk",
    "restart.lost_disk",
    "disk.compacted",
    "crash",
    "leave",
    "network.cut",
    "network.partition",
    "network.lost",
    "network.doubled",
    "network.overtaken",
];

impl Figures {
    /// The marks that were never reached.
    pub fn missed(&self) -> Vec<&'static str> {
        MARKS.iter().copied().filter(|mark| !self.marks.contains_key(*mark)).collect()
    }

    /// The same for sessions of logs.
    pub fn missed_of_logs(&self) -> Vec<&'static str> {
        MARKS_OF_LOGS.iter().copied().filter(|mark| !self.marks.contains_key(*mark)).collect()
    }
}

/// What every long run of sessions of logs is to reach.
const MARKS_OF_LOGS: &[&str] = &[
    "effect.AnnotationCommandsAdded",
    "effect.AnnotationCommandsReplaced",
    "effect.ChildInserted",
    "effect.ChildMoved",
    "effect.ChildRemoved",
    "effect.ClipTimelineAdded",
    "effect.PeerRoleSet",
    "effect.PropertySet",
    "effect.TimelineAdded",
    "effect.TimelineRemoved",
    "effect.TimelineRenamed",
    "effect.TimelineReplaced",
    "no_effect.AlreadyThere",
    "no_effect.Cycle",
    "no_effect.OtherParent",
    "no_effect.Removed",
    "no_effect.UnknownChild",
    "no_effect.UnknownTimeline",
    "log.late_slotted_in",
    "log.effective_later",
    "log.gap_beyond_the_frontier",
    "fold.alias_made",
    "fold.removed_child_restored",
    "fold.removed_timeline_restored",
    "fold.replaced_timeline_restored",
    "fold.unseen_stroke_kept",
    "undo.identity",
    "undo.of_undo",
    "undo.others_kept",
    "undo.overtaken",
    "effect.OperationStamped",
    "no_effect.Untimed",
    "stamp.again",
    "stamp.counts_for_nothing",
    "stamp.higher_than_its_own_time",
    "stamp.lower_than_its_own_time",
    "stamp.of_untimed",
];
