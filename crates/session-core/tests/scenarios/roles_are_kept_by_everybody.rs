use session_core::{Command, CommandError, Opening, Receipt, RefusalReason, Role};
use session_log::NoEffect;
use session_wire::{
    ClaimOwnership, DisplaySettings, Envelope, Identity, InsertChild, Message, OperationFields, PeerAnnounce,
    PlaybackSettings, ReplaceAnnotationCommands, SessionRoles, SetPeerRole, SetProperty, StateSnapshot,
};

use crate::common::documents::stroke;
use crate::common::{Existing, Network, clip, give, timeline};

/// `a` hosts and guards; `b` takes part.
fn session() -> Network {
    let mut network = Network::new(1);
    network.guard = Some("a".into());
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join_now("b");
    network.run_for_ms(1_000);
    network
}

fn rename(clip: &str, name: &str) -> Command {
    Command::SetProperty { target_uuid: clip.into(), path: "name".into(), value: name.into() }
}

fn name_of(network: &Network, peer: &str, clip: &str) -> String {
    let state = network.nodes[peer].peer.log().state();
    let (timeline, node) = state.locate(clip).unwrap();
    state.timeline(&timeline).unwrap().name(node).to_owned()
}

fn from(source: &str, user: &str, seq: u64, message: impl Into<Message>) -> Envelope {
    let user = Some(user.to_owned()).filter(|user| !user.is_empty());
    Envelope::new("dailies", source, message)
        .with_operation(OperationFields { user, ..OperationFields::new(format!("run-of-{source}"), seq) })
}

fn reason(receipt: &Receipt) -> Option<RefusalReason> {
    match receipt {
        Receipt::Refused(refusal) => Some(refusal.reason),
        _ => None,
    }
}

#[test]
fn an_edit_that_crosses_the_taking_of_its_authors_role_has_no_effect_anywhere() {
    let mut network = session();
    network.join_now("c");
    network.latency_us = (50_000, 50_000);
    network.command("a", give("b", Role::Viewer));
    network.run_for_ms(20);
    network.command("b", rename("c1", "too late"));
    assert_eq!(name_of(&network, "b", "c1"), "too late", "b cannot know yet");
    network.run_for_ms(3_000);
    network.assert_equal();
    for name in ["a", "b", "c"] {
        assert_eq!(name_of(&network, name, "c1"), "c1", "{name}");
    }
    assert!(network.effects("b").contains(&"warning"), "b is told that its edit came to nothing");
    assert!(matches!(
        network.try_command("b", rename("c1", "x")),
        Err(CommandError::Role { role: Role::Viewer, .. })
    ));
}

#[test]
fn an_edit_from_before_the_taking_of_its_authors_role_stays_however_late_it_comes() {
    let mut network = session();
    network.join_now("c");
    network.cut("b");
    network.command("b", rename("c1", "in time"));
    network.run_for_ms(100);
    network.command("a", give("b", Role::Viewer));
    network.run_for_ms(1_000);
    network.heal("b");
    network.run_for_ms(3_000);
    network.assert_equal();
    assert_eq!(name_of(&network, "c", "c1"), "in time");
}

#[test]
fn a_role_that_is_given_late_is_given_at_its_place() {
    let mut network = session();
    network.join_now("c");
    network.cut("a");
    network.command("a", give("c", Role::Viewer));
    network.run_for_ms(100);
    network.command("c", rename("c1", "a viewer's"));
    network.command("b", rename("c2", "a driver's"));
    network.run_for_ms(500);
    assert_eq!(name_of(&network, "b", "c1"), "a viewer's", "nobody has heard of the role");
    network.heal("a");
    network.run_for_ms(3_000);
    network.assert_equal();
    assert_eq!([name_of(&network, "b", "c1"), name_of(&network, "b", "c2")], ["c1", "a driver's"]);
    assert_eq!(network.nodes["c"].peer.role(), Role::Viewer);
}

#[test]
fn an_edit_that_was_refused_since_a_promotion_was_under_way_comes_in_after_all() {
    let mut network = session();
    network.join_now("c");
    network.command("a", give("b", Role::Viewer));
    network.run_for_ms(100);
    // c makes b a driver; b hears it, the guard does not yet.
    network.away.insert("a".into());
    network.command("c", give("b", Role::Driver));
    network.run_for_ms(100);
    network.away.remove("a");
    network.command("b", rename("c1", "promoted"));
    network.run_for_ms(5);
    assert_eq!(network.nodes["a"].peer.refused().get(&RefusalReason::Role), Some(&1));
    network.run_for_ms(4_000);
    network.assert_equal();
    assert_eq!(name_of(&network, "a", "c1"), "promoted");
}

