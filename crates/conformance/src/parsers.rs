//! What must hold of every parser for any bytes: no panic, no hang, and what was read survives being written.
//!
//! The fuzz targets of `fuzz/` call these, and a test feeds them seeded mutations, so that they run everywhere.

#![expect(clippy::missing_panics_doc, reason = "a broken law panics, which is what each of these is for")]

mod address;
mod annotations;
mod envelope_json;
mod hosted;
mod join_command;
mod json_text;
mod otio_bundle;
mod otio_json;
mod peer_messages;
mod recording_line;
mod store_record;

pub use address::address;
pub use annotations::annotations;
pub use envelope_json::envelope_json;
pub use join_command::join_command;
pub use json_text::json_text;
pub use otio_bundle::otio_bundle;
pub use otio_json::otio_json;
pub use peer_messages::peer_messages;
pub use recording_line::recording_line;
pub use store_record::store_record;
