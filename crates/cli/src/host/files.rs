//! The timelines of the files that a session is opened on.

use crate::failure::Failure;
use crate::runtime;
use crate::source::Source;
use crate::terminal::warn;
use lossless_json::{Object, Value};
use otio_document::{Document, PropertyPath, Reading};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The timelines of one file, ready to be hosted.
pub(crate) struct HostedFile {
    /// The file as the user named it.
    pub(crate) path: String,
    /// Tells the file's content apart from another's.
    pub(crate) fingerprint: String,
    /// Every timeline in it.
    pub(crate) timelines: Vec<Document>,
}

impl HostedFile {
    /// As the store remembers it.
    pub(crate) fn to_store(&self) -> session_store::HostedFile {
        session_store::HostedFile { path: self.path.clone(), fingerprint: self.fingerprint.clone() }
    }
}

/// Reads the files; every object of theirs has a GUID of its own afterwards.
pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<HostedFile>, Failure> {
    let mut files = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut timelines = BTreeSet::new();
    for file in &mut files {
        for timeline in &mut file.timelines {
            give_guids(&file.path, timeline, &mut timelines);
        }
    }
    Ok(files)
}

/// Gives every object a GUID, and another where one stands twice in the timeline; a timeline also where another
/// timeline has its GUID.
fn give_guids(path: &str, timeline: &mut Document, taken: &mut BTreeSet<String>) {
    let report = timeline.ensure_guids(&mut runtime::fresh_guid);
    for twice in report.reminted {
        warn_of_reminted(path, &twice.old, &twice.new);
    }
    let Some(root) = timeline.root() else { return };
    let old = timeline.guid(root).unwrap_or_default().to_owned();
    if taken.insert(old.clone()) {
        return;
    }
    let new = runtime::fresh_guid();
    if let Ok(path_of_guid) = PropertyPath::parse("metadata/sync/guid")
        && timeline.set_property(root, &path_of_guid, new.as_str().into()).is_ok()
    {
        warn_of_reminted(path, &old, &new);
        taken.insert(new);
    }
}

/// Says which GUIDs were changed, so that references to them from elsewhere are no surprise.
fn warn_of_reminted(path: &str, old: &str, new: &str) {
    warn(&format!("{path}: the GUID {old} stands twice; the later object is {new} in this session"));
}

/// Reads a file; says what was repaired, wrapped or left out.
fn read(path: &Path) -> Result<HostedFile, Failure> {
    let source = Source::of_document(path)?;
    let not_otio = |reason: String| Failure::NotOtio { place: source.name.clone(), reason };
    if source.is_recording() {
        let reason =
            "it is a recording; host an empty session and `otio-sync replay` it into that".to_owned();
        return Err(not_otio(reason));
    }
    let document = source.document(Reading::Exact)?;
    let mut timelines = Vec::new();
    for value in timelines_of(&source.name, &document)? {
        let timeline =
            Document::from_value(value, Reading::Exact).map_err(|error| not_otio(error.to_string()))?;
        timelines.push(timeline);
    }
    let fingerprint = fingerprint(&source.bytes);
    Ok(HostedFile { path: source.name, fingerprint, timelines })
}

/// Length and BLAKE3 digest.
fn fingerprint(bytes: &[u8]) -> String {
    format!("{}-{}", bytes.len(), blake3::hash(bytes).to_hex())
}

fn timelines_of(path: &str, document: &Document) -> Result<Vec<Value>, Failure> {
    let root = document.to_value();
    if schema(&root) != "SerializableCollection" {
        return as_timeline(path, root).map(|timeline| vec![timeline]);
    }
    let children = root.get("children").and_then(Value::as_array).unwrap_or_default();
    let (usable, other): (Vec<_>, Vec<_>) = children.iter().cloned().partition(is_usable);
    if usable.is_empty() {
        let found = "a collection without a timeline".to_owned();
        return Err(Failure::NotATimeline { path: path.to_owned(), found });
    }
    for child in &other {
        warn(&format!("{path}: left out {} {:?}, which is no timeline", described(child), name(child)));
    }
    usable.into_iter().map(|child| as_timeline(path, child)).collect()
}

fn is_usable(value: &Value) -> bool {
    matches!(schema(value), "Timeline" | "Stack" | "Track" | "Clip")
}

/// The timeline itself, or a new one around a stack, a track or a clip.
fn as_timeline(path: &str, value: Value) -> Result<Value, Failure> {
    let label = name(&value).to_owned();
    let kind = schema(&value).to_owned();
    let tracks = match kind.as_str() {
        "Timeline" => return Ok(value),
        "Stack" => value,
        "Track" => composition("Stack.1", "tracks", None, value),
        "Clip" => composition("Stack.1", "tracks", None, composition("Track.1", "V1", Some("Video"), value)),
        _ => return Err(Failure::NotATimeline { path: path.to_owned(), found: described(&value) }),
    };
    warn(&format!("{path}: the {kind} {label:?} is hosted inside a new timeline of that name"));
    let mut timeline = Object::new();
    timeline.insert("OTIO_SCHEMA", "Timeline.1");
    timeline.insert("metadata", Object::new());
    timeline.insert("name", label);
    timeline.insert("global_start_time", Value::Null);
    timeline.insert("tracks", tracks);
    Ok(timeline.into())
}

/// A stack or track with one child.
fn composition(schema: &str, name: &str, kind: Option<&str>, child: Value) -> Value {
    let mut object = Object::new();
    object.insert("OTIO_SCHEMA", schema);
    object.insert("metadata", Object::new());
    object.insert("name", name);
    object.insert("source_range", Value::Null);
    object.insert("effects", Vec::<Value>::new());
    object.insert("markers", Vec::<Value>::new());
    object.insert("enabled", true);
    object.insert("children", vec![child]);
    if let Some(kind) = kind {
        object.insert("kind", kind);
    }
    object.into()
}

fn described(value: &Value) -> String {
    match schema(value) {
        "" => "no OTIO object".to_owned(),
        schema => format!("a {schema}"),
    }
}

/// The schema's name without its version.
fn schema(value: &Value) -> &str {
    let label = value.get("OTIO_SCHEMA").and_then(Value::as_str).unwrap_or_default();
    label.rsplit_once('.').map_or(label, |(name, _)| name)
}

fn name(value: &Value) -> &str {
    value.get("name").and_then(Value::as_str).unwrap_or_default()
}
