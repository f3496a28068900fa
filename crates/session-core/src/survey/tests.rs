#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use lossless_json::{Object, Value};
use session_wire::{
    AddTimeline, ClaimOwnership, Envelope, ExistingSummary, Heartbeat, IAmMaster, Message, OperationFields,
    PeerAnnounce, PeerDepart, PeerEntry, PlaybackSettings, RemoveTimeline, Selection, StateSnapshot,
    WhoIsMaster,
};

use super::{Gap, Kind, KnownBy, Onlooker, PeerReport, Severity, Survey, SurveyReport};
use crate::clock::Now;
use crate::config::Delivery;
use crate::limits::SECOND_US;
use crate::steward::Generation;

const START_S: f64 = 1_800_000_000.0;

/// So many seconds after the start.
fn at(seconds: f64) -> Now {
    let us = |seconds: f64| crate::clock::microseconds(seconds).unwrap();
    Now { monotonic_us: us(seconds) + SECOND_US, wall_us: us(START_S + seconds) }
}

fn survey(delivery: Delivery) -> Survey {
    let onlooker =
        Onlooker { session: "dailies".into(), guid: "onlooker".into(), run: "run".into(), delivery };
    Survey::new(onlooker, at(0.0))
}

fn hear(survey: &mut Survey, source: &str, message: impl Into<Message>, seconds: f64) {
    survey.hear(&Envelope::new("dailies", source, message), at(seconds));
}

fn heartbeat(serves: bool) -> Heartbeat {
    let held = Heartbeat::new("run", [].into(), ExistingSummary::default(), "digest", 0);
    Heartbeat { serves, ..held }
}

fn announce(source: &str) -> PeerAnnounce {
    PeerAnnounce::new(source, "openrv", vec!["visibility".into()])
}

fn peer<'a>(report: &'a SurveyReport, guid: &str) -> &'a PeerReport {
    report.peers.iter().find(|peer| *peer.guid == *guid).unwrap()
}

fn codes(report: &SurveyReport, severity: Severity) -> Vec<&'static str> {
    report.findings.iter().filter(|found| found.severity == severity).map(|found| found.code).collect()
}

fn generation(report: &SurveyReport, guid: &str) -> (Generation, bool) {
    match peer(report, guid).kind {
        Kind::Existing { generation, certain } => (generation, certain),
        Kind::Ours { .. } => panic!("{guid} is one of ours"),
    }
}

#[test]
fn peers_of_ours_are_told_from_existing_ones_by_what_only_they_say() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "hub", heartbeat(true), 1.0);
    let own = Envelope::new(
        "dailies",
        "joined",
        PeerAnnounce { version: Some("9.9".into()), ..announce("joined") },
    );
    survey.hear(&own.with_operation(OperationFields::new("run", 0)), at(1.0));
    hear(&mut survey, "rv", announce("rv"), 1.0);
    let report = survey.report(at(2.0));
    assert_eq!(peer(&report, "hub").kind, Kind::Ours { version: None, serves: Some(true) });
    assert_eq!(peer(&report, "joined").kind, Kind::Ours { version: Some("9.9".into()), serves: None });
    assert_eq!(generation(&report, "rv"), (Generation::Latest, true));
    assert_eq!(peer(&report, "rv").told_by, ["announces itself"]);
    assert!(report.is_attended() && !report.has_problems(), "{:?}", report.findings);
}

#[test]
fn a_peer_of_the_seeds_generation_is_told_by_what_it_says_and_by_what_it_does_not() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "hub", heartbeat(true), 0.5);
    let mut looping = PlaybackSettings::new(START_S + 1.0);
    looping.looping = Some(true);
    hear(&mut survey, "says-looping", looping, 1.0);
    hear(&mut survey, "selects", Selection::default(), 1.0);
    hear(&mut survey, "asks", WhoIsMaster::new("asks"), 1.0);
    let early = survey.report(at(2.0));
    assert_eq!(generation(&early, "says-looping"), (Generation::Seed, true));
    assert_eq!(generation(&early, "selects"), (Generation::Seed, true));
    assert_eq!(generation(&early, "asks"), (Generation::Seed, false), "it may announce itself yet");
    let late = survey.report(at(8.0));
    assert_eq!(generation(&late, "asks"), (Generation::Seed, true));
    assert_eq!(peer(&late, "asks").told_by, ["announced nothing in 8 s"]);
    let gaps = peer(&late, "asks").gaps();
    assert!(gaps.contains(&Gap::TimelinesThatGo) && gaps.contains(&Gap::Presence));
    assert!(Gap::TimelinesThatGo.words(true).ends_with("is given the whole state instead"));
}

