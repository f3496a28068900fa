//! Random operations of every kind over a few names, so that they meet.

use std::collections::BTreeSet;

use lossless_json::{Object, Value};
use proptest::prelude::*;
use session_log::{Base, Operation, SessionLog};
use session_wire::{
    AddTimeline, Anchor, Envelope, InsertChild, Message, MoveChild, OperationFields, OperationStamp,
    RemoveChild, RemoveTimeline, RenameTimeline, ReplaceAnnotationCommands, ReplaceTimeline, SetPeerRole,
    SetProperty, StateSnapshot,
};

use super::{json, operation};

/// A base and operations, in the order in which they were drawn.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) base: Option<Base>,
    pub(crate) operations: Vec<Operation>,
}

/// One line an operation, as on the wire.
impl std::fmt::Debug for Plan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "base: {}", self.base.is_some())?;
        for operation in &self.operations {
            writeln!(out, "{} {}", operation.stamp().hlc_us, operation.envelope().encode())?;
        }
        Ok(())
    }
}

impl Plan {
    pub(crate) fn empty_log(&self) -> SessionLog {
        let mut log = SessionLog::new();
        if let Some(base) = self.base.clone() {
            log.adopt_base(base);
        }
        log
    }

    /// Names that come nested in inserted subtrees, and may stand twice until one of them is removed.
    pub(crate) fn nested_guids() -> BTreeSet<String> {
        ["c0", "c1", "c2", "n0"].into_iter().map(str::to_owned).collect()
    }
}

fn range(start: i64) -> String {
    format!(
        r#"{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":1.0}},"start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":{start}.0}}}}"#
    )
}

pub(crate) fn clip(guid: &str) -> Value {
    json(&format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"sync":{{"guid":"{guid}"}},"a":{{"b":1}}}},"name":"{guid}","source_range":null,"effects":[],"markers":[],"enabled":true,"color":null,"media_references":{{}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#
    ))
}

fn nameless_clip() -> Value {
    json(
        r#"{"OTIO_SCHEMA":"Clip.2","metadata":{},"name":"nameless","media_references":{},"active_media_reference_key":"DEFAULT_MEDIA"}"#,
    )
}

pub(crate) fn stroke(uuid: &str) -> Value {
    json(&format!(r#"{{"OTIO_SCHEMA":"PaintStart.1","uuid":"{uuid}","rgba":[1.0,0.5,0.0,1.0]}}"#))
}

pub(crate) fn annotation(
    guid: &str,
    clip_guid: &str,
    frame: i64,
    strokes: &[&str],
    note: Option<&str>,
) -> Value {
    let strokes: Vec<Value> = strokes.iter().map(|uuid| stroke(uuid)).collect();
    let mut object = json(&format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"sync":{{"guid":"{guid}"}},"clip_guid":"{clip_guid}"}},"name":"Annotation_{frame}","source_range":{},"media_references":{{}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#,
        range(frame)
    ));
    let metadata = object.as_object_mut().unwrap().get_mut("metadata").unwrap().as_object_mut().unwrap();
    metadata.insert("annotation_commands", strokes);
    if let Some(note) = note {
        metadata.insert("note", note);
    }
    object
}

pub(crate) fn track(guid: &str, children: Vec<Value>) -> Value {
    let mut track = json(&format!(
        r#"{{"OTIO_SCHEMA":"Track.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","kind":"Video","children":[]}}"#
    ));
    track.as_object_mut().unwrap().insert("children", children);
    track
}

pub(crate) fn timeline(guid: &str, tracks: Vec<Value>, clip: Option<&str>) -> Value {
    let mut timeline = json(&format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}},"display_settings":{{"zoom":1.0}}}},"name":"{guid}","global_start_time":null,"tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-stack"}}}},"name":"tracks","children":[]}}}}"#
    ));
    let object = timeline.as_object_mut().unwrap();
    object.get_mut("tracks").unwrap().as_object_mut().unwrap().insert("children", tracks);
    if let Some(clip) = clip {
        object.get_mut("metadata").unwrap().as_object_mut().unwrap().insert("clip_timeline_for", clip);
    }
    timeline
}

fn sequence(guid: &str, children: &[&str]) -> Value {
    let media = track(&format!("{guid}-v"), children.iter().map(|guid| clip(guid)).collect());
    timeline(guid, vec![media, track(&format!("{guid}-a"), Vec::new())], None)
}

fn clip_timeline(guid: &str, of: &str) -> Value {
    timeline(
        guid,
        vec![track(&format!("{guid}-v"), vec![clip(of)]), track(&format!("{guid}-a"), Vec::new())],
        Some(of),
    )
}