#[test]
fn of_two_drivers_who_take_each_others_role_at_once_one_stays() {
    let mut network = session();
    network.latency_us = (50_000, 50_000);
    network.command("a", give("b", Role::Viewer));
    network.command("b", give("a", Role::Viewer));
    network.run_for_ms(3_000);
    network.assert_equal();
    let roles = ["a", "b"].map(|name| network.nodes[name].peer.role());
    assert_eq!(roles, [Role::Driver, Role::Viewer]);
}

#[test]
fn nobody_gives_up_the_role_of_driver() {
    let mut network = session();
    assert_eq!(network.try_command("a", give("a", Role::Viewer)), Err(CommandError::OwnRole));
    let seconds = network.seconds();
    let mut envelope = from("x", "x", 1, SetPeerRole::new("x", "viewer"));
    envelope.operation.as_mut().unwrap().hlc = Some(network.now("a").wall_us);
    network.connect("x", Some("x"), None);
    network.receive("a", envelope);
    network.receive("a", from("x", "x", 2, SetProperty::new("c1", "name", "still".into(), seconds)));
    assert_eq!(name_of(&network, "a", "c1"), "still");
}

#[test]
fn where_nobody_can_be_a_driver_anybody_names_the_first_one() {
    let mut network = Network::new(1);
    network.join("b");
    network.receive("b", Envelope::new("dailies", "e", session_wire::IAmMaster::new("e")));
    network.run_for_ms(310);
    let timelines = [("t", timeline("t", &["c1"]))].into_iter().collect();
    let mut snapshot = StateSnapshot::new("b", timelines, None, network.seconds());
    snapshot.session_roles =
        Some(SessionRoles::new("viewer", [("gone".to_owned(), "reviewer".to_owned())].into()));
    network.receive("b", Envelope::new("dailies", "e", snapshot));
    assert_eq!(network.nodes["b"].peer.role(), Role::Viewer);
    assert!(matches!(network.try_command("b", rename("c1", "x")), Err(CommandError::Role { .. })));
    assert!(matches!(network.try_command("b", give("gone", Role::Reviewer)), Err(CommandError::Role { .. })));
    network.command("b", give("b", Role::Driver));
    assert_eq!(network.nodes["b"].peer.role(), Role::Driver);
    network.command("b", rename("c1", "driven"));
    assert_eq!(name_of(&network, "b", "c1"), "driven");
    // A joiner takes the same roles to start from.
    network.join_now("c");
    assert_eq!(network.nodes["c"].peer.role(), Role::Viewer);
    assert!(matches!(network.try_command("c", give("c", Role::Driver)), Err(CommandError::Role { .. })));
    network.assert_equal();
    assert_eq!(network.nodes["b"].peer.log().state().roles(), network.nodes["c"].peer.log().state().roles());
}

#[test]
fn a_reviewer_draws_and_takes_back_its_own_and_nothing_else() {
    let mut network = session();
    network.command("a", Command::Annotate { clip_guid: "c1".into(), frame: 3, events: stroke("of-a") });
    network.command("b", rename("c2", "as a driver"));
    network.run_for_ms(50);
    network.command("a", give("b", Role::Reviewer));
    network.run_for_ms(50);
    let drawn =
        network.command("b", Command::Annotate { clip_guid: "c1".into(), frame: 3, events: stroke("of-b") });
    network.command("b", Command::Annotate { clip_guid: "c2".into(), frame: 8, events: stroke("alone") });
    let note =
        session_core::Note { clip_guid: "c2".into(), frame: 9, text: "darker".into(), ..Default::default() };
    network.command("b", Command::Note(note));
    network.run_for_ms(100);
    for id in
        network.nodes["b"].peer.log().operations().map(|operation| operation.id().clone()).collect::<Vec<_>>()
    {
        assert!(network.nodes["a"].peer.log().effect(&id).unwrap().is_ok(), "{id}");
    }
    let clear =
        |commands| Command::ReplaceAnnotation { annotation_clip_guid: drawn.guid.clone().unwrap(), commands };
    let refused = network.try_command("b", clear(Vec::new())).unwrap_err();
    assert!(matches!(refused, CommandError::Role { role: Role::Reviewer, .. }), "{refused}");
    network.command("b", clear(stroke("of-a")));
    for _ in 0..3 {
        network.command("b", Command::Undo);
    }
    let refused = network.try_command("b", Command::Undo);
    network.run_for_ms(3_000);
    network.assert_equal();
    assert!(matches!(refused, Err(CommandError::Role { .. } | CommandError::Overtaken(_))), "{refused:?}");
}

