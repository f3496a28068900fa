//! Names that every peer derives alike.

use std::fmt::Display;

use otio_document::PropertyPath;
use uuid::Uuid;

/// The GUID of an object that came without one: `uuid5(NAMESPACE_OID, "<origin>:<index>")`, where the origin names
/// the operation or base that brought it and the index counts its subtree in pre-order from 0.
pub(crate) fn derived_guid(origin: &dyn Display, index: usize) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{origin}:{index}").as_bytes()).hyphenated().to_string()
}

/// Where an object keeps its GUID.
#[expect(clippy::expect_used, reason = "the path is a constant")]
pub(crate) fn guid_path() -> PropertyPath {
    PropertyPath::parse("metadata/sync/guid").expect("a constant path is well formed")
}
