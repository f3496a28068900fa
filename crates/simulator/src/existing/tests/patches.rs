//! Properties and children.

use super::both;
use super::desk::{Desk, json};
use crate::existing::{Generation, Quirk};
use crate::objects::{clip, track};

#[test]
fn a_child_that_is_inserted_twice_stands_twice() {
    let names = both(Quirk::DoublesChildren, |desk| {
        desk.insert("tl-v2", 0, &clip("x"));
        desk.insert("tl-v2", 1, &clip("x"));
        desk.names("tl-v2").join(" ")
    });
    assert_eq!(names, ("x x tl-c3".to_owned(), "x tl-c3".to_owned()));
}

#[test]
fn one_remove_of_what_stands_twice_leaves_a_ghost_that_nothing_leads_to() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    desk.insert("tl-v2", 0, &clip("x"));
    desk.insert("tl-v2", 1, &clip("x"));
    desk.remove("tl-v2", "x");
    desk.set("x", "name", r#""nobody""#);
    assert_eq!(desk.names("tl-v2"), ["x", "tl-c3"]);
    assert!(!desk.peer.replica.leads_everywhere());
}

#[test]
fn inside_an_inserted_track_nothing_can_be_found() {
    let name = both(Quirk::MapsChildOnly, |desk| {
        desk.insert("tl-stack", 0, &track("new", &["inside".to_owned()]));
        desk.set("inside", "name", r#""named""#);
        desk.names("new").join(" ")
    });
    assert_eq!(name, ("inside".to_owned(), "named".to_owned()));
}

#[test]
fn what_stood_in_a_removed_track_can_still_be_edited_unseen() {
    let found = both(Quirk::KeepsDescendantsMapped, |desk| {
        desk.remove("tl-stack", "tl-v1");
        desk.set("tl-c0", "name", r#""unseen""#);
        (desk.at("tl-c0", "name"), desk.text("tl").contains("unseen"))
    });
    assert_eq!(found, (("\"unseen\"".to_owned(), false), ("nothing".to_owned(), false)));
}

#[test]
fn a_move_of_what_stands_twice_raises_after_one_is_gone() {
    let moved = both(Quirk::MovesTheMappedOne, |desk| {
        desk.insert("tl-v2", 0, &clip("x"));
        desk.insert("tl-v2", 1, &clip("x"));
        desk.move_child("tl-v2", "x", 2);
        (desk.names("tl-v2").join(" "), desk.raised())
    });
    assert_eq!(moved.0, ("x tl-c3".to_owned(), vec!["has_a_parent"]));
    assert_eq!(moved.1, ("x tl-c3 x".to_owned(), vec![]));
}

#[test]
fn a_move_in_a_clip_timeline_deletes_the_copy_and_raises() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    let guid = desk.peer.replica.clip_timeline("tl-c0").unwrap();
    let text = desk.text(&guid);
    let video = "metadata\":{\"sync\":{\"guid\":\"";
    assert!(text.contains(video));
    let stack = desk.peer.replica.timeline(&guid).map(|id| desk.peer.replica.tree.children(id)[0]).unwrap();
    let track = desk.peer.replica.tree.children(stack)[0];
    let track_guid = desk.peer.replica.tree.guid(track).unwrap().to_owned();
    desk.move_child(&track_guid, "tl-c0", 0);
    assert_eq!(desk.raised(), ["has_a_parent"]);
    assert!(desk.names(&track_guid).is_empty(), "the copy is lost");
}

#[test]
fn what_raises_takes_the_rest_of_the_batch_with_it() {
    let name = both(Quirk::LosesTheBatch, |desk| {
        let set =
            |path: &str, value: &str| format!(r#"{{"target_uuid":"tl-c0","path":"{path}","value":{value}}}"#);
        for (path, value) in [("metadata/kept", "1"), ("source_range", "{}"), ("name", r#""lost""#)] {
            desk.put("other", "OTIO_SESSION_1.0", "SET_PROPERTY", &set(path, value));
        }
        desk.poll();
        let lost = desk.peer.exceptions[0].lost;
        (desk.at("tl-c0", "metadata/kept"), desk.at("tl-c0", "name"), lost)
    });
    assert_eq!(name.0, ("1".to_owned(), "\"tl-c0\"".to_owned(), 1));
    assert_eq!(name.1, ("1".to_owned(), "\"lost\"".to_owned(), 0));
}

#[test]
fn a_source_range_cannot_be_set() {
    let range = crate::objects::range(1, 2).to_text(lossless_json::Style::Digest);
    let set = both(Quirk::RaisesOnStructuredValues, |desk| {
        desk.set("tl-c0", "source_range", &range);
        (desk.at("tl-c0", "source_range"), desk.raised())
    });
    assert_eq!(set.0, ("null".to_owned(), vec!["attribute"]));
    assert_eq!(set.1, (range, vec![]));
}

#[test]
fn a_path_through_a_number_or_null_raises() {
    for value in ["5", "null", r#""text""#] {
        let set = both(Quirk::RaisesInsideValues, |desk| {
            desk.set("tl-c0", "metadata/n", value);
            desk.set("tl-c0", "metadata/n/x", "1");
            (desk.at("tl-c0", "metadata/n"), desk.raised())
        });
        assert_eq!(set.0, (value.to_owned(), vec!["inside_a_value"]));
        assert_eq!(set.1, (value.to_owned(), vec![]));
    }
}

#[test]
fn an_attribute_that_nobody_knows_is_written_nowhere() {
    let written = both(Quirk::ForgetsUnknownAttributes, |desk| {
        desk.set("tl-c0", "sparkle", "1");
        desk.text("tl").contains("sparkle")
    });
    assert_eq!(written, (false, true));
}

#[test]
fn an_object_of_a_newer_version_raises() {
    let newer = json(r#"{"OTIO_SCHEMA":"Clip.9","metadata":{"sync":{"guid":"x"}},"name":"x"}"#);
    let inserted = both(Quirk::RefusesNewerSchemas, |desk| {
        desk.insert("tl-v2", 0, &newer);
        (desk.names("tl-v2").join(" "), desk.raised())
    });
    assert_eq!(inserted.0, ("tl-c3".to_owned(), vec!["shape"]));
    assert_eq!(inserted.1, ("x tl-c3".to_owned(), vec![]));
}

#[test]
fn what_comes_before_its_parent_is_dropped() {
    let names = both(Quirk::ForgetsUnresolved, |desk| {
        desk.insert("new", 0, &clip("x"));
        desk.insert("tl-stack", 0, &track("new", &[]));
        (desk.names("new").join(" "), desk.peer.replica.unresolved)
    });
    assert_eq!(names.0, (String::new(), 1));
    assert_eq!(names.1.0, "x");
}

#[test]
fn of_two_values_the_last_to_arrive_stays() {
    let name = both(Quirk::LastArrivalWins, |desk| {
        for (name, at) in [("late", 2.0), ("early", 1.0)] {
            let body =
                format!(r#"{{"target_uuid":"tl-c0","path":"name","value":"{name}","sync_timestamp":{at}}}"#);
            desk.patch("SET_PROPERTY", &body);
        }
        desk.at("tl-c0", "name")
    });
    assert_eq!(name, ("\"early\"".to_owned(), "\"late\"".to_owned()));
}

#[test]
fn a_sender_that_is_no_text_raises() {
    let raised = both(Quirk::RaisesOnOddSources, |desk| {
        desk.peer.receive(json(r#"{"source_guid":5,"payload":{}}"#));
        desk.poll();
        desk.raised()
    });
    assert_eq!(raised, (vec!["shape"], vec![]));
}

#[test]
fn whatever_is_no_message_raises_and_is_counted() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    for text in ["[]", r#"{"source_guid":"x","payload":"text"}"#, r#"{"payload":{"command":[]}}"#] {
        desk.peer.receive(json(text));
        desk.poll();
    }
    desk.tell("PLAYBACK_SETTINGS_1.0", "SET", "[]");
    desk.insert("tl-c0", 0, &clip("x"));
    desk.patch("INSERT_CHILD", r#"{"parent_uuid":"tl-v1","index":"0","child_data":{"OTIO_SCHEMA":"Gap.1"}}"#);
    desk.patch("INSERT_CHILD", r#"{"parent_uuid":"tl-v1","index":0,"child_data":null}"#);
    assert_eq!(desk.raised(), ["shape", "shape", "shape", "shape", "not_a_composition", "shape", "shape"]);
}

#[test]
fn what_it_said_itself_is_not_heard() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    let body = r#"{"target_uuid":"tl-c0","path":"name","value":"echo"}"#;
    desk.put("own", "OTIO_SESSION_1.0", "SET_PROPERTY", body);
    desk.poll();
    assert_eq!(desk.at("tl-c0", "name"), "\"tl-c0\"");
}

/// Of C1, C3 and C4 of legacy-protocol §9.4: what a place means depends on what is there on arrival.
#[test]
fn places_are_counted_on_arrival() {
    let of_order = |order: [&str; 2]| {
        let mut desk = Desk::joined(Generation::Latest.quirks());
        for guid in order {
            desk.insert("tl-v1", 1, &clip(guid));
        }
        desk.names("tl-v1").join(" ")
    };
    assert_eq!(of_order(["x", "y"]), "tl-c0 y x tl-c1 tl-c2");
    assert_eq!(of_order(["y", "x"]), "tl-c0 x y tl-c1 tl-c2");
}

#[test]
fn places_are_clamped_and_counted_from_the_end_twice() {
    for (index, names) in [
        (0, "x tl-c0 tl-c1 tl-c2"),
        (99, "tl-c0 tl-c1 tl-c2 x"),
        (-2, "tl-c0 x tl-c1 tl-c2"),
        (-4, "tl-c0 tl-c1 x tl-c2"),
        (-99, "x tl-c0 tl-c1 tl-c2"),
        (-1, "tl-c0 tl-c1 tl-c2 x"),
    ] {
        let mut desk = Desk::joined(Generation::Latest.quirks());
        desk.insert("tl-v1", index, &clip("x"));
        assert_eq!(desk.names("tl-v1").join(" "), names, "{index}");
    }
}

#[test]
fn a_failing_guard_against_echoes_says_again_what_changed() {
    let said = both(Quirk::SaysAgain, |desk| {
        desk.set("tl-c0", "name", r#""new""#);
        desk.set("tl-c0", "name", r#""new""#);
        desk.times("SET_PROPERTY")
    });
    assert_eq!(said, (1, 0));
}