#[test]
fn a_guard_refuses_what_the_senders_role_forbids_and_says_why() {
    let mut network = session();
    network.command("a", give("mallory", Role::Viewer));
    network.connect("m", Some("mallory"), None);
    let now = network.seconds();
    let held = network.nodes["a"].peer.log().len();
    let playback = PlaybackSettings { playing: Some(true), ..PlaybackSettings::new(now) };
    let forbidden: Vec<Message> = vec![
        SetProperty::new("c1", "name", "x".into(), now).into(),
        InsertChild::new("t-track", 0, clip("x"), now).into(),
        ReplaceAnnotationCommands::new("c1", vec![], now).into(),
        SetPeerRole::new("mallory", "driver").into(),
        playback.into(),
        ClaimOwnership::new("position", "m", now).into(),
        session_wire::Selection::new(Some("c1".into()), "source", now).into(),
        session_wire::PartialAnnotation::new("c1", 1.0, 24.0, vec![]).into(),
    ];
    for (number, message) in forbidden.into_iter().enumerate() {
        let event = message.event().to_owned();
        let mut envelope = from("m", "mallory", number as u64 + 1, message);
        envelope.operation.as_mut().unwrap().hlc = Some(network.now("a").wall_us);
        let Receipt::Refused(refusal) = network.receive("a", envelope) else { panic!("{event} was taken") };
        assert_eq!(refusal.reason, RefusalReason::Role, "{event}");
        assert!(
            refusal.detail.starts_with("a viewer may not ")
                && refusal.detail.ends_with("ask a driver for another role")
        );
    }
    let zoom = DisplaySettings { zoom: Some(2.0), ..DisplaySettings::new(now) };
    assert!(matches!(network.receive("a", Envelope::new("dailies", "m", zoom)), Receipt::Accepted { .. }));
    assert_eq!(network.nodes["a"].peer.log().len(), held);
}

#[test]
fn a_guard_holds_a_connection_to_the_name_and_the_role_that_it_was_opened_with() {
    let mut network = session();
    network.command("a", give("mallory", Role::Viewer));
    network.connect("m", Some("mallory"), None);
    let now = network.seconds();
    let edit = || SetProperty::new("c1", "name", "x".into(), now);
    let as_alice = network.receive("a", from("m", "alice", 1, edit()));
    assert_eq!(reason(&as_alice), Some(RefusalReason::ForeignIdentity));
    assert_eq!(reason(&network.receive("a", from("m", "", 1, edit()))), Some(RefusalReason::Role));
    // As an existing peer sends it, without saying who it is.
    let bare = Envelope::new("dailies", "m", edit());
    assert_eq!(reason(&network.receive("a", bare)), Some(RefusalReason::Role));
    let mut announce = PeerAnnounce::new("m", "x", vec![]);
    announce.identity = Some(Identity { user: "alice".into(), ..Identity::default() });
    let renamed = network.receive("a", Envelope::new("dailies", "m", announce));
    assert_eq!(reason(&renamed), Some(RefusalReason::ForeignIdentity));
    network.connect("v", Some("victor"), Some(Role::Viewer));
    let refused = network.receive("a", from("v", "victor", 1, edit()));
    assert_eq!(reason(&refused), Some(RefusalReason::Role), "it asked to be a viewer");
    assert_eq!(name_of(&network, "a", "c1"), "c1");
}

#[test]
fn a_reviewer_may_seek_but_not_choose_what_everybody_sees() {
    let mut network = session();
    network
        .command("a", Command::Select { clip_guid: Some("c1".into()), view_mode: None, timeline_guid: None });
    network.command("a", give("b", Role::Reviewer));
    network.run_for_ms(100);
    network.command("b", Command::Seek { frame: 5.0, rate: None });
    network.run_for_ms(100);
    assert_eq!(
        network.nodes["a"].peer.refused().get(&RefusalReason::Role),
        None,
        "what it repeats is not judged"
    );
    network.assert_equal();
    let now = network.seconds();
    let look = PlaybackSettings { view_mode: Some("sequence".into()), ..PlaybackSettings::new(now) };
    let refused = network.receive("a", Envelope::new("dailies", "b", look));
    assert_eq!(reason(&refused), Some(RefusalReason::Role));
    let elsewhere = PlaybackSettings { timeline_guid: Some("u".into()), ..PlaybackSettings::new(now) };
    assert_eq!(
        reason(&network.receive("a", Envelope::new("dailies", "b", elsewhere))),
        Some(RefusalReason::Role)
    );
}

