use lossless_json::Value;
use session_core::{Command, CommandError};

use crate::common::documents::{json, stroke};
use crate::common::{Network, clip, timeline};

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.join_now("b");
    network
}

fn set(target: &str, path: &str, value: Value) -> Command {
    Command::SetProperty { target_uuid: target.into(), path: path.into(), value }
}

#[test]
fn undo_and_redo_of_every_kind_are_each_others_opposite() {
    let range = json(
        r#"{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":3.0},
        "start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":1.0}}"#,
    );
    let commands = [
        set("c1", "name", "x".into()),
        set("c1", "source_range", range),
        Command::InsertChild { parent_uuid: "t-track".into(), index: 1, child_data: clip("x") },
        Command::MoveChild { parent_uuid: "t-track".into(), child_uuid: "c3".into(), to_index: 0 },
        Command::RemoveChild { parent_uuid: "t-track".into(), child_uuid: "c2".into() },
        Command::RemoveChild { parent_uuid: "t-stack".into(), child_uuid: "t-track".into() },
        Command::RenameTimeline { timeline_guid: "t".into(), name: "named".into() },
        Command::AddTimeline { timeline: timeline("t2", &["d1"]) },
        Command::ReplaceTimeline { timeline_guid: "t".into(), timeline: timeline("t", &["d2"]) },
        Command::RemoveTimeline { timeline_guid: "t".into() },
    ];
    for command in commands {
        let mut network = session();
        let before = network.digest("a");
        network.command("b", command.clone());
        let after = network.digest("b");
        network.run_for_ms(20);
        network.command("b", Command::Undo);
        network.run_for_ms(20);
        network.assert_equal();
        assert_eq!(network.digest("a"), before, "undo of {command:?}");
        network.command("b", Command::Redo);
        network.run_for_ms(20);
        network.assert_equal();
        assert_eq!(network.digest("a"), after, "redo of {command:?}");
    }
}

#[test]
fn others_work_stays() {
    let mut network = session();
    network.command("a", set("c1", "name", "mine".into()));
    network.run_for_ms(20);
    network.command("b", set("c1", "name", "theirs".into()));
    network.run_for_ms(20);
    assert!(matches!(network.try_command("a", Command::Undo), Err(CommandError::Overtaken("undo"))));
    network.command("a", Command::Annotate { clip_guid: "c1".into(), frame: 1, events: stroke("s1") });
    network.run_for_ms(20);
    network.command("b", Command::Annotate { clip_guid: "c1".into(), frame: 1, events: stroke("s2") });
    network.run_for_ms(20);
    network.command("a", Command::Undo);
    network.run_for_ms(20);
    network.assert_equal();
    let state = network.state("b").to_text(lossless_json::Style::Digest);
    assert!(!state.contains("\"s1\"") && state.contains("\"s2\""), "{state}");
}

#[test]
fn a_new_command_ends_what_can_be_done_again() {
    let mut network = session();
    network.command("a", set("c1", "name", "x".into()));
    network.command("a", Command::Undo);
    network.command("a", set("c2", "name", "y".into()));
    assert!(matches!(network.try_command("a", Command::Redo), Err(CommandError::NothingTo("redo"))));
}

#[test]
fn what_was_done_in_several_steps_is_taken_back_step_by_step() {
    let mut network = session();
    let place =
        |to_index| Command::MoveChild { parent_uuid: "t-track".into(), child_uuid: "c1".into(), to_index };
    for commands in [[set("c1", "name", "x".into()), set("c1", "name", "y".into())], [place(1), place(2)]] {
        let states: Vec<String> = commands
            .into_iter()
            .map(|command| {
                let before = network.digest("a");
                network.command("a", command);
                before
            })
            .collect();
        for before in states.iter().rev() {
            network.command("a", Command::Undo);
            assert_eq!(network.digest("a"), *before);
        }
    }
}

#[test]
fn a_move_between_parents_is_taken_back_whole() {
    let mut network = session();
    let place = |parent: &str, to_index| Command::MoveChild {
        parent_uuid: parent.into(),
        child_uuid: "c2".into(),
        to_index,
    };
    let before = network.digest("b");
    network.command("b", place("t-stack", 0));
    network.run_for_ms(20);
    network.command("a", set("c2", "name", "theirs".into()));
    network.run_for_ms(20);
    let after = network.digest("b");
    network.command("b", Command::Undo);
    assert_eq!(network.children("b", "t-track"), ["c1", "c2", "c3"]);
    network.command("b", Command::Redo);
    assert_eq!(network.digest("b"), after);
    network.command("b", Command::Undo);
    network.run_for_ms(20);
    network.command("a", set("c2", "name", "c2".into()));
    network.run_for_ms(20);
    network.assert_equal();
    assert_eq!(network.digest("b"), before);

    network.command("b", Command::Redo);
    network.run_for_ms(20);
    network.command("a", place("t-stack", 1));
    network.run_for_ms(20);
    assert!(matches!(network.try_command("b", Command::Undo), Err(CommandError::Overtaken("undo"))));
    assert_eq!(network.children("b", "t-stack"), ["t-track", "c2"]);
}
