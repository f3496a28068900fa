//! A session's operations on disk, safe against `kill -9`, power loss and failing disks.
//!
//! One directory holds one session:
//!
//! | file | what it is |
//! |---|---|
//! | `session.json` | format version, session name, time of creation, the hub's GUID, the hosted files; replaced whole |
//! | `log-000001.jsonl`, … | the operations, one [`Record`] a line, 16 MiB a segment; also a recording that `fold` reads |
//! | `checkpoint-000000020000.jsonl`, … | records that stand for those up to that number; the newest two are kept |
//! | `lock` | held by the process that has the session open |
//! | `damaged-…` | segments that [`Store::open_salvaging`] set aside |
//!
//! A record is `{"time_offset": …, "absolute_time": …, "payload": {…}, "seq": N, "crc": "xxxxxxxx"}`: what the
//! reference's recorder writes, with a number from 1 without gaps and the CRC-32 of the line without its `crc`
//! member. The first record after a sync also says `"synced": M`, the last record that the disk is known to hold;
//! so a reader can tell a write that a crash cut off (dropped and reported) from damage to what had been
//! acknowledged (refused, see [`OpenError::Corrupt`]).
//!
//! [`Store::append`] only buffers; [`Store::sync`] writes and waits for the disk. Group commit is the caller's:
//! append many, sync once, then acknowledge. After any failure of the disk nothing is acknowledged any more
//! ([`StoreError::Poisoned`]), while everything stays readable.
//!
//! [`Store::checkpoint`] lets fewer records stand for all so far, so that a restart reads those and what came after. What
//! they stand for is kept as history up to a bound, and no longer needed; a checkpoint that fails costs nothing.
//!
//! All calls block. The disk is behind the [`Disk`] trait; [`simulated`] is one that crashes on demand.

mod checkpoint;
mod disk;
mod error;
pub mod limits;
mod line;
mod opening;
mod real;
mod recording;
mod recovery;
mod salvage;
mod session;
pub mod simulated;
mod store;

pub use checkpoint::{Checkpoint, Compaction};
pub use disk::Disk;
pub use error::{Damage, DamageReason, OpenError, StoreError};
pub use line::Record;
pub use real::RealDisk;
pub use recording::{RecordingFile, recording_in};
pub use recovery::{Recovered, TornTail};
pub use salvage::Salvaged;
pub use session::{HostedFile, SessionInfo};
pub use store::{Health, Store};
