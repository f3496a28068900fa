//! Everything that can be wrong with a document or an edit.

use lossless_json::{ParseError, TextPosition};

/// A place, where it is known, before what is said about it.
fn before(position: Option<&TextPosition>, separator: &str) -> String {
    position.map_or_else(String::new, |position| format!("{position}{separator}"))
}

/// Why a document could not be read. Where opentimelineio refuses too, Python has an `UnsupportedSchemaError` for versions
/// and a `ValueError` for most else.
///
/// ```
/// use otio_document::{Document, ReadError, Reading, RefusalReason};
///
/// let refused = Document::read(br#"{"OTIO_SCHEMA":"Marker.9"}"#, Reading::LikeOpentimelineio).map(|_| ());
/// let Err(ReadError::Refused { path, reason, .. }) = refused else { return };
/// assert_eq!(path, "$");
/// assert!(matches!(reason, RefusalReason::UnsupportedVersion { version: 9, known: 2, .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] ParseError),
    /// The value is no OTIO object.
    #[error("found {found}, expected an OTIO object, that is, one with an OTIO_SCHEMA")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// The value is nested too deeply to become part of a document: levels of nodes, or of lists and objects in a field.
    #[error("nested {depth} levels deep, the limit for a document that is edited is {depth_max}")]
    TooDeep {
        /// Its depth in levels.
        depth: usize,
        /// The most levels that are allowed.
        depth_max: usize,
    },
    /// opentimelineio refuses the document.
    #[error("{}opentimelineio refuses {path}: {reason}", before(position.as_ref(), ": "))]
    Refused {
        /// The JSON path of the object that is refused.
        path: String,
        /// Where it stands in the text, or the deepest value around it that does; none where no text was read.
        position: Option<TextPosition>,
        /// Why.
        reason: RefusalReason,
    },
}