pub(crate) fn base_snapshot(timestamp: f64) -> StateSnapshot {
    let timelines: Object = [
        ("k1", clip_timeline("k1", "c1")),
        ("t", sequence("t", &["c0", "c1", "c2", "c3"])),
        ("u", sequence("u", &["c2", "c4"])),
    ]
    .into_iter()
    .collect();
    StateSnapshot::new("me", timelines, None, timestamp)
}

pub(crate) fn base(timestamp: f64) -> Base {
    Base::from_snapshot(&base_snapshot(timestamp))
}

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(names).prop_map(str::to_owned)
}

fn clips() -> impl Strategy<Value = String> {
    pick(&["c0", "c1", "c2", "c3", "c4", "n0", "n1"])
}

fn parents() -> impl Strategy<Value = String> {
    pick(&[
        "t-v", "t-v", "t-v", "t-a", "t-a", "u-v", "t-stack", "k1-v", "k1-a", "nested", "nobody", "t", "c0",
    ])
}

fn annotations() -> impl Strategy<Value = String> {
    pick(&["x0", "x1", "x2", "x3"])
}

fn objects() -> impl Strategy<Value = String> {
    prop_oneof![clips(), parents(), annotations()]
}

fn strokes() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(&["s0", "s1", "s2", "s3", "s4", ""][..]), 0..4)
}

fn child() -> impl Strategy<Value = Value> {
    let note = prop::option::of(prop::sample::select(&["hm", "yes"][..]));
    let drawn = (annotations(), pick(&["c0", "c1"]), 0i64..2, strokes(), note)
        .prop_map(|(guid, clip, frame, strokes, note)| annotation(&guid, &clip, frame, &strokes, note));
    let nested = prop::collection::vec(pick(&["c0", "c1", "c2", "n0"]), 0..3).prop_map(|guids| {
        track("nested", guids.iter().map(|guid| clip(guid)).chain([nameless_clip()]).collect())
    });
    prop_oneof![
        4 => clips().prop_map(|guid| clip(&guid)),
        6 => drawn,
        1 => nested,
        1 => Just(nameless_clip()),
        1 => Just(json("{}")),
        1 => Just(json(r#"{"OTIO_SCHEMA":"Timeline.1","tracks":{"OTIO_SCHEMA":"Stack.1","children":[]}}"#)),
    ]
}

fn property() -> impl Strategy<Value = Message> {
    let path = pick(&[
        "name",
        "enabled",
        "kind",
        "source_range",
        "nothing",
        "children",
        "tracks",
        "metadata",
        "metadata/a",
        "metadata/a/b",
        "metadata/a/b/c",
        "metadata/x/y/z",
        "metadata/x/y",
        "metadata/note",
        "metadata/sync/guid",
        "metadata/sync/origin",
        "metadata/annotation_commands",
        "metadata/clip_guid",
        "metadata//",
        "",
    ]);
    let value = prop::sample::select(
        &[
            "1",
            "1.0",
            "\"w\"",
            "true",
            "null",
            "{}",
            "{\"b\":{\"c\":2}}",
            "NaN",
            "[]",
            "170141183460469231731687303715884105728",
        ][..],
    );
    (objects(), path, value)
        .prop_map(|(target, path, value)| SetProperty::new(target, path, json(value), 0.0).into())
}

fn message() -> impl Strategy<Value = Message> {
    let index = -6i64..9;
    let timelines = || pick(&["t", "u", "k1", "k0", "new", "gone", ""]);
    let body = || {
        (pick(&["c0", "c1"]), any::<u8>()).prop_map(|(of, which)| match which % 5 {
        0 => clip_timeline("k0", "c0"),
        1 => clip_timeline("k1", &of),
        2 => sequence("t", &["c3", "c1", "n0"]),
        3 => json(r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{},"tracks":{"OTIO_SCHEMA":"Stack.1","children":[{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[]}]}}"#),
        _ => json(r#"{"OTIO_SCHEMA":"Clip.2"}"#),
    })
    };
    prop_oneof![
        8 => property(),
        8 => (parents(), index.clone(), child()).prop_map(|(parent, index, child)| InsertChild::new(parent, index, child, 0.0).into()),
        6 => (parents(), objects(), index).prop_map(|(parent, child, index)| MoveChild::new(parent, child, index, 0.0).into()),
        5 => (parents(), objects()).prop_map(|(parent, child)| RemoveChild::new(parent, child, 0.0).into()),
        4 => (annotations(), strokes()).prop_map(|(guid, strokes)| {
            let commands = strokes.into_iter().map(stroke).collect();
            ReplaceAnnotationCommands::new(guid, commands, 0.0).into()
        }),
        1 => (timelines(), body()).prop_map(|(guid, body)| AddTimeline::new(guid, body, 0.0).into()),
        1 => (timelines(), pick(&["one", "two", ""])).prop_map(|(guid, name)| RenameTimeline::new(guid, name, 0.0).into()),
        1 => timelines().prop_map(|guid| RemoveTimeline::new(guid, 0.0).into()),
        1 => (timelines(), body()).prop_map(|(guid, body)| ReplaceTimeline::new(guid, body, 0.0).into()),
        1 => (pick(&["bob", "eve", ""]), pick(&["viewer", "reviewer", "Driver", "?"])).prop_map(|(user, role)| SetPeerRole::new(user, role).into()),
        1 => (pick(&["own-b", "old-a"]), pick(&["viewer", "reviewer", "driver"])).prop_map(|(guid, role)| SetPeerRole::of_peer(guid, role).into()),
    ]
}

/// Three clips that come, go and change places in one track.
fn in_one_track() -> impl Strategy<Value = Message> {
    let some = || pick(&["c0", "c1", "c2"]);
    prop_oneof![
        3 => (some(), -2i64..4).prop_map(|(guid, index)| InsertChild::new("t-v", index, clip(&guid), 0.0).into()),
        3 => (some(), -2i64..4).prop_map(|(guid, index)| MoveChild::new("t-v", guid, index, 0.0).into()),
        4 => some().prop_map(|guid| RemoveChild::new("t-v", guid, 0.0).into()),
        1 => some().prop_map(|guid| SetProperty::new(guid, "name", "x".into(), 0.0).into()),
    ]
}

/// Annotation clips of one frame, while their timeline is replaced under them.
fn on_one_frame() -> impl Strategy<Value = Message> {
    let some = || pick(&["x0", "x1", "x2"]);
    let note = || prop::option::of(Just("hm"));
    let drawn = (some(), strokes(), note())
        .prop_map(|(guid, strokes, note)| annotation(&guid, "c0", 0, &strokes, note));
    let body = (some(), strokes()).prop_map(|(guid, strokes)| {
        timeline("t", vec![track("t-a", vec![annotation(&guid, "c0", 0, &strokes, None)])], None)
    });
    prop_oneof![
        6 => drawn.prop_map(|child| InsertChild::new("t-a", -1, child, 0.0).into()),
        4 => some().prop_map(|guid| RemoveChild::new("t-a", guid, 0.0).into()),
        4 => (some(), strokes()).prop_map(|(guid, strokes)| {
            ReplaceAnnotationCommands::new(guid, strokes.into_iter().map(stroke).collect(), 0.0).into()
        }),
        2 => some().prop_map(|guid| SetProperty::new(guid, "metadata/note", "set".into(), 0.0).into()),
        2 => body.prop_map(|body| ReplaceTimeline::new("t", body, 0.0).into()),
        1 => Just(RemoveTimeline::new("t", 0.0).into()),
    ]
}

fn anchor(objects: impl Strategy<Value = String>) -> impl Strategy<Value = Option<Anchor>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(Anchor::EDGE)),
        4 => objects.prop_map(|guid| Some(Anchor::beside(guid))),
    ]
}