#[test]
fn whoever_removes_timelines_or_claims_leases_is_of_the_latest_generation() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "removes", RemoveTimeline::new("t", START_S), 1.0);
    hear(&mut survey, "claims", ClaimOwnership::new("position", "claims", START_S + 1.0), 1.0);
    let report = survey.report(at(8.0));
    assert_eq!(generation(&report, "removes"), (Generation::Latest, true));
    assert_eq!(generation(&report, "claims"), (Generation::Latest, true));
    assert!(!peer(&report, "claims").gaps().contains(&Gap::Leases));
}

#[test]
fn silent_peers_are_known_from_those_who_heard_them_and_from_lists() {
    let mut survey = survey(Delivery::Reliable);
    let beat = Heartbeat { hears: [("quiet".to_owned(), 40 * SECOND_US)].into(), ..heartbeat(true) };
    hear(&mut survey, "hub", beat, 1.0);
    let mut state = StateSnapshot::new("onlooker", Object::new(), None, START_S);
    let entry = PeerEntry { app: "xstudio".into(), ..PeerEntry::default() };
    state.peers = Some([("onlooker".into(), entry.clone()), ("listed".into(), entry)].into());
    hear(&mut survey, "master", state, 1.0);
    let report = survey.report(at(2.0));
    let quiet = peer(&report, "quiet");
    assert_eq!((quiet.known_by, quiet.silent_us), (KnownBy::Told, Some(41 * SECOND_US)));
    assert_eq!(
        (peer(&report, "listed").known_by, peer(&report, "listed").app.as_str()),
        (KnownBy::Listed, "xstudio")
    );
    assert!(peer(&report, "master").is_master && report.peers.iter().all(|peer| *peer.guid != *"onlooker"));
    assert!(codes(&report, Severity::Note).contains(&"listed_only"));
}

#[test]
fn clocks_that_are_off_are_told_and_slow_messages_are_not() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "ahead", ClaimOwnership::new("position", "ahead", START_S + 3.8), 2.0);
    hear(&mut survey, "right", PlaybackSettings::new(START_S + 1.0), 3.0);
    hear(&mut survey, "right", PlaybackSettings::new(START_S + 2.9), 3.0);
    let report = survey.report(at(4.0));
    let clock = |guid: &str| peer(&report, guid).clock_us.unwrap();
    assert!(clock("ahead").abs_diff(1_800_000) < 1_000 && clock("right").abs_diff(-100_000) < 1_000);
    let found = report.findings.iter().find(|found| found.code == "clock_ahead").unwrap();
    assert_eq!((found.what.as_str(), found.about.as_deref()), ("ahead: clock 1.8 s ahead", Some("ahead")));
    assert!(!codes(&report, Severity::Problem).contains(&"clock_behind"));
}

#[test]
fn where_all_clocks_are_off_alike_it_is_this_machines() {
    let mut survey = survey(Delivery::Reliable);
    for source in ["a", "b"] {
        hear(&mut survey, source, ClaimOwnership::new("position", source, START_S + 31.0), 1.0);
    }
    let report = survey.report(at(2.0));
    let found: Vec<_> = report.findings.iter().filter(|found| found.code.contains("clock")).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].what, "the clock of this machine is 30.0 s behind, or those of all others");
}

#[test]
fn several_masters_and_none_are_problems_where_nobody_of_ours_is_there() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "a", announce("a"), 1.0);
    assert_eq!(codes(&survey.report(at(8.0)), Severity::Problem), ["no_master"]);
    hear(&mut survey, "a", IAmMaster::new("a"), 1.0);
    assert!(codes(&survey.report(at(8.0)), Severity::Problem).is_empty());
    hear(&mut survey, "b", StateSnapshot::new("onlooker", Object::new(), None, START_S), 1.0);
    assert_eq!(codes(&survey.report(at(6.0)), Severity::Problem), ["several_masters"]);
    hear(&mut survey, "hub", heartbeat(true), 5.0);
    let attended = survey.report(at(6.0));
    assert!(codes(&attended, Severity::Problem).is_empty());
    assert!(codes(&attended, Severity::Note).contains(&"existing_master"));
}

