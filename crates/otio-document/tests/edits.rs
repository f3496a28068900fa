//! Edits: what they change, what they refuse, and that a refused one changes nothing.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use lossless_json::{Limits, Style, Value, parse};
use otio_document::{Document, EditError, GuidReport, NodeId, PropertyPath, ReadError, Reading};
use proptest::prelude::*;

const TIMELINE: &str = r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t"}},"name":"cut","global_start_time":null,
"tracks":{"OTIO_SCHEMA":"Stack.1","metadata":{"sync":{"guid":"s"}},"name":"tracks","children":[
  {"OTIO_SCHEMA":"Track.1","metadata":{"sync":{"guid":"v"}},"name":"V1","kind":"Video","children":[
    {"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"g"}}},
    {"OTIO_SCHEMA":"Clip.1","name":"a","metadata":{"sync":{"guid":"c"},"note":{"text":"x"}}}]},
  {"OTIO_SCHEMA":"Track.1","metadata":{"sync":{"guid":"w"}},"name":"V2","kind":"Video","children":[]}]}}"#;

fn timeline() -> Document {
    Document::read(TIMELINE.as_bytes(), Reading::Exact).unwrap()
}

fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap().value
}

fn path(text: &str) -> PropertyPath {
    PropertyPath::parse(text).unwrap()
}

fn guids(document: &Document, node: NodeId) -> Vec<&str> {
    document.descend(node).map(|node| document.guid(node).unwrap_or("-")).collect()
}

#[test]
fn a_document_is_walked_from_the_top_in_order() {
    let document = timeline();
    let root = document.root().unwrap();
    assert!(document.is_timeline(root) && !document.is_composition(root));
    assert_eq!(guids(&document, root), ["t", "s", "v", "g", "c", "w"]);
    let clip = document.find("c").unwrap();
    assert_eq!(
        (document.schema_name(clip), document.schema_version(clip), document.name(clip)),
        ("Clip", 2, "a")
    );
    let track = document.parent(clip).unwrap();
    assert_eq!(
        (document.guid(track), document.kind(track), document.index_in_parent(clip)),
        (Some("v"), Some("Video"), Some(1))
    );
    assert!(document.is_composition(track) && document.source_range(clip).is_none());
    let gap = document.source_range(document.find("g").unwrap()).unwrap();
    assert_eq!((gap.duration.value.to_bits(), gap.duration.rate.to_bits()), (0f64.to_bits(), 1f64.to_bits()));
}

#[test]
fn metadata_takes_any_value_and_makes_the_dictionaries_on_the_way() {
    let mut document = timeline();
    let clip = document.find("c").unwrap();
    let before = document.to_value();
    for (text, value) in [
        ("metadata/a/b/c", "{\"z\":1,\"a\":{\"y\":2,\"b\":3}}"),
        ("metadata/note", "null"),
        ("metadata//", "5"),
    ] {
        let old = document.property(clip, &path(text)).cloned();
        let undo = document.change_property(clip, &path(text), json(value)).unwrap();
        assert_eq!(undo.old(), old.as_ref());
        assert_eq!(
            document.property(clip, &path(text)).unwrap().to_text(Style::Digest),
            json(value).to_text(Style::Digest)
        );
        document.restore_property(clip, undo);
        assert_eq!(document.to_value(), before, "{text}");
    }
    document.set_property(clip, &path("metadata/a/b"), json("{\"z\":1,\"a\":2}")).unwrap();
    assert_eq!(
        document.field(clip, "metadata").unwrap().to_text(Style::OtioCompact),
        r#"{"a":{"b":{"a":2,"z":1}},"note":{"text":"x"},"sync":{"guid":"c"}}"#
    );
    assert_eq!(document.remove_property(clip, &path("metadata/a/b/z")), Some(json("1")));
    assert_eq!(document.remove_property(clip, &path("metadata/a/b/z")), None);
    assert_eq!(document.remove_property(clip, &path("name")), None);
}