#[test]
fn an_existing_peer_is_bound_by_a_role_for_its_guid_and_by_no_other() {
    let mut network = session();
    network.guard = None;
    network.command("a", give("eve", Role::Viewer));
    network.existing.insert("e".into(), Existing::joining("e"));
    network.drain_existing("e");
    network.run_for_ms(500);
    let edit = |network: &mut Network, name: &str| {
        let now = network.seconds();
        network.existing.get_mut("e").unwrap().edit(SetProperty::new("c1", "name", name.into(), now));
        network.drain_existing("e");
        network.run_for_ms(100);
    };
    edit(&mut network, "its own check let it through");
    assert_eq!(name_of(&network, "b", "c1"), "its own check let it through");
    let of_peer =
        Command::SetPeerRole { user: String::new(), peer_guid: Some("e".into()), role: Role::Viewer };
    network.command("a", of_peer);
    edit(&mut network, "no longer");
    network.assert_equal();
    assert_eq!(name_of(&network, "b", "c1"), "its own check let it through");
}

#[test]
fn a_role_that_an_existing_peer_gives_binds_from_where_the_steward_stamps_it() {
    let mut network = session();
    network.guard = None;
    network.away.insert("b".to_owned());
    network.command("b", rename("c1", "before"));
    network.run_for_ms(20);
    network.receive("a", Envelope::new("dailies", "e", SetPeerRole::new("b", "viewer")));
    network.run_for_ms(20);
    network.command("b", rename("c1", "after"));
    network.away.clear();
    network.run_for_ms(4_000);
    network.assert_equal();
    assert_eq!(network.nodes["b"].peer.role(), Role::Viewer);
    assert_eq!(name_of(&network, "a", "c1"), "before");
    assert!(network.try_command("b", rename("c1", "later")).is_err());
}

#[test]
fn the_host_is_nobody_whom_the_session_made_a_reviewer_whatever_it_announces() {
    let mut network = Network::new(1);
    let mut config = network.config("a", Opening::Host);
    config.capabilities = vec!["visibility".into()];
    network.start(config);
    let mut announce = PeerAnnounce::new("e", "xstudio", vec!["visibility".into()]);
    announce.identity = Some(Identity { user: "eve".into(), ..Identity::default() });
    announce.role = Some("driver".into());
    let announced = Envelope::new("dailies", "e", announce);
    network.receive("a", announced.clone());
    assert_eq!(network.nodes["a"].peer.host().map(|guid| &**guid), Some("e"));
    network.command("a", give("eve", Role::Reviewer));
    assert_eq!(network.nodes["a"].peer.host().map(|guid| &**guid), Some("a"));
    network.receive("a", announced);
    assert_eq!(network.nodes["a"].peer.host().map(|guid| &**guid), Some("a"));
    let eve = network.nodes["a"].peer.participants().find(|(guid, _)| &***guid == "e").unwrap().1;
    assert_eq!(eve.role, Some(Role::Reviewer));
    network.command("a", give("eve", Role::Driver));
    assert_eq!(network.nodes["a"].peer.host().map(|guid| &**guid), Some("e"));
}

#[test]
fn the_log_says_why_an_operation_has_no_effect() {
    let mut network = session();
    network.command("a", give("mallory", Role::Reviewer));
    let now = network.seconds();
    // Not by a connection of its own: nobody knows who sends it, and the fold alone decides.
    network.guard = None;
    let receipt =
        network.receive("b", from("m", "mallory", 1, SetProperty::new("c1", "name", "x".into(), now)));
    let Receipt::Accepted { durable: Some(id), .. } = receipt else { panic!("{receipt:?}") };
    network.run_for_ms(100);
    let effect = network.nodes["b"].peer.log().effect(&id).unwrap();
    assert!(matches!(effect, Err(NoEffect::Role { role: Role::Reviewer, .. })), "{effect:?}");
    assert_eq!(effect.unwrap_err().to_string(), "a reviewer may not change timelines");
}