#[test]
fn over_datagrams_a_master_may_be_there_whose_state_is_too_long() {
    let mut survey = survey(Delivery::Lossy);
    hear(&mut survey, "a", announce("a"), 1.0);
    let report = survey.report(at(8.0));
    assert!(!report.has_problems() && codes(&report, Severity::Note).contains(&"no_master"));
}

#[test]
fn a_question_for_the_master_that_nobody_answers_is_a_problem() {
    let mut survey = survey(Delivery::Reliable);
    for tenth in 0..40 {
        hear(&mut survey, "rv", WhoIsMaster::new("rv"), 3.0 + f64::from(tenth) / 10.0);
    }
    let report = survey.report(at(7.0));
    let found = report.findings.iter().find(|found| found.code == "seeks_master").unwrap();
    assert_eq!(found.what, "rv: has looked for a master for 4 s (40 questions) and found none");
}

#[test]
fn what_existing_peers_cannot_read_is_told_with_its_sender() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "hub", heartbeat(true), 1.0);
    let marker = r#"{"OTIO_SCHEMA":"Timeline.9","name":"t","metadata":{},"tracks":{"OTIO_SCHEMA":"Stack.1","children":[]}}"#;
    let timeline = lossless_json::parse(marker.as_bytes(), &lossless_json::Limits::default()).unwrap().value;
    hear(&mut survey, "rv", AddTimeline::new("t", timeline, START_S), 1.0);
    survey.hear_unreadable(Some("rv"), "it has no payload", at(1.0));
    survey.hear_unreadable(None, "it is no JSON", at(1.0));
    let report = survey.report(at(2.0));
    let problems = codes(&report, Severity::Problem);
    assert_eq!(problems.iter().filter(|code| **code == "unreadable").count(), 2);
    assert!(problems.contains(&"newer_schema"), "{problems:?}");
}

#[test]
fn a_peer_that_announces_itself_and_falls_silent_is_told() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "hub", heartbeat(true), 9.0);
    hear(&mut survey, "rv", announce("rv"), 1.0);
    assert_eq!(codes(&survey.report(at(10.0)), Severity::Problem), ["silent"]);
    hear(&mut survey, "rv", PeerDepart::new("rv"), 10.0);
    assert!(survey.report(at(10.0)).peers.iter().all(super::PeerReport::is_ours), "who left is not here");
}

#[test]
fn peers_of_ours_that_show_different_documents_are_told() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "a", heartbeat(true), 1.0);
    hear(&mut survey, "b", Heartbeat { digest: "another".into(), ..heartbeat(true) }, 1.0);
    assert_eq!(codes(&survey.report(at(2.0)), Severity::Problem), ["diverged"]);
}

#[test]
fn an_empty_session_and_others_on_the_same_network_are_told() {
    let mut survey = survey(Delivery::Lossy);
    survey.hear(&Envelope::new("elsewhere", "rv", announce("rv")), at(1.0));
    survey.hear(&Envelope::new("dailies", "onlooker", announce("onlooker")), at(1.0));
    let report = survey.report(at(8.0));
    assert_eq!(codes(&report, Severity::Problem), ["nobody"]);
    assert_eq!(codes(&report, Severity::Note), ["other_sessions"]);
}

#[test]
fn the_report_for_programs_names_every_peer_with_what_it_does_not_understand() {
    let mut survey = survey(Delivery::Reliable);
    hear(&mut survey, "asks", WhoIsMaster::new("asks"), 1.0);
    let value = survey.report(at(9.0)).to_value();
    let peers = value.get("peers").and_then(Value::as_array).unwrap();
    let field = |key: &str| peers[0].get(key).and_then(Value::as_str);
    assert_eq!(
        (field("guid"), field("kind"), field("generation")),
        (Some("asks"), Some("existing"), Some("seed"))
    );
    let gaps = peers[0].get("does_not_understand").and_then(Value::as_array).unwrap();
    assert_eq!(gaps[0].get("code").and_then(Value::as_str), Some("timelines_that_go"));
    assert_eq!(value.get("attended").and_then(Value::as_bool), Some(false));
}

#[test]
fn the_question_makes_nobody_of_ours_look_after_the_onlooker() {
    let question = survey(Delivery::Reliable).question("nobody");
    assert!(question.operation.is_some_and(|operation| operation.seq == 0));
    assert_eq!(question.message.event(), "STATE_REQUEST");
}
