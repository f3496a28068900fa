//! Every bound and every constant of time, in one place.
//!
//! The reference's constants are those of legacy-protocol §0.4; ours are DESIGN §13.

/// One second in microseconds.
pub const SECOND_US: u64 = 1_000_000;

/// How long an unanswered `WHO_IS_MASTER` may stay before a peer that may host does so.
pub const DISCOVERY_TIMEOUT_US: u64 = 2 * SECOND_US;
/// How often discovery repeats its questions.
pub const DISCOVERY_INTERVAL_US: u64 = SECOND_US / 2;
/// How long a peer of ours is waited for once an existing peer claims mastership.
pub const EXISTING_MASTER_GRACE_US: u64 = 300_000;
/// How long a `STATE_REQUEST` may stay unanswered.
pub const STATE_REQUEST_TIMEOUT_US: u64 = 5 * SECOND_US;
/// How long a joiner waits for somebody to compare itself with before it says that there is nobody.
pub const JOIN_CONFIRMATION_US: u64 = 15 * SECOND_US;
/// How long an `OPERATIONS_REQUEST` may go without a part of its answer.
pub const OPERATIONS_TIMEOUT_US: u64 = SECOND_US;
/// The shortest time between two `OPERATIONS_REQUEST`s to one peer when nothing urges.
pub const OPERATIONS_REQUEST_INTERVAL_US: u64 = SECOND_US / 5;
/// How long after a gap a peer of ours is waited for before an existing master is asked for its state again.
pub const RECOVERY_GRACE_US: u64 = SECOND_US + SECOND_US / 2;
/// Our heartbeat.
pub const HEARTBEAT_INTERVAL_US: u64 = SECOND_US;
/// A peer of ours that is silent for longer counts as gone.
pub const OWN_LIVENESS_US: u64 = 3 * SECOND_US;
/// The reference's announcement interval.
pub const ANNOUNCE_INTERVAL_US: u64 = 5 * SECOND_US;
/// A roster entry that is silent for longer is dropped.
pub const ROSTER_LIVENESS_US: u64 = 15 * SECOND_US;
/// Answers to `WHO_IS_MASTER` a second and peer; OpenRV asks every 33 ms.
pub const MASTERSHIP_ANSWERS_PER_SECOND: u32 = 10;
/// How far ahead of local time a received stamp may be and still count.
pub const STAMP_AHEAD_MAX_US: u64 = 5 * SECOND_US;
/// How far the time of an existing peer's operation may lie from the time of its receipt and still be its place.
pub const EXISTING_CLOCK_AWAY_MAX_US: u64 = 5 * SECOND_US;
/// Operations of existing peers that are kept in mind until they are stamped.
pub const UNSTAMPED_MAX: usize = 10_000;
/// Their size in bytes of JSON.
pub const UNSTAMPED_BYTES_MAX: usize = 64 << 20;
/// How long each of them is.
pub const UNSTAMPED_KEPT_US: u64 = 60 * SECOND_US;
/// Operations that a steward before left, which the next one stamps at once.
pub const UNSTAMPED_AT_ONCE: usize = 1_000;
/// Warnings of one kind are repeated no faster.
pub const WARNING_INTERVAL_US: u64 = 5 * SECOND_US;

