use lossless_json::{Object, Value};
use session_core::{Channel, Command};
use session_wire::{DisplaySettings, Envelope, PlaybackSettings, RationalTime, Selection};

use crate::common::{Existing, Network, timeline};

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.command("a", Command::AddTimeline { timeline: timeline("u", &["d1"]) });
    network.join_now("b");
    network
}

fn playback(network: &Network, name: &str) -> Object {
    network.nodes[name].peer.view().playback()
}

#[test]
fn who_changes_the_structure_claims_it_first_and_not_every_time() {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.join_now("b");
    network.run_for_ms(3_000);
    network.nodes.get_mut("b").unwrap().sent.clear();
    for index in 0..10 {
        let (parent_uuid, child_uuid) = ("t-track".into(), "c1".into());
        network.command("b", Command::MoveChild { parent_uuid, child_uuid, to_index: index % 3 });
        network.run_for_ms(50);
    }
    let events: Vec<&str> = network.nodes["b"].sent.iter().map(|sent| sent.message.event()).collect();
    let claims = |event: &&&str| **event == "CLAIM_OWNERSHIP";
    assert_eq!(events.first(), Some(&"CLAIM_OWNERSHIP"));
    assert_eq!(events.iter().filter(claims).count(), 1, "{events:?}");
    let owner = |network: &Network| {
        let now = network.now("a");
        network.nodes["a"].peer.lease(session_core::Channel::Structure, now).map(|guid| guid.to_string())
    };
    assert_eq!(owner(&network).as_deref(), Some("b"));
    network.run_for_ms(2_100);
    assert_eq!(owner(&network), None, "it runs out by itself");
}

#[test]
fn what_one_chooses_all_see_and_nothing_else_is_lost() {
    let mut network = session();
    network.command("a", Command::Seek { frame: 12.0, rate: Some(25.0) });
    network.run_for_ms(50);
    network.command(
        "b",
        Command::Select { clip_guid: Some("d1".into()), view_mode: None, timeline_guid: Some("u".into()) },
    );
    network.run_for_ms(50);
    network.command("a", Command::Pause { frame: None });
    network.run_for_ms(50);
    assert_eq!(playback(&network, "a"), playback(&network, "b"));
    let playback = playback(&network, "b");
    assert_eq!(Value::Object(playback.clone()).at(&["current_time", "value"]), Some(&12.0.into()));
    assert_eq!(playback.get("clip_guid"), Some(&"d1".into()));
    assert_eq!(playback.get("view_mode"), Some(&"source".into()));
    assert_eq!(network.nodes["a"].peer.view().active_timeline().map(|guid| &**guid), Some("u"));
    assert!(network.effects("a").contains(&"playback_settings"));
    assert!(network.effects("a").contains(&"active_timeline"));
    network.command("a", Command::RemoveTimeline { timeline_guid: "u".into() });
    network.run_for_ms(50);
    assert_eq!(network.nodes["b"].peer.view().active_timeline().map(|guid| &**guid), Some("t"));
}

#[test]
fn a_claim_goes_before_what_it_claims_for() {
    let mut network = session();
    network.command("b", Command::Seek { frame: 1.0, rate: None });
    network.command("b", Command::Display { fields: [("zoom", 2.0)].into_iter().collect() });
    let sent: Vec<_> =
        network.nodes["b"].sent.iter().rev().take(4).map(|sent| sent.message.family().to_owned()).collect();
    let claim = "BROADCAST_OWNERSHIP_1.0";
    assert_eq!(sent, ["DISPLAY_SETTINGS_1.0", claim, "PLAYBACK_SETTINGS_1.0", claim]);
    network.run_for_ms(50);
    assert_eq!(network.nodes["a"].peer.lease(Channel::Position, network.now("a")).as_deref(), Some("b"));
    network.run_for_ms(1_100);
    assert_eq!(network.nodes["a"].peer.lease(Channel::Position, network.now("a")), None);
}

#[test]
fn a_late_joiner_sees_what_the_others_see() {
    let mut network = session();
    network.command("a", Command::Seek { frame: 7.0, rate: None });
    network.command("a", Command::Display { fields: [("exposure", 1.5)].into_iter().collect() });
    network.join_now("c");
    assert_eq!(playback(&network, "c").get("current_time"), playback(&network, "a").get("current_time"));
    assert_eq!(network.nodes["c"].peer.view().display(), network.nodes["a"].peer.view().display());
    let participants: Vec<_> =
        network.nodes["c"].peer.participants().map(|(guid, _)| guid.to_string()).collect();
    assert_eq!(participants, ["a", "b", "c"]);
}

#[test]
fn existing_peers_of_every_age_are_understood() {
    let mut network = session();
    let now = network.seconds();
    let mut say = |message: session_wire::Message| {
        network.receive("a", Envelope::new("dailies", "e", message));
    };
    let mut old = PlaybackSettings::new(now);
    old.looping = Some(true);
    old.current_time = Some(RationalTime::new(3.0, 24.0));
    say(old.into());
    say(Selection { clip_guid: Some("c1".into()), sync_timestamp: Some(now), ..Selection::default() }.into());
    let mut display = DisplaySettings::new(now);
    display.zoom = Some(3.0);
    say(display.into());
    say(PlaybackSettings::new(now + 1.0).into());
    let view = network.nodes["a"].peer.view();
    assert_eq!(view.selected_clip(), Some("c1"));
    assert_eq!(view.playback().get("playback_mode"), Some(&"loop".into()));
    assert_eq!(view.playback().get("view_mode"), Some(&"source".into()));
    assert_eq!(view.display().get("zoom"), Some(&3.0.into()));
}

