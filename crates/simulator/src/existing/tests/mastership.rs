//! Who is master.

use super::both;
use super::desk::Desk;
use crate::existing::{App, Generation, Quirk};

const WHO: &str = r#"{"requester_guid":"joiner"}"#;

#[test]
fn a_master_stays_one_whoever_else_is() {
    let masters = both(Quirk::MasterForGood, |desk| {
        desk.peer.elect_self();
        desk.tell("LiveSession.1", "I_AM_MASTER", r#"{"master_guid":"other"}"#);
        desk.said();
        desk.tell("LiveSession.1", "WHO_IS_MASTER", WHO);
        (desk.peer.is_master(), desk.times("I_AM_MASTER"))
    });
    assert_eq!(masters, ((true, 1), (false, 0)));
}

#[test]
fn a_question_every_33_ms_keeps_everybody_from_taking_over() {
    let took_over = both(Quirk::EveryQuestionRearms, |desk| {
        for _ in 0..100 {
            desk.put("joiner", "LiveSession.1", "WHO_IS_MASTER", WHO);
            desk.wait(33_000);
        }
        desk.peer.is_master()
    });
    assert_eq!(took_over, (false, true));
}

#[test]
fn everybody_takes_over_from_a_silent_master() {
    let took_over = both(Quirk::EverybodyTakesOver, |desk| {
        desk.tell(
            "LiveSession.1",
            "PEER_ANNOUNCE",
            r#"{"peer_guid":"lower","app":"openrv","capabilities":[]}"#,
        );
        desk.put("joiner", "LiveSession.1", "WHO_IS_MASTER", WHO);
        desk.poll();
        desk.wait(2_100_000);
        desk.peer.is_master()
    });
    assert_eq!(took_over, (true, false));
}

#[test]
fn an_openrv_that_looks_for_the_session_asks_at_every_poll() {
    let asked = |has: bool| {
        let latest = Generation::Latest.quirks();
        let quirks = if has { latest } else { latest.without(Quirk::AsksEveryPoll) };
        let mut desk = Desk::idle(quirks, App::OpenRv);
        desk.peer.start(desk.now());
        (0..30).for_each(|_| desk.wait(33_000));
        desk.times("WHO_IS_MASTER")
    };
    assert_eq!((asked(true), asked(false)), (31, 1));
}

#[test]
fn a_viewer_takes_over_and_answers_nobody() {
    let outcome = |has: bool| {
        let latest = Generation::Latest.quirks();
        let quirks = if has { latest } else { latest.without(Quirk::ViewersTakeOver) };
        let mut desk = Desk::joined_in(quirks, App::Viewer);
        desk.tell("LiveSession.1", "WHO_IS_MASTER", WHO);
        desk.wait(2_100_000);
        desk.said();
        desk.tell("LiveSession.1", "STATE_REQUEST", r#"{"target_guid":"own","requester_guid":"new"}"#);
        (desk.peer.is_master(), desk.times("STATE_SNAPSHOT"))
    };
    assert_eq!((outcome(true), outcome(false)), ((true, 0), (false, 0)));
}

#[test]
fn a_departed_master_stays_the_master() {
    let took_over = both(Quirk::KeepsDepartedMaster, |desk| {
        desk.tell("LiveSession.1", "PEER_DEPART", r#"{"peer_guid":"other"}"#);
        desk.wait(2_100_000);
        desk.peer.is_master()
    });
    assert_eq!(took_over, (false, true));
}

#[test]
fn a_driver_who_is_master_does_not_yield_to_another_role() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    desk.peer.elect_self();
    let viewer = r#"{"peer_guid":"other","app":"openrv","capabilities":[],"role":"viewer"}"#;
    desk.tell("LiveSession.1", "PEER_ANNOUNCE", viewer);
    desk.said();
    desk.tell("LiveSession.1", "I_AM_MASTER", r#"{"master_guid":"other"}"#);
    assert_eq!(desk.events(), ["I_AM_MASTER"], "it says so again");
}
