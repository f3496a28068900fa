//! What must hold of every parser for any bytes: no panic, no hang, and what was read survives being written.
//!
//! The fuzz targets of `fuzz/` call these, and a test feeds them seeded mutations, so that they run everywhere.

mod address;
mod envelope_json;
mod json_text;
mod store_record;

pub use address::address;
pub use envelope_json::envelope_json;
pub use json_text::json_text;
pub use store_record::store_record;
