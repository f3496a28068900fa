use lossless_json::Value;
use session_core::{Command, CommandError, Identity, Opening, Role};

use crate::common::documents::json;
use crate::common::{Network, clip, give, timeline};

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network
}

fn refused(network: &mut Network, command: Command) -> CommandError {
    let (sent, digest) = (network.nodes["a"].sent.len(), network.digest("a"));
    let error = network.try_command("a", command).unwrap_err();
    assert_eq!(network.nodes["a"].sent.len(), sent, "{error}");
    assert_eq!(network.digest("a"), digest, "{error}");
    error
}

#[test]
fn each_error_names_what_where_and_what_to_do() {
    let mut network = session();
    let set = |target: &str, path: &str, value| Command::SetProperty {
        target_uuid: target.into(),
        path: path.into(),
        value,
    };
    let insert = |parent: &str, child| Command::InsertChild {
        parent_uuid: parent.into(),
        index: 0,
        child_data: child,
    };
    network.command("a", set("c1", "metadata/plain", 1_i64.into()));
    let cases = [
        (set("nobody", "name", "x".into()), "the object \"nobody\" is not in the session"),
        (set("c1", "no_such", "x".into()), "no attribute \"no_such\""),
        (set("c1", "name", 5_i64.into()), "\"name\""),
        (set("c1", "metadata/plain/deeper", 5_i64.into()), "leads through"),
        (set("c1", "metadata", Value::Null), "key by key"),
        (set("c1", "metadata/sync/guid", "x".into()), "keeps its GUID"),
        (set("c1", "metadata/n", Value::from(u64::MAX)), "beyond 64 bits"),
        (set("t-track", "children", Value::Array(vec![])), "insert, move or remove them"),
        (set("c1", "", "x".into()), "path is empty"),
        (insert("t", clip("x")), "its stack is \"t-stack\""),
        (insert("c1", clip("x")), "a Clip"),
        (insert("t-track", clip("c2")), "\"c2\" is in the session already"),
        (insert("t-track", timeline("u", &[])), "child_data"),
        (insert("t-track", json(r#"{"OTIO_SCHEMA":"Clip.9"}"#)), "older version"),
        (insert("t-track", 5_i64.into()), "child_data"),
        (
            Command::MoveChild { parent_uuid: "t-stack".into(), child_uuid: "t-stack".into(), to_index: 0 },
            "is not a child",
        ),
        (
            Command::MoveChild { parent_uuid: "t-track".into(), child_uuid: "t-track".into(), to_index: 0 },
            "stands inside",
        ),
        (
            Command::RemoveChild { parent_uuid: "t-stack".into(), child_uuid: "c1".into() },
            "\"c1\" is not a child",
        ),
        (Command::AddTimeline { timeline: clip("x") }, "no Timeline"),
        (Command::AddTimeline { timeline: timeline("t", &[]) }, "\"t\" is in the session already"),
        (Command::RenameTimeline { timeline_guid: "t".into(), name: String::new() }, "empty"),
        (Command::RenameTimeline { timeline_guid: "c1".into(), name: "x".into() }, "a Clip"),
        (Command::RemoveTimeline { timeline_guid: "u".into() }, "the timeline \"u\""),
        (Command::ReplaceTimeline { timeline_guid: "t".into(), timeline: timeline("u", &[]) }, "not \"t\""),
        (Command::Annotate { clip_guid: "c1".into(), frame: 0, events: vec![] }, "events"),
        (
            Command::Annotate { clip_guid: "t-track".into(), frame: 0, events: vec![json("{}")] },
            "OTIO_SCHEMA",
        ),
        (
            Command::Annotate {
                clip_guid: "t-track".into(),
                frame: 0,
                events: vec![json(r#"{"OTIO_SCHEMA":"PaintStart.1"}"#)],
            },
            "a Track",
        ),
        (
            Command::ReplaceAnnotation { annotation_clip_guid: "c1".into(), commands: vec![] },
            "an annotation clip",
        ),
        (
            Command::Select { clip_guid: Some("x".into()), view_mode: None, timeline_guid: None },
            "the clip \"x\"",
        ),
        (Command::Display { fields: [("zoom", "big")].into_iter().collect() }, "\"zoom\" holds a string"),
        (Command::Redo, "nothing to redo"),
    ];
    for (command, part) in cases {
        let error = refused(&mut network, command.clone()).to_string();
        assert!(error.contains(part), "{command:?}: {error}");
    }
}

#[test]
fn roles_forbid_what_they_forbid() {
    let mut network = session();
    let mut config = network.config("b", Opening::Join { or_host: false });
    config.identity = Some(Identity { user: "bob".into(), ..Identity::default() });
    network.start(config);
    network.run_until_synced("b");
    network.command("a", give("bob", Role::Viewer));
    network.run_for_ms(50);
    assert_eq!(network.nodes["b"].peer.role(), Role::Viewer);
    let error = network.try_command("b", Command::Seek { frame: 1.0, rate: None }).unwrap_err();
    assert_eq!(error.to_string(), "role viewer may not move the playhead: ask a driver for another role");
    network.command("b", Command::Display { fields: [("zoom", 2.0)].into_iter().collect() });
    network.command("a", give("bob", Role::Driver));
    network.run_for_ms(50);
    network.command("b", Command::Seek { frame: 1.0, rate: None });
}

#[test]
fn nothing_is_done_before_the_session_is_there_or_by_an_observer() {
    let mut network = Network::new(1);
    network.join("b");
    assert!(matches!(network.try_command("b", Command::Undo), Err(CommandError::NotSynced("DISCOVERING"))));
    network.command("b", Command::State);
    let config = network.config("r", Opening::Observe);
    network.start(config);
    assert!(matches!(network.try_command("r", Command::Undo), Err(CommandError::ObserverOnly)));
}

#[test]
fn what_nobody_could_receive_is_refused_by_its_length_as_it_is_written() {
    let mut network = session();
    let set = |text: String| Command::SetProperty {
        target_uuid: "c1".into(),
        path: "metadata/long".into(),
        value: text.into(),
    };
    let error = refused(&mut network, set("é".repeat(11 << 20)));
    assert!(error.to_string().contains("at most 66060288 are taken"), "{error}");
    network.command("a", set("short".into()));
}