#[test]
fn attributes_take_values_of_their_type() {
    let mut document = timeline();
    let (clip, track) = (document.find("c").unwrap(), document.find("v").unwrap());
    let range = r#"{"duration":{"value":10,"rate":24,"OTIO_SCHEMA":"RationalTime.1"},"OTIO_SCHEMA":"TimeRange.1",
        "start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":24,"value":9007199254740993}}"#;
    for (node, text, value) in [
        (clip, "name", "\"b\""),
        (clip, "enabled", "false"),
        (track, "kind", "\"Audio\""),
        (clip, "source_range", range),
        (clip, "source_range", "null"),
        (clip, "active_media_reference_key", "\"proxy\""),
        (clip, "markers", "[]"),
        (clip, "enabled", "0"),
        (clip, "enabled", "null"),
        (clip, "metadata/sync/guid", "\"c2\""),
    ] {
        document
            .set_property(node, &path(text), json(value))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    assert_eq!(document.find("c"), None);
    assert_eq!(document.find("c2"), Some(clip));
    document.set_property(clip, &path("source_range"), json(range)).unwrap();
    assert_eq!(document.source_range(clip).unwrap().duration.value.to_bits(), 10f64.to_bits());
    let start = document.field(clip, "source_range").unwrap().at(&["start_time", "value"]).unwrap().clone();
    assert_eq!(start, json("9007199254740993"), "an integer that no float holds stays");
}

