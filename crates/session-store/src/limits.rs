//! Every bound of the store.

/// A segment of the log that has reached this size is closed and the next one begun, unless
/// [`crate::Store::close_segments_at`] says otherwise. A larger record stands alone.
pub const SEGMENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The longest payload of one record: a message of the wire (64 MiB) whose text, written again in Python's form, grew at
/// most fourfold (`1e15,` becomes `1000000000000000.0, `).
pub const PAYLOAD_BYTES_MAX: usize = 320 * 1024 * 1024;

/// Appended records are written out, though not synced, when this much waits in memory.
pub const BUFFER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Files named in `session.json`.
pub const HOSTED_FILES_MAX: usize = 1_000;

/// Segments that a checkpoint stands for are kept as history while they are no longer together than this, unless
/// [`crate::Store::keep_history`] says otherwise. The newest are kept longest.
pub const HISTORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