/// Live operations a second that one source may send for long, where nothing slows its connection down.
pub const LIVE_OPERATIONS_PER_SECOND: u32 = 500;
/// Live operations that one source may send at once.
pub const LIVE_OPERATIONS_BURST: u32 = 5_000;
/// How often an existing peer may have given one role to one user in turn with others and be told apart.
pub const OCCURRENCES_MAX: u64 = 10_000;
/// An operation that comes late counts as one more for each so many that are done again for it.
pub const REDONE_PER_OPERATION: usize = 16;
/// Operations of its own a second that a peer may hand over for long when it is asked for them.
pub const FETCHED_OPERATIONS_PER_SECOND: u32 = 2_000;
/// Operations of its own that a peer may hand over at once.
pub const FETCHED_OPERATIONS_BURST: u32 = 50_000;
/// Sources with a budget of their own.
pub const BUDGETS_MAX: usize = 256;
/// Parts of one answer to `OPERATIONS_REQUEST`.
pub const OPERATIONS_PARTS_MAX: u64 = 65_536;
/// How long an answer may take in all for a participant that is in the session; other peers wait to be asked meanwhile.
pub const OPERATIONS_ANSWER_TIME_MAX_US: u64 = 60 * SECOND_US;
/// How long a peer that is heard and does not answer is not asked again: others get their turn at their next heartbeat,
/// and where it was the network, all still agree in time once that heals.
pub const UNANSWERED_HOLD_OFF_US: u64 = HEARTBEAT_INTERVAL_US;
/// Answers to `OPERATIONS_REQUEST` a second to all together of whom nobody knows that they are who they say.
pub const OPERATIONS_ANSWERS_TO_ALL_PER_SECOND: u32 = 32;
/// How long a peer is not asked again after it offered operations stamped ahead of the time here.
pub const CLOCK_HOLD_OFF_US: u64 = 10 * SECOND_US;
/// The shortest time between two comparisons of everything that is held, after an alarm of divergence.
pub const RESYNC_INTERVAL_US: u64 = 30 * SECOND_US;

/// Messages held back while a snapshot is on its way.
pub const JOIN_BUFFER_MESSAGES_MAX: usize = 20_000;
/// Their size in bytes of JSON.
pub const JOIN_BUFFER_BYTES_MAX: usize = 64 << 20;
/// The longest operation as this program writes it: its text may be longer than what came, and a joiner must still be able
/// to receive it in an answer, and a restarted hub to read it back.
pub const OPERATION_BYTES_MAX: usize = session_wire::limits::MESSAGE_BYTES_MAX - (1 << 20);
/// Envelopes' bytes in one `OPERATIONS` part, at least one envelope a part.
pub const OPERATIONS_PART_BYTES_MAX: usize = 1 << 20;
/// Envelopes' bytes from which such a part is packed.
pub const OPERATIONS_PACKED_FROM_BYTES: usize = 16 << 10;
/// Operations in a log before a master shortens it.
pub const CHECKPOINT_AFTER: usize = 20_000;
/// The latest operations that stay, so that they can be taken back.
pub const CHECKPOINT_KEEPS: usize = 10_000;
/// How long a peer of ours that fell silent without leaving is waited for before a log is shortened.
pub const CHECKPOINT_PATIENCE_US: u64 = 60 * SECOND_US;
/// Runs that a settled state remembers. An author that made something before that many others did, and was away since, may
/// not be told whether all of it came.
pub const CHECKPOINT_REMEMBERS: u64 = 1_000;
/// Runs that a process knows to have been its own. Another one begins at most with each checkpoint.
pub const RUNS_BEFORE_MAX: usize = 64;
/// How long ago an operation of an existing peer was made that no other one is expected to come in before.
pub const EXISTING_SETTLED_US: u64 = 30 * SECOND_US;
/// How long a peer of ours that fell silent without leaving counts where it is asked whether most are here.
pub const VANISHED_US: u64 = 3_600 * SECOND_US;
/// Answers to `OPERATIONS_REQUEST` a second and requester.
pub const OPERATIONS_ANSWERS_PER_SECOND: u32 = 8;
/// Answers to `STATE_REQUEST` a second and requester. An existing peer that hears two answers to `WHO_IS_MASTER` at once asks
/// twice, and a second snapshot would take away what it had applied after the first.
pub const SNAPSHOTS_PER_SECOND: u32 = 1;
/// Participants in the roster.
pub const ROSTER_MAX: usize = 4_096;
/// Peers of ours that are kept track of.
pub const OWN_PEERS_MAX: usize = 4_096;
/// Capabilities of one participant, and the length of each text about one.
pub const CAPABILITIES_MAX: usize = 32;
/// Bytes of a name, an application or another text about a participant.
pub const IDENTITY_TEXT_MAX: usize = 256;
/// Fields of view state beyond the known ones.
pub const VIEW_EXTRAS_MAX: usize = 64;
/// Timelines of which it is remembered when playback named them.
pub const VIEW_TIMELINES_MAX: usize = 1_024;
/// Transactions that a participant can take back.
pub const UNDO_MAX: usize = 1_000;
/// Outputs waiting to be polled before warnings are dropped; durable outputs are never dropped.
pub const OUTPUT_MAX: usize = 100_000;
/// Children of an inserted object that travel one by one so that existing peers can address them.
pub const UNPACKED_CHILDREN_MAX: usize = 1_000;
/// Bytes of a note.
pub const NOTE_BYTES_MAX: usize = 64 << 10;
/// Bytes of a timeline's name.
pub const NAME_BYTES_MAX: usize = 64 << 10;