#[test]
fn existing_peers_are_sent_the_whole_of_playback() {
    let mut network = session();
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(300);
    network
        .command("a", Command::Select { clip_guid: Some("c1".into()), view_mode: None, timeline_guid: None });
    network.command("b", Command::Seek { frame: 5.0, rate: None });
    network.run_for_ms(50);
    network.command("b", Command::Pause { frame: None });
    network.run_for_ms(50);
    let playback = network.existing["e"].playback.clone().unwrap();
    assert_eq!(playback.get("clip_guid"), Some(&"c1".into()));
    assert_eq!(playback.at(&["current_time", "value"]), Some(&5.0.into()));
    assert_eq!(playback.get("timeline_guid"), Some(&"t".into()));
}

#[test]
fn two_who_change_different_things_at_once_both_get_them() {
    let mut network = session();
    network.command("a", Command::Seek { frame: 1.0, rate: None });
    network.command("b", Command::Display { fields: [("zoom", 1.0)].into_iter().collect() });
    network.run_for_ms(50);
    // Each sends all fields, as it knows them; only what it changes is meant.
    network
        .command("a", Command::Select { clip_guid: Some("c2".into()), view_mode: None, timeline_guid: None });
    network.command("b", Command::Seek { frame: 9.0, rate: None });
    network.command("a", Command::Display { fields: [("exposure", 2.0)].into_iter().collect() });
    network.command("b", Command::Display { fields: [("zoom", 3.0)].into_iter().collect() });
    network.run_for_ms(50);
    network.assert_equal();
    let view = network.nodes["a"].peer.view();
    assert_eq!(view.selected_clip(), Some("c2"));
    assert_eq!(Value::Object(view.playback()).at(&["current_time", "value"]), Some(&9.0.into()));
    assert_eq!(view.display().get("zoom"), Some(&3.0.into()));
    assert_eq!(view.display().get("exposure"), Some(&2.0.into()));
}

#[test]
fn a_joiner_takes_each_field_as_old_as_it_is() {
    let mut network = session();
    network.command("a", Command::Display { fields: [("zoom", 1.0)].into_iter().collect() });
    network.run_for_ms(50);
    // What b says is on its way for long; a has said something else since, and c joins a meanwhile.
    network.cut("b");
    network.command("b", Command::Display { fields: [("zoom", 2.0)].into_iter().collect() });
    network.run_for_ms(100);
    network.command("a", Command::Display { fields: [("exposure", 1.0)].into_iter().collect() });
    network.join_now("c");
    network.heal("b");
    network.run_for_ms(3_500);
    network.assert_equal();
    assert_eq!(network.nodes["c"].peer.view().display().get("zoom"), Some(&2.0.into()));
    assert_eq!(network.nodes["c"].peer.view().display().get("exposure"), Some(&1.0.into()));
}

#[test]
fn what_was_looked_at_meanwhile_is_known_soon_after_a_gap() {
    let mut network = session();
    network.join_now("c");
    network.cut("b");
    network.command("a", Command::Seek { frame: 5.0, rate: None });
    network
        .command("a", Command::Select { clip_guid: None, view_mode: None, timeline_guid: Some("u".into()) });
    network.run_for_ms(1_000);
    network.heal("b");
    network.run_for_ms(3_500);
    network.assert_equal();
    assert_eq!(network.nodes["b"].peer.view().active_timeline().map(|guid| &**guid), Some("u"));
}

#[test]
fn what_was_said_again_meanwhile_is_as_young_for_everybody_soon_after_a_gap() {
    let mut network = session();
    let zooms = || Command::Display { fields: [("zoom", 1.0)].into_iter().collect() };
    network.command("a", zooms());
    network.command("a", Command::Pause { frame: Some(3.0) });
    network.run_for_ms(1_000);
    network.cut("b");
    network.command("a", zooms());
    network.command("a", Command::Pause { frame: Some(3.0) });
    network.run_for_ms(1_000);
    network.heal("b");
    network.run_for_ms(3_500);
    network.assert_equal();
}

#[test]
fn the_active_timeline_does_not_depend_on_what_came_first() {
    let mut network = session();
    network.join_now("c");
    let shows =
        |guid: &str| Command::Select { clip_guid: None, view_mode: None, timeline_guid: Some(guid.into()) };
    network.command("a", Command::AddTimeline { timeline: timeline("w", &["w1"]) });
    network.run_for_ms(50);
    network.command("a", shows("u"));
    network.run_for_ms(50);
    // b shows w while c takes it away: whichever comes first, u was shown before.
    network.command("b", shows("w"));
    network.command("c", Command::RemoveTimeline { timeline_guid: "w".into() });
    network.run_for_ms(50);
    network.assert_equal();
    assert_eq!(network.nodes["b"].peer.view().active_timeline().map(|guid| &**guid), Some("u"));
}

#[test]
fn existing_peers_are_told_where_playback_starts_and_no_stale_time_while_it_runs() {
    let mut network = session();
    network.existing.insert("e".to_owned(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(500);
    let time = |network: &Network| {
        let told = network.existing["e"].playback.as_ref().unwrap();
        told.at(&["current_time", "value"]).and_then(Value::as_f64)
    };
    network.command("a", Command::Seek { frame: 12.0, rate: None });
    network.command("a", Command::Play { frame: None });
    network.run_for_ms(50);
    assert_eq!(time(&network), Some(12.0));
    network.command("a", Command::Select { clip_guid: None, view_mode: None, timeline_guid: None });
    network.run_for_ms(50);
    assert_eq!(time(&network), None);
}