#[derive(Clone, Debug)]
struct Draft {
    message: Message,
    source: &'static str,
    tenths: u64,
    anchors: (Option<Anchor>, Option<Anchor>),
    seen: Option<[u64; 2]>,
    undoes: bool,
    repairs: bool,
    stamping: Stamping,
}

/// What a draft has to do with stamps.
#[derive(Clone, Copy, Debug)]
enum Stamping {
    /// Nothing.
    None,
    /// Ours: it stamps that one of existing peers instead.
    Stamps(usize),
    /// An existing peer's: without a usable time.
    Untimed,
    /// An existing peer's: nobody has it but by its stamps.
    Lost,
}

fn draft(
    message: impl Strategy<Value = Message>,
    neighbours: fn() -> BoxedStrategy<String>,
    undoes: f64,
) -> impl Strategy<Value = Draft> {
    let source = prop::sample::select(&["own-a", "own-b", "old-a", "old-b"][..]);
    let seen = prop::option::of([0u64..8, 0u64..8]);
    let anchors = (anchor(neighbours()), anchor(neighbours()));
    let stamping = prop_oneof![
        4 => Just(Stamping::None),
        3 => (0usize..40).prop_map(Stamping::Stamps),
        1 => Just(Stamping::Untimed),
        1 => Just(Stamping::Lost),
    ];
    let flags = (prop::bool::weighted(undoes), prop::bool::weighted(0.02), stamping);
    (message, source, 0u64..40, anchors, seen, flags).prop_map(
        |(message, source, tenths, anchors, seen, (undoes, repairs, stamping))| Draft {
            message,
            source,
            tenths,
            anchors,
            seen,
            undoes,
            repairs,
            stamping,
        },
    )
}

