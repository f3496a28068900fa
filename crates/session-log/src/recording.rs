//! Recordings of sessions, and the state that they lead to.
//!
//! A recording is JSON Lines: one `{"time_offset": …, "absolute_time": …, "payload": <envelope>}` a line, as the
//! reference's recorder writes it. The log that a session of ours keeps on disk has the same shape and reads the same.

mod fold;
mod folded;
mod reader;
mod view;

pub use fold::fold_recording;
pub use folded::Folded;
pub use reader::{BadLine, BadLineReason, Recorded, Recording};
