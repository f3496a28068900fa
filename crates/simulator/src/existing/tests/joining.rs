//! Coming to a session.

use super::both;
use super::desk::Desk;
use crate::existing::peer::Status;
use crate::existing::{App, Generation, Quirk};
use crate::objects::{annotated_timeline, clip, timeline};

/// A peer that asked for the state while others went on.
fn joining(quirk: Quirk, has: bool) -> Desk {
    let latest = Generation::Latest.quirks();
    let quirks = if has { latest.with(quirk) } else { latest.without(quirk) };
    Desk::asking(quirks, App::XStudio)
}

fn named_at(desk: &mut Desk, name: &str, at: f64) {
    let body = format!(r#"{{"target_uuid":"tl-c0","path":"name","value":"{name}","sync_timestamp":{at}}}"#);
    desk.patch("SET_PROPERTY", &body);
}

#[test]
fn seed_peers_drop_what_came_while_they_joined() {
    let name = |has| {
        let mut desk = joining(Quirk::DropsWhatCameMeanwhile, has);
        named_at(&mut desk, "meanwhile", 20.0);
        desk.snapshot("other", &[annotated_timeline("tl")], 10.0);
        desk.at("tl-c0", "name")
    };
    assert_eq!((name(true), name(false)), ("\"tl-c0\"".to_owned(), "\"meanwhile\"".to_owned()));
}

/// Legacy-protocol §9.2-1: two machines' clocks are compared.
#[test]
fn a_clock_that_is_ahead_has_an_edit_done_twice_and_one_that_is_behind_loses_it() {
    let mut desk = Desk::asking(Generation::Latest.quirks(), App::XStudio);
    for (guid, at) in [("ahead", 12.0), ("behind", 8.0)] {
        let child = clip(guid).to_text(lossless_json::Style::Python);
        desk.patch(
            "INSERT_CHILD",
            &format!(r#"{{"parent_uuid":"tl-v2","index":-1,"child_data":{child},"sync_timestamp":{at}}}"#),
        );
    }
    let mut told = Desk::joined(Generation::Latest.quirks());
    told.insert("tl-v2", -1, &clip("ahead"));
    let shown = told.peer.replica.tree.value(told.peer.replica.timeline("tl").unwrap());
    desk.snapshot("other", &[shown], 10.0);
    assert_eq!(desk.names("tl-v2"), ["tl-c3", "ahead", "ahead"]);
}

#[test]
fn a_snapshot_of_anybody_wipes_at_any_time() {
    let has_annotations = both(Quirk::TakesAnySnapshot, |desk| {
        desk.snapshot("stranger", &[timeline("tl")], 0.0);
        desk.text("tl").contains("tl-a")
    });
    assert_eq!(has_annotations, (false, true));
}

#[test]
fn a_snapshot_that_cannot_be_read_leaves_nothing() {
    let left = both(Quirk::ClearsBeforeReading, |desk| {
        desk.tell("LiveSession.1", "STATE_SNAPSHOT", r#"{"target_guid":"own","timelines":[]}"#);
        (desk.peer.replica.digest_texts().len(), desk.raised(), desk.peer.takes_part())
    });
    assert_eq!(left, ((0, vec!["shape"], true), (1, vec![], true)));
}

#[test]
fn a_master_answers_for_another_one() {
    let answers = both(Quirk::AnswersForOthers, |desk| {
        desk.peer.elect_self();
        desk.said();
        desk.tell("LiveSession.1", "STATE_REQUEST", r#"{"target_guid":"other","requester_guid":"new"}"#);
        desk.times("STATE_SNAPSHOT")
    });
    assert_eq!(answers, (1, 0));
}

#[test]
fn an_empty_master_is_silent() {
    let answers = both(Quirk::SilentWhenEmpty, |desk| {
        desk.peer.replica.clear();
        desk.peer.elect_self();
        desk.said();
        desk.tell("LiveSession.1", "STATE_REQUEST", r#"{"target_guid":"own","requester_guid":"new"}"#);
        desk.times("STATE_SNAPSHOT")
    });
    assert_eq!(answers, (0, 1));
}

#[test]
fn whose_request_is_not_answered_becomes_master_of_nothing() {
    let outcome = |has| {
        let mut desk = joining(Quirk::ElectsItselfUnanswered, has);
        desk.wait(5_100_000);
        (desk.peer.is_master(), desk.peer.status)
    };
    assert_eq!(outcome(true), (true, Status::Synced));
    assert_eq!(outcome(false), (false, Status::Discovering));
}

#[test]
fn who_finds_nobody_becomes_master_with_what_it_has() {
    let mut desk = Desk::idle(Generation::Latest.quirks(), App::XStudio);
    desk.peer.start(desk.now());
    desk.wait(1_900_000);
    assert_eq!(desk.peer.status, Status::Discovering);
    desk.wait(200_000);
    assert!(desk.peer.is_master() && desk.peer.takes_part());
}

#[test]
fn whose_edit_was_withheld_joins_anew() {
    use crate::existing::editing::Edit;
    let outcome = both(Quirk::RejoinsWhenWithheld, |desk| {
        let at = desk.wall();
        desk.tell(
            "BROADCAST_OWNERSHIP_1.0",
            "CLAIM_OWNERSHIP",
            &format!(r#"{{"category":"structure","peer_guid":"other","claim_ts":{at}}}"#),
        );
        let (parent, child) = ("tl-v1".to_owned(), "tl-c0".to_owned());
        assert!(!desk.edit(Edit::Remove { parent, child }));
        desk.wait(600_000);
        (desk.times("STATE_REQUEST"), desk.names("tl-v1").len())
    });
    assert_eq!(outcome, ((1, 3), (0, 3)));
}
