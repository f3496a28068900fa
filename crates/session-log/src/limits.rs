//! Bounds of a log and of the state it folds to.
//!
//! A bound on what an operation is can be refused on receipt: every peer refuses it alike. A bound on what the
//! state holds is checked at the operation's place in the order, where every peer sees the same state; there the
//! operation has no effect and says so.

/// How far a received stamp may lie ahead of the local wall clock and still be followed, in microseconds.
pub const CLOCK_LEAD_MAX_US: u64 = 5_000_000;

/// A stroke of another peer that is less than this much older than a replacement by an existing peer counts as not
/// seen by it, in microseconds: the longest period in which an application of the reference looks for messages.
pub const UNSEEN_WINDOW_US: u64 = 100_000;

/// Operations in one log.
pub const OPERATIONS_MAX: usize = 4_000_000;

/// Operations, the newest of a log, that are kept as they are read; all others are packed.
pub const UNPACKED_MAX: usize = 1_024;

/// Operations beyond that which wait to be packed together.
pub const PACKED_AT_ONCE: usize = 32;

/// Operations of one run that may wait for a gap below them to be closed.
pub const BEYOND_GAP_MAX: usize = 1_000_000;

/// Timelines in one session.
pub const TIMELINES_MAX: usize = 10_000;

/// Children of one composition, removed ones included.
pub const CHILDREN_MAX: usize = 200_000;

/// Depth of the tree below a timeline.
pub const DEPTH_MAX: usize = 64;

/// Objects in one inserted subtree or timeline.
pub const OBJECTS_MAX: usize = 1_000_000;

/// Commands on one annotation clip.
pub const COMMANDS_MAX: usize = 100_000;

/// Users with a role of their own.
pub const ROLES_MAX: usize = 10_000;

/// Bytes in the name of a peer, a run, an object, a user.
pub const NAME_BYTES_MAX: usize = 512;

/// Operations that one operation may undo.
pub const UNDO_OF_MAX: usize = 10_000;

/// Gaps in the numbers of settled runs that a state remembers.
pub const SETTLED_GAPS_MAX: usize = 10_000;

/// Settled operations of its own author that a log keeps.
pub const SETTLED_KEPT_MAX: usize = 5_000;

/// Runs whose numbers a settled state remembers; what a checkpoint may ask for at most.
pub const RUNS_REMEMBERED_MAX: usize = 10_000;

/// Bytes of one piece of a settled state; in Base64 it fits a datagram.
pub const STATE_PIECE_BYTES: usize = 32 << 10;

/// Bytes of a settled state, packed: as one piece in Base64 it still fits a message.
pub const STATE_PACKED_BYTES_MAX: usize = 45 << 20;

/// Bytes of the operations in one packed part, as text. Larger ones come unpacked: a small message never becomes a large
/// one.
pub const OPERATIONS_TEXT_BYTES_MAX: usize = 2 << 20;

/// Bytes of text that a byte of packed operations may stand for, Base64 counted: what they cost is in proportion to what was
/// sent. Operations that are packed tighter come unpacked.
pub const OPERATIONS_PACKED_RATIO_MAX: usize = 64;

/// Bytes of a settled state as text.
pub const STATE_TEXT_BYTES_MAX: usize = 256 << 20;

/// Settled operations of existing peers that a state knows by name; beyond that the earliest checkpoints are forgotten.
pub const SETTLED_EXISTING_MAX: usize = 30_000;