#[test]
fn what_does_not_suit_is_refused_and_changes_nothing() {
    let mut document = timeline();
    let clip = document.find("c").unwrap();
    let before = document.to_text(Style::Digest);
    let deep = "[".repeat(200) + &"]".repeat(200);
    for (text, value, wanted) in [
        ("name", "5", "\"name\" takes a string, found a number"),
        ("name", "null", "\"name\" takes a string, found null"),
        ("enabled", "\"x\"", "\"enabled\" takes true or false, found a string"),
        (
            "source_range",
            "{\"OTIO_SCHEMA\":\"TimeRange.1\"}",
            "\"source_range\" takes a TimeRange.1 or null, found an object",
        ),
        ("metadata", "{}", "metadata cannot be set as a whole; set the keys below it, as metadata/…"),
        ("colour", "1", "Clip has no attribute \"colour\"; use metadata/… for fields of your own"),
        ("name/x", "1", "Clip has no attribute \"name/x\"; use metadata/… for fields of your own"),
        (
            "metadata/note/text/x",
            "1",
            "metadata/note/text/x leads through a string, expected a dictionary at \"text\"",
        ),
        (
            "metadata/a/OTIO_SCHEMA",
            "\"RationalTime.1\"",
            "metadata/a/OTIO_SCHEMA would make an object of a dictionary; set the whole object, with its OTIO_SCHEMA",
        ),
        ("metadata/deep", &deep, "nested 200 levels deep, the limit is 128"),
    ] {
        let error = document.set_property(clip, &path(text), json(value)).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
    let (root, stack) = (document.root().unwrap(), document.find("s").unwrap());
    for (node, text) in [(root, "tracks"), (stack, "children")] {
        let error = document.set_property(node, &path(text), Value::Null).unwrap_err();
        assert_eq!(error, EditError::Structure { attribute: text.to_owned() });
    }
    assert_eq!(document.to_text(Style::Digest), before);
}

#[test]
fn children_move_and_come_back() {
    let mut document = timeline();
    let before = document.to_value();
    let (v, w) = (document.find("v").unwrap(), document.find("w").unwrap());
    let clip = document.detach_child(v, 1).unwrap();
    assert_eq!((document.find("c"), document.is_attached(clip), document.name(clip)), (None, false, "a"));
    document.insert_child(w, 0, clip).unwrap();
    assert_eq!(guids(&document, document.root().unwrap()), ["t", "s", "v", "g", "w", "c"]);
    let clip = document.detach_child(w, 0).unwrap();
    document.insert_child(v, 1, clip).unwrap();
    assert_eq!(document.to_value(), before);

    let new = document.adopt(json(r#"{"OTIO_SCHEMA":"Clip.2","metadata":{"sync":{"guid":"c"}}}"#)).unwrap();
    assert_eq!(document.find("c"), Some(clip), "a detached node is not found");
    document.insert_child(v, 0, new).unwrap();
    assert_eq!(document.find("c"), Some(new), "the first in order is found");
    assert_eq!(document.detach_child(v, 0), Ok(new));
    document.discard(new);
    assert_eq!((document.name(new), document.guid(new), document.children(new).len()), ("", None, 0));
    assert_eq!(document.to_value(), before);
    document.discard(clip);
    document.discard(document.root().unwrap());
    assert_eq!(document.to_value(), before, "what has its place is not discarded");
}

#[test]
fn impossible_structure_is_refused_and_changes_nothing() {
    let mut document = timeline();
    let before = document.to_text(Style::Digest);
    let (root, s, v, c) = (
        document.root().unwrap(),
        document.find("s").unwrap(),
        document.find("v").unwrap(),
        document.find("c").unwrap(),
    );
    let effect = document.adopt(json(r#"{"OTIO_SCHEMA":"Effect.1"}"#)).unwrap();
    let mine = document.adopt(json(r#"{"OTIO_SCHEMA":"MyItem.1"}"#)).unwrap();
    let loose = document.adopt(json(r#"{"OTIO_SCHEMA":"Stack.1","children":[]}"#)).unwrap();
    assert_eq!(
        document.insert_child(root, 0, mine),
        Err(EditError::NotAComposition { schema: "Timeline".into() })
    );
    assert_eq!(document.insert_child(c, 0, mine), Err(EditError::NotAComposition { schema: "Clip".into() }));
    assert_eq!(
        document.insert_child(v, 0, effect),
        Err(EditError::NotComposable { schema: "Effect".into() })
    );
    assert_eq!(document.insert_child(v, 0, c), Err(EditError::NotDetached));
    assert_eq!(document.insert_child(loose, 0, loose), Err(EditError::Cycle));
    assert_eq!(document.insert_child(v, 3, mine), Err(EditError::IndexOutOfRange { index: 3, len: 2 }));
    assert_eq!(document.detach_child(v, 2), Err(EditError::IndexOutOfRange { index: 2, len: 2 }));
    assert_eq!(document.detach_child(root, 0), Err(EditError::NotAComposition { schema: "Timeline".into() }));
    document.discard(effect);
    assert_eq!(document.insert_child(v, 0, effect), Err(EditError::UnknownNode));
    assert_eq!(document.adopt(json("{}")), Err(ReadError::NotAnObject { found: "an object without one" }));
    assert!(matches!(document.insert_child(s, 0, loose), Ok(())));
    assert_eq!(document.detach_child(s, 0), Ok(loose));
    assert_eq!(document.to_text(Style::Digest), before);
}

#[test]
fn a_tree_does_not_grow_beyond_its_depth() {
    let mut document = timeline();
    let mut parent = document.find("v").unwrap();
    for _ in 3..100 {
        let stack = document.adopt(json(r#"{"OTIO_SCHEMA":"Stack.1","children":[]}"#)).unwrap();
        document.insert_child(parent, 0, stack).unwrap();
        parent = stack;
    }
    let stack = document.adopt(json(r#"{"OTIO_SCHEMA":"Stack.1","children":[]}"#)).unwrap();
    assert_eq!(
        document.insert_child(parent, 0, stack),
        Err(EditError::TooDeep { depth: 101, depth_max: 100 })
    );
    assert!(Document::read(document.to_text(Style::OtioCompact).as_bytes(), Reading::Exact).is_ok());
}

#[test]
fn a_document_that_edits_could_make_too_deep_is_no_part_of_a_session() {
    let from = |text: &str| {
        let value = parse(text.as_bytes(), &Limits::default()).unwrap().value;
        Document::from_value(value, Reading::Exact).map(|_| ())
    };
    let metadata = |levels: usize| {
        let value = "[".repeat(levels) + &"]".repeat(levels);
        format!(
            r#"{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Gap.1","metadata":{{"a":{value}}}}}]}}"#
        )
    };
    assert_eq!(from(&metadata(255)), Ok(()));
    assert_eq!(from(&metadata(256)), Err(ReadError::TooDeep { depth: 257, depth_max: 256 }));
    let stacks =
        |levels: usize| r#"{"OTIO_SCHEMA":"Stack.1","children":["#.repeat(levels) + &"]}".repeat(levels);
    assert_eq!(from(&stacks(100)), Ok(()));
    assert_eq!(from(&stacks(101)), Err(ReadError::TooDeep { depth: 101, depth_max: 100 }));
    assert!(Document::read(stacks(200).as_bytes(), Reading::Exact).is_ok(), "to be shown it may be deeper");
}

#[test]
fn missing_and_doubled_guids_are_minted() {
    let text = TIMELINE.replace(r#""guid":"g""#, r#""guid":5"#).replace(r#""guid":"w""#, r#""guid":"c""#);
    let mut document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
    let mut count = 0;
    let mut mint = || {
        count += 1;
        format!("new-{count}")
    };
    let report = document.ensure_guids(&mut mint);
    assert_eq!(guids(&document, document.root().unwrap()), ["t", "s", "v", "new-1", "c", "new-2"]);
    assert_eq!((report.minted, report.reminted.len()), (1, 1));
    assert_eq!((report.reminted[0].old.as_str(), report.reminted[0].new.as_str()), ("c", "new-2"));
    assert_eq!(document.find("new-2"), Some(report.reminted[0].node));
    assert_eq!(document.name(document.find("c").unwrap()), "a");
    assert_eq!(document.ensure_guids(&mut || panic!("nothing is missing")), GuidReport::default());
}

#[test]
fn documents_without_a_tree_are_values() {
    for text in ["5", "[1,{\"b\":1,\"a\":2}]", r#"{"OTIO_SCHEMA":"Marker.2","marked_range":null}"#, "{}"] {
        let document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        assert_eq!(document.root(), None, "{text}");
        assert!(!document.to_text(Style::OtioCompact).is_empty());
    }
}

#[test]
fn objects_of_unknown_schemas_have_metadata_too() {
    let text = r#"{"OTIO_SCHEMA":"Stack.1","children":[{"OTIO_SCHEMA":"Mine.3","zoom":1,"alpha":2},null]}"#;
    let mut document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
    let [mine, null] = *document.children(document.root().unwrap()).to_vec() else { panic!() };
    let before = document.to_value();
    let undo = document.change_property(mine, &path("metadata/a/b"), json("1")).unwrap();
    assert_eq!(
        document.subtree_text(mine, Style::OtioCompact),
        r#"{"OTIO_SCHEMA":"Mine.3","alpha":2,"metadata":{"a":{"b":1}},"zoom":1}"#
    );
    document.restore_property(mine, undo);
    assert!(document.set_property(null, &path("metadata/a"), json("1")).is_err());
    assert_eq!(document.to_value(), before);
    assert_eq!(document.ensure_guids(&mut || "new".to_owned()).minted, 2);
    assert_eq!(document.subtree_text(null, Style::Digest), "null");
    assert_eq!(
        format!("{document:?}"),
        r#"Document { schema: Some("Stack"), name: Some(""), nodes: Some(3), .. }"#
    );
}

#[derive(Clone, Debug)]
enum Edit {
    Set(usize, &'static str, &'static str),
    Remove(usize, &'static str),
    Insert(usize, usize, &'static str),
    Move(usize, usize, usize, usize),
}

fn edits() -> impl Strategy<Value = Edit> {
    let paths = prop::sample::select(vec![
        "name",
        "kind",
        "metadata/a/b",
        "metadata/sync/guid",
        "metadata/sync",
        "metadata/sync/OTIO_SCHEMA",
        "metadata/OTIO_SCHEMA",
        "metadata/a/Z",
        "metadata",
        "tracks",
    ]);
    let values = prop::sample::select(vec![
        "null",
        "\"x\"",
        "\"c\"",
        "{\"guid\":\"z\"}",
        "{}",
        "1",
        "{\"OTIO_SCHEMA\":\"Foo.1\",\"OTIO_REF_ID\":\"A\",\"Alpha\":1}",
        "{\"OTIO_SCHEMA\":\"SerializableObjectRef.1\",\"id\":\"A\"}",
        "\"RationalTime.1\"",
    ]);
    let children = prop::sample::select(vec![
        r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"c"}}}"#,
        r#"{"OTIO_SCHEMA":"Stack.1","children":[{"OTIO_SCHEMA":"Clip.1","metadata":{"sync":{"guid":"i"}}}]}"#,
        r#"{"OTIO_SCHEMA":"Effect.1"}"#,
    ]);
    prop_oneof![
        (0usize..12, paths.clone(), values).prop_map(|(node, path, value)| Edit::Set(node, path, value)),
        (0usize..12, paths).prop_map(|(node, path)| Edit::Remove(node, path)),
        (0usize..12, 0usize..4, children)
            .prop_map(|(parent, index, child)| Edit::Insert(parent, index, child)),
        (0usize..12, 0usize..4, 0usize..12, 0usize..4)
            .prop_map(|(from, index, to, at)| Edit::Move(from, index, to, at)),
    ]
}

fn apply(document: &mut Document, edit: &Edit) {
    let nodes: Vec<NodeId> = document.descend(document.root().unwrap()).collect();
    let node = |at: usize| nodes[at % nodes.len()];
    let before = document.to_text(Style::Digest);
    let is_refused = match *edit {
        Edit::Set(at, text, value) => {
            let done = document.change_property(node(at), &path(text), json(value));
            let refused = done.is_err();
            if let Ok(undo) = done {
                let after = document.to_text(Style::Digest);
                let again = document.change_property(node(at), &path(text), json(value)).unwrap();
                document.restore_property(node(at), again);
                assert_eq!(document.to_text(Style::Digest), after, "done twice, undone once");
                document.restore_property(node(at), undo);
                assert_eq!(document.to_text(Style::Digest), before, "undone");
                document.set_property(node(at), &path(text), json(value)).unwrap();
            }
            refused
        }
        Edit::Remove(at, text) => document.remove_property(node(at), &path(text)).is_none(),
        Edit::Insert(parent, index, child) => {
            let child = document.adopt(json(child)).unwrap();
            document
                .insert_child(node(parent), index, child)
                .inspect_err(|_| document.discard(child))
                .is_err()
        }
        Edit::Move(from, index, to, at) => match document.detach_child(node(from), index) {
            Err(_) => true,
            Ok(child) => {
                let refused = document.insert_child(node(to), at, child).is_err();
                if refused {
                    document.insert_child(node(from), index, child).unwrap();
                }
                refused
            }
        },
    };
    if is_refused {
        assert_eq!(document.to_text(Style::Digest), before, "{edit:?}");
    }
}

/// Whether an object with a schema stands where the GUID would, whose keys are not to be added to.
fn has_object_for_guid(document: &Document, node: NodeId) -> bool {
    let metadata = document.field(node, "metadata");
    let sync = metadata.and_then(|metadata| metadata.get("sync"));
    let has_schema = |value: Option<&Value>| value.is_some_and(|value| value.get("OTIO_SCHEMA").is_some());
    has_schema(metadata) || has_schema(sync)
}

proptest! {
    #[test]
    fn an_edited_document_is_as_if_it_had_been_read(edits in prop::collection::vec(edits(), 0..40)) {
        let mut document = timeline();
        for edit in &edits {
            apply(&mut document, edit);
        }
        let text = document.to_text(Style::OtioCompact);
        let value = parse(text.as_bytes(), &Limits::default()).unwrap().value;
        let again = Document::from_value(value, Reading::Exact).unwrap();
        prop_assert_eq!(again.to_text(Style::OtioCompact), text.clone());
        prop_assert_eq!(again.to_value(), document.to_value());
        prop_assert_eq!(document.to_value().to_text(Style::OtioPretty), document.to_text(Style::OtioPretty));
        prop_assert_eq!(document.to_value().to_text(Style::Digest), document.to_text(Style::Digest));
        let (root, other) = (document.root().unwrap(), again.root().unwrap());
        prop_assert_eq!(guids(&document, root), guids(&again, other));
        for (node, guid) in document.descend(root).filter_map(|node| Some((node, document.guid(node)?))) {
            let first = document.descend(root).find(|node| document.guid(*node) == Some(guid));
            prop_assert_eq!(document.find(guid), first);
            prop_assert!(document.is_attached(node));
        }
        let mut minted = 0;
        document.ensure_guids(&mut || { minted += 1; format!("minted-{minted}") });
        let text = document.to_text(Style::OtioCompact);
        let again = Document::from_value(document.to_value(), Reading::Exact).unwrap();
        prop_assert_eq!(again.to_text(Style::OtioCompact), text);
        let (given, without): (Vec<_>, Vec<_>) = document.descend(root).partition(|node| document.guid(*node).is_some());
        let distinct: BTreeSet<_> = given.iter().map(|node| document.guid(*node)).collect();
        let cannot_take_one = |node: &NodeId| document.schema_name(*node).is_empty() || has_object_for_guid(&document, *node);
        prop_assert!(distinct.len() == given.len() || given.iter().any(cannot_take_one));
        prop_assert!(without.iter().all(cannot_take_one));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// More children than are kept in one piece.
    #[test]
    fn every_child_knows_its_place_among_many(
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1usize..300), 1..8)
    ) {
        let gaps = vec![r#"{"OTIO_SCHEMA":"Gap.1"}"#; 700].join(",");
        let stack = format!(
            r#"{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Track.1","children":[{gaps}]}},{{"OTIO_SCHEMA":"Track.1","children":[]}}]}}"#
        );
        let mut document = Document::read(stack.as_bytes(), Reading::Exact).unwrap();
        let tracks = document.children(document.root().unwrap()).to_vec();
        let mut expected = [document.children(tracks[0]).to_vec(), Vec::new()];
        for (at, (from, to, count)) in moves.iter().enumerate() {
            for _ in 0..*count {
                let (source, target) = (at % 2, (at / 2) % 2);
                if expected[source].is_empty() {
                    continue;
                }
                let place = from.index(expected[source].len());
                let child = document.detach_child(tracks[source], place).unwrap();
                prop_assert_eq!(child, expected[source].remove(place));
                prop_assert_eq!(document.index_in_parent(child), None);
                let place = to.index(expected[target].len() + 1);
                document.insert_child(tracks[target], place, child).unwrap();
                expected[target].insert(place, child);
                prop_assert_eq!(document.index_in_parent(child), Some(place));
            }
        }
        for (track, expected) in tracks.iter().zip(&expected) {
            prop_assert_eq!(&document.children(*track).to_vec(), expected);
            for (place, child) in expected.iter().enumerate() {
                prop_assert_eq!(document.index_in_parent(*child), Some(place));
                prop_assert_eq!(document.parent(*child), Some(*track));
            }
        }
    }
}