fn drafts(max: usize) -> impl Strategy<Value = Vec<Draft>> {
    let everything = draft(message(), || objects().boxed(), 0.1);
    let track = draft(in_one_track(), || pick(&["c0", "c1", "c2", "c3"]).boxed(), 0.3);
    let frame = draft(on_one_frame(), || annotations().boxed(), 0.3);
    prop_oneof![
        2 => prop::collection::vec(everything, 1..max),
        1 => prop::collection::vec(track, 1..max),
        1 => prop::collection::vec(frame, 1..max),
    ]
}

/// As the wire has it: ours numbered and with an `op`, an existing peer's with a timestamp only.
fn stamped(drafts: Vec<Draft>) -> Vec<Operation> {
    let of_existing: Vec<Envelope> = drafts.iter().filter_map(existing_envelope).collect();
    let mut numbers = [0u64; 2];
    let mut operations: Vec<Operation> = Vec::new();
    for draft in drafts {
        let own = ["own-a", "own-b"].iter().position(|name| *name == draft.source);
        let envelope = match (own, existing_envelope(&draft), draft.stamping) {
            (Some(own), ..) => {
                numbers[own] += 1;
                own_envelope(&draft, numbers[own], &of_existing)
            }
            (None, Some(envelope), Stamping::None | Stamping::Stamps(_) | Stamping::Untimed) => envelope,
            _ => continue,
        };
        let operation = operation(envelope);
        if !operations.iter().any(|other| other.id() == operation.id()) {
            operations.push(operation);
        }
    }
    operations
}

fn own_envelope(draft: &Draft, seq: u64, of_existing: &[Envelope]) -> Envelope {
    let message = match draft.stamping {
        Stamping::Stamps(which) if !of_existing.is_empty() => {
            OperationStamp::new(&of_existing[which % of_existing.len()]).into()
        }
        _ => draft.message.clone(),
    };
    let hlc = 1_700_000_000_000_000 + draft.tenths * 100_000;
    Envelope::new("dailies", draft.source, message).with_operation(fields(draft, hlc, seq))
}

fn existing_envelope(draft: &Draft) -> Option<Envelope> {
    let envelope = Envelope::new("dailies", draft.source, draft.message.clone());
    match (draft.source.starts_with("old"), draft.stamping) {
        (false, _) => None,
        (true, Stamping::Untimed) => Some(envelope),
        (true, _) => Some(with_timestamp(&envelope, draft.tenths)),
    }
}

fn fields(draft: &Draft, hlc: u64, seq: u64) -> OperationFields {
    let seen = draft.seen.map(|[a, b]| [("own-a/run".to_owned(), a), ("own-b/run".to_owned(), b)].into());
    let undo_of = if draft.undoes { vec!["own-a/run/1".to_owned()] } else { Vec::new() };
    OperationFields {
        hlc: Some(hlc),
        seen,
        after: draft.anchors.0.clone(),
        before: draft.anchors.1.clone(),
        undo_of,
        user: match draft.source {
            "own-a" => Some("bob".to_owned()),
            _ => seq.is_multiple_of(2).then(|| "eve".to_owned()),
        },
        repair: draft.repairs,
        ..OperationFields::new("run", seq)
    }
}

/// Written into the body, as it is for an existing peer.
fn with_timestamp(envelope: &Envelope, tenths: u64) -> Envelope {
    let mut value = envelope.to_value();
    let body = ["payload", "command", "payload"]
        .iter()
        .try_fold(&mut value, |value, key| value.as_object_mut()?.get_mut(key))
        .and_then(Value::as_object_mut)
        .unwrap();
    if body.contains_key("sync_timestamp") {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        body.insert("sync_timestamp", 1_700_000_000.0 + tenths as f64 / 10.0);
    }
    Envelope::from_value(value).unwrap()
}

/// Up to `max` operations, with a base or without.
pub(crate) fn plan(max: usize) -> impl Strategy<Value = Plan> {
    plan_of(drafts(max))
}

/// The same, where every peer's clock goes forward, as it does.
pub(crate) fn plan_in_time(max: usize) -> impl Strategy<Value = Plan> {
    plan_of(drafts(max).prop_map(|mut drafts| {
        drafts.sort_by_key(|draft| draft.tenths);
        drafts
    }))
}

fn plan_of(drafts: impl Strategy<Value = Vec<Draft>>) -> impl Strategy<Value = Plan> {
    let plans = (drafts, prop::bool::weighted(0.8)).prop_map(|(drafts, with_base)| {
        let mut operations = stamped(drafts);
        if !with_base {
            let first = AddTimeline::new("t", sequence("t", &["c0", "c1", "c2", "c3"]), 1_600_000_000.0);
            operations.push(super::existing("old-c", first));
        }
        Plan { base: with_base.then(|| base(1_650_000_000.0)), operations }
    });
    plans.prop_filter("all that was done was lost", |plan| !plan.operations.is_empty())
}