/// Why opentimelineio refuses an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalReason {
    /// A version above the newest that it knows.
    #[error("unsupported schema version: {schema}.{version}, the newest known is {schema}.{known}")]
    UnsupportedVersion {
        /// The name of the schema.
        schema: String,
        /// The version that stands there.
        version: i32,
        /// The newest version that opentimelineio 0.18.1 knows.
        known: i32,
    },
    /// An `OTIO_SCHEMA` that is no name and version. What stands there.
    #[error("malformed schema {0:?}, expected a name, a point and a version")]
    MalformedSchema(String),
    /// A key is missing.
    #[error("{schema} lacks the required key {key:?}")]
    MissingField {
        /// The schema of the object.
        schema: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value of the wrong type.
    #[error("type mismatch: found {found}, expected {expected}")]
    WrongType {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// An `OTIO_REF_ID` that stands at two objects. The id, as in the next ones.
    #[error("the reference id {0:?} stands at two objects")]
    DuplicateReference(String),
    /// A reference to an object that is not there, or one that is not inside an object itself.
    #[error("a reference to {0:?}, which is the OTIO_REF_ID of no object here")]
    UnresolvedReference(String),
    /// An object that would contain itself.
    #[error("the object with the reference id {0:?} contains a reference to itself")]
    ReferenceCycle(String),
    /// An item that stands in two compositions, or twice in one.
    #[error("the item with the reference id {0:?} stands in a composition already")]
    ReferenceToChild(String),
    /// More than is followed.
    #[error("the references of this document stand for too many values or for values nested too deeply")]
    ReferencesTooLarge,
}

/// Something about a document that was kept or repaired, and that its owner may want to know. OTIO has none: it refuses, or
/// says nothing.
///
/// ```
/// use otio_document::{Document, Reading, WarningReason};
///
/// let document = Document::read(br#"{"OTIO_SCHEMA":"Clip.2","enabled":"yes"}"#, Reading::Exact)?;
/// let wrong = document.warnings().iter().find(|warning| warning.path == "$.enabled").ok_or("a warning")?;
/// assert!(matches!(wrong.reason, WarningReason::WrongType { .. }));
/// assert!(wrong.to_string().starts_with("line 1, column 35, $.enabled: "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{path}: {reason}", before(position.as_ref(), ", "))]
pub struct Warning {
    /// The JSON path.
    pub path: String,
    /// Where it stands in the text, or the deepest value around it that does: what is missing has the place of its
    /// object. None where no text was read.
    pub position: Option<TextPosition>,
    /// What was found and done.
    pub reason: WarningReason,
}

/// What was found, and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WarningReason {
    /// A required key was missing. The key.
    #[error("the required key {0:?} is missing; its default was put in")]
    Repaired(&'static str),
    /// `null` stood where a value is required. The key.
    #[error("the key {0:?} holds null; its default was put in")]
    NullRepaired(&'static str),
    /// A schema version above the known ones.
    #[error("{schema} is newer than {known}; kept as it is, but opentimelineio 0.18.1 refuses it")]
    NewerVersion {
        /// The schema as it is written.
        schema: String,
        /// The newest version that is known.
        known: i32,
    },
    /// An `OTIO_SCHEMA` that is no name and version.
    #[error("malformed OTIO_SCHEMA; kept as it is, but opentimelineio refuses it")]
    MalformedSchema,
    /// A value of the wrong type.
    #[error("found {found}, expected {expected}; kept as it is, but opentimelineio refuses it")]
    WrongType {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// References between objects that cannot be followed, and why.
    #[error("{0}; all references by id are kept as they are")]
    ReferencesKept(RefusalReason),
    /// A key that stood twice in one object.
    #[error("the key stands twice in its object; the first one was kept")]
    DuplicateKey,
    /// There were more warnings than are kept.
    #[error("more warnings were left out")]
    More,
}

/// Why an edit was refused; the document is as it was. In Python: `AttributeError`, `TypeError`, `IndexError`, or a
/// `ValueError` (`child already has a parent`); some of it Python allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// No object has this handle.
    #[error("the object is not in this document")]
    UnknownNode,
    /// The object has no such attribute; attributes cannot be added, use `metadata/…`.
    #[error("{schema} has no attribute {attribute:?}; use metadata/… for fields of your own")]
    UnknownAttribute {
        /// The schema of the object.
        schema: String,
        /// The attribute.
        attribute: String,
    },
    /// The children of an object are changed by inserting and detaching.
    #[error("{attribute:?} holds the children; insert, move or remove them")]
    Structure {
        /// The attribute.
        attribute: String,
    },
    /// All metadata at once, which holds the GUID; opentimelineio has no setter for it either.
    #[error("metadata cannot be set as a whole; set the keys below it, as metadata/…")]
    WholeMetadata,
    /// The schema of an object, apart from the object.
    #[error("{path} would make an object of a dictionary; set the whole object, with its OTIO_SCHEMA")]
    SchemaKey {
        /// The path.
        path: String,
    },
    /// A path leads through something that is no dictionary.
    #[error("{path} leads through {found}, expected a dictionary at {at:?}")]
    NotADictionary {
        /// The path.
        path: String,
        /// The key that holds no dictionary.
        at: String,
        /// What it holds.
        found: &'static str,
    },
    /// The value does not suit the attribute.
    #[error("{attribute:?} takes {expected}, found {found}")]
    WrongType {
        /// The attribute.
        attribute: String,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// The value, or the tree with it, is nested too deeply: levels of lists and objects, or of nodes.
    #[error("nested {depth} levels deep, the limit is {depth_max}")]
    TooDeep {
        /// The levels that there would be.
        depth: usize,
        /// The limit.
        depth_max: usize,
    },
    /// The parent takes no children: it is no composition, or something else stands where its list belongs.
    #[error("{schema} takes no children, only a Stack, a Track or a Composition does")]
    NotAComposition {
        /// The schema of the parent.
        schema: String,
    },
    /// The child cannot stand in a composition: it is no OTIO `Composable`.
    #[error("{schema} cannot stand in a Stack or a Track")]
    NotComposable {
        /// The schema of the child.
        schema: String,
    },
    /// The child has a parent already, or is the root.
    #[error("the object has its place in the tree already; detach it first")]
    NotDetached,
    /// The child would contain itself.
    #[error("an object cannot stand inside itself")]
    Cycle,
    /// The place does not exist.
    #[error("index {index} is beyond the {len} children")]
    IndexOutOfRange {
        /// The index, counted from 0.
        index: usize,
        /// How many children there are; when inserting, also the last index that would do.
        len: usize,
    },
}

/// Why a text is no [`PropertyPath`](crate::PropertyPath). OTIO has no such paths.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Nothing.
    #[error("the property path is empty; name an attribute or metadata/…")]
    Empty,
    /// Too many bytes.
    #[error("the property path has {bytes} bytes, the limit is {}", crate::PropertyPath::BYTES_MAX)]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// Too many keys.
    #[error("the property path has {keys} keys, the limit is {}", crate::PropertyPath::KEYS_MAX)]
    TooDeep {
        /// How many.
        keys: usize,
    },
}