/// How long an existing peer that announces nothing may be silent and still be looked after.
pub const EXISTING_SILENCE_US: u64 = 900 * SECOND_US;
/// The silence of an existing peer that announces itself every five seconds after which it may have missed something.
pub const ANNOUNCE_GAP_US: u64 = ANNOUNCE_INTERVAL_US * 3 / 2;
/// How long after an existing peer was first heard it is tried whether it is in a session of its own.
pub const STRANGER_PATIENCE_US: u64 = 3 * SECOND_US;
/// How far apart two messages may be that reach existing peers in different orders (convergence §4.7).
pub const SETTLE_WINDOW_US: u64 = 750_000;
/// How long existing peers may have been without a steward when another one takes over: it fell silent, and was repairing.
pub const UNATTENDED_US: u64 = 3 * OWN_LIVENESS_US;
/// How long an object is left alone before the steward looks at it.
pub const REPAIR_QUIET_US: u64 = SECOND_US / 4;
/// How long after a repair that may be lost it is sent again; each time after twice as long.
pub const REPAIR_AGAIN_US: u64 = SECOND_US;
/// How often something is put right where messages get lost.
pub const REPAIR_PASSES: u32 = 5;
/// The same for a repair where they may, and nobody noticed.
pub const REPAIR_PASSES_UNNOTICED: u32 = 3;
/// Existing peers that a heartbeat names.
pub const HEARD_MAX: usize = 64;
/// For how long after a message got lost others are taken to get lost as well.
pub const LOSSES_REMEMBERED_US: u64 = 60 * SECOND_US;
/// How long everybody leaves a session alone in which messages got lost before existing peers are given the state; each time
/// after twice as long.
pub const STATE_AGAIN_US: u64 = 2 * SECOND_US;
/// How often they are given it.
pub const STATE_AGAIN_PASSES: u32 = 3;
/// Messages a second that put existing peers right.
pub const REPAIRS_PER_SECOND: usize = 500;
/// Repairs of one object within [`REPAIR_STORM_US`] before it is left alone for a while: more than where many edit one track at once.
pub const REPAIRS_OF_ONE_MAX: u32 = 12;
/// See [`REPAIRS_OF_ONE_MAX`].
pub const REPAIR_STORM_US: u64 = 10 * SECOND_US;
/// The longest time that an object is left alone that somebody changes back each time.
pub const REPAIR_REST_MAX_US: u64 = 60 * SECOND_US;
/// Steps that put a list of children right, or a third of its length, beyond which the timeline is sent whole.
pub const REPAIR_STEPS_MAX: usize = 100;
/// How many times a child is assumed to stand in a list at most, where nobody can tell.
pub const MEMBER_TIMES_MAX: usize = 4;
/// Touches within a settle window that are remembered.
pub const TRACES_MAX: usize = 16_384;
/// Objects of one insertion that are remembered one by one.
pub const INSERTED_TOUCHES_MAX: usize = 1_000;
/// Operations that were done again which are looked at one by one; beyond, whole timelines are.
pub const LOOKED_AT_AGAIN_MAX: usize = 1_000;
/// How often the steward says to existing peers that it is master where another one is.
pub const MASTERSHIP_CLAIM_INTERVAL_US: u64 = 30 * SECOND_US;
/// Other sessions on one network that an onlooker tells apart.
pub const OTHER_SESSIONS_MAX: usize = 64;
/// How far a peer's clock may be ahead before an onlooker tells it.
pub const CLOCK_AHEAD_TOLD_US: u64 = SECOND_US / 2;
/// How far it may be behind: a message that was on its way for long looks the same.
pub const CLOCK_BEHIND_TOLD_US: u64 = SECOND_US;
