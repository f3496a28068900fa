use std::collections::BTreeMap;

use lossless_json::{Object, Value};
use session_core::limits::{
    FETCHED_OPERATIONS_BURST, LIVE_OPERATIONS_BURST, LIVE_OPERATIONS_PER_SECOND, OPERATION_BYTES_MAX,
    OPERATIONS_ANSWERS_TO_ALL_PER_SECOND, REDONE_PER_OPERATION,
};
use session_core::{Command, Ignored, Opening, Output, Receipt, RefusalReason, Warning};
use session_log::NoEffect;
use session_log::limits::CHILDREN_MAX;
use session_wire::{
    AddTimeline, Anchor, Base, ClaimOwnership, Envelope, ExistingSummary, Heartbeat, Hello, InsertChild,
    Message, MoveChild, OperationFields, Operations, OperationsRequest, RenameTimeline,
    ReplaceAnnotationCommands, SetProperty,
};

use crate::common::documents::{json, stroke};
use crate::common::{Network, clip, timeline};

/// Three honest peers without a hub; what `m` sends reaches all of them.
fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network.join_now("b");
    network.join_now("c");
    network.run_for_ms(1_500);
    network
}

fn of_m(message: impl Into<Message>, fields: OperationFields) -> Envelope {
    Envelope::new("dailies", "m", message).with_operation(fields)
}

fn rename(name: &str, now: f64) -> SetProperty {
    SetProperty::new("c1", "name", name.into(), now)
}

fn honest_edit(network: &mut Network, name: &str) {
    let value = format!("by {name}");
    let path = format!("metadata/{name}");
    network
        .command(name, Command::SetProperty { target_uuid: "c2".into(), path, value: value.as_str().into() });
}

/// After it, honest peers go on and agree.
fn honest_peers_agree(network: &mut Network) {
    for name in ["a", "b", "c"] {
        honest_edit(network, name);
    }
    network.run_for_ms(3_500);
    network.assert_equal();
    let state = network.nodes["c"].peer.log().state();
    let (timeline, node) = state.locate("c2").unwrap();
    let metadata = state.timeline(&timeline).unwrap().metadata(node).unwrap();
    for name in ["a", "b", "c"] {
        assert_eq!(metadata.get(name).and_then(Value::as_str), Some(format!("by {name}").as_str()));
    }
}

fn held(network: &Network, name: &str) -> usize {
    network.nodes[name].peer.log().len()
}

fn warned(network: &Network, name: &str, wanted: Warning) -> bool {
    network.nodes[name]
        .effects
        .iter()
        .any(|effect| matches!(effect, session_core::Effect::Warning { code, .. } if *code == wanted))
}

fn sent(network: &Network, name: &str, event: &str) -> usize {
    network.nodes[name].sent.iter().filter(|sent| sent.message.event() == event).count()
}

#[test]
fn stamps_of_2100_of_zero_and_of_no_time_split_nobody_and_no_clock_follows() {
    let mut network = session();
    let stamps = [Some(4_102_444_800_000_000), Some(0), Some(u64::MAX), None, None, None];
    let seconds = [1.0, 1.0, 1.0, -5.0, f64::NAN, f64::INFINITY];
    for (number, (hlc, seconds)) in stamps.into_iter().zip(seconds).enumerate() {
        let fields = OperationFields { hlc, ..OperationFields::new("r", number as u64 + 1) };
        network.broadcast("m", &of_m(rename(&format!("stamp {number}"), seconds), fields));
        network.broadcast("m", &Envelope::new("dailies", "m", rename(&format!("bare {number}"), seconds)));
    }
    network.run_for_ms(200);
    honest_peers_agree(&mut network);
    for name in ["a", "b", "c"] {
        let own =
            network.nodes[name].peer.log().operations().filter(|operation| *operation.id().source == *name);
        let latest = own.map(|operation| operation.stamp().hlc_us).max().unwrap();
        assert!(latest <= network.now(name).wall_us, "{name} stamps from the future");
    }
    assert!(
        network.nodes["a"].peer.refused()[&RefusalReason::Malformed] >= 2,
        "no time at all is no operation"
    );
}

#[test]
fn a_peer_whose_clock_is_an_hour_ahead_is_told_and_its_edit_comes_when_its_time_has_come() {
    let mut network = session();
    network.guard = Some("a".into());
    let config = network.config("z", Opening::Join { or_host: false });
    network.start_restored(config, Vec::new(), 3_600_000_000);
    network.run_until_synced("z");
    network.run_for_ms(1_500);
    // As behind a hub: what z sends reaches the guard alone.
    let now = network.now("z");
    network.nodes.get_mut("z").unwrap().peer.command(
        now,
        1,
        Command::SetProperty { target_uuid: "c1".into(), path: "name".into(), value: "ahead".into() },
    );
    let mut edit = None;
    while let Some(output) = network.nodes.get_mut("z").unwrap().peer.poll_output() {
        if let Output::Send { envelope, .. } = output {
            edit = Some(Envelope::clone(&envelope));
        }
    }
    let before = held(&network, "a");
    let Receipt::Refused(refusal) = network.receive("a", edit.unwrap()) else { panic!("it was taken") };
    assert_eq!(refusal.reason, RefusalReason::Clock);
    assert!(refusal.detail.contains("3600 s ahead"), "{}", refusal.detail);
    network.away.extend(["b".to_owned(), "c".to_owned()]);
    let asked = sent(&network, "a", "OPERATIONS_REQUEST");
    network.run_for_ms(30_000);
    assert_eq!(held(&network, "a"), before, "not by the back door either");
    let asked = sent(&network, "a", "OPERATIONS_REQUEST") - asked;
    assert!((1..=5).contains(&asked), "asked {asked} times");
    network.now_us += 3_600_000_000;
    network.run_for_ms(15_000);
    assert_eq!(held(&network, "a"), before + 1);
}

#[test]
fn a_flood_of_operations_is_taken_at_a_bounded_rate_and_honest_peers_end_equal() {
    let mut network = session();
    let before = held(&network, "a");
    let mut number = 0;
    for second in 0..4_u64 {
        for _ in 0..5_000 {
            number += 1;
            let now = network.seconds();
            let fields = OperationFields::new("r", number);
            let envelope = of_m(rename(&format!("{number}"), now), fields);
            // Each of them hears another part of it.
            let receivers = ["a", "b", "c"].into_iter().filter(|name| {
                (number + name.len() as u64 + second) % 3 != u64::from(name.as_bytes()[0]) % 3
            });
            for name in receivers {
                let receipt = network.receive(name, envelope.clone());
                assert!(matches!(receipt, Receipt::Accepted { .. } | Receipt::Ignored(Ignored::TooOften)));
            }
        }
        honest_edit(&mut network, "b");
        network.run_for_ms(1_000);
    }
    let share = (LIVE_OPERATIONS_BURST + 5 * LIVE_OPERATIONS_PER_SECOND) as usize;
    assert!(warned(&network, "a", Warning::Flood));
    honest_peers_agree(&mut network);
    for name in ["a", "b", "c"] {
        let taken = held(&network, name) - before;
        assert!(taken > 1_000 && taken <= 3 * share + 100, "{name} holds {taken}");
    }
}

#[test]
fn a_flood_under_ever_new_names_takes_no_more_than_a_bounded_share_either() {
    let mut network = session();
    let name = "a";
    let now = network.now(name);
    let peer = &mut network.nodes.get_mut(name).unwrap().peer;
    let mut taken = 0;
    for number in 0..30_000_u32 {
        let source = format!("m{}", number / 50);
        let fields = OperationFields {
            hlc: Some(now.wall_us - 1_000_000 + u64::from(number)),
            ..OperationFields::new("r", u64::from(number % 50) + 1)
        };
        let envelope = Envelope::new("dailies", source, SetProperty::new("nobody", "name", "x".into(), 1.0));
        taken += usize::from(matches!(
            peer.receive(now, envelope.with_operation(fields)),
            Receipt::Accepted { .. }
        ));
        while peer.poll_output().is_some() {}
    }
    // 256 names have a budget of their own, all others share one.
    assert!(taken <= 256 * 50 + LIVE_OPERATIONS_BURST as usize, "{taken}");
    assert!(peer.participants().count() < 10);
}

#[test]
fn operations_stamped_before_everything_cost_their_sender_what_they_cost_the_others() {
    let mut network = session();
    for number in 0..3_000 {
        let path = format!("metadata/n{}", number % 7);
        network.command("b", Command::SetProperty { target_uuid: "c2".into(), path, value: true.into() });
        if number % 500 == 0 {
            network.run_for_ms(1_000);
        }
    }
    network.run_for_ms(2_000);
    let before = held(&network, "a");
    let mut taken = 0;
    for number in 1..=2_000 {
        let fields = OperationFields { hlc: Some(number), ..OperationFields::new("r", number) };
        let receipt = network.receive("a", of_m(rename("first", 1.0), fields));
        taken += usize::from(matches!(receipt, Receipt::Accepted { .. }));
    }
    let bound = LIVE_OPERATIONS_BURST as usize / (before / REDONE_PER_OPERATION) + 2;
    assert!(taken <= bound, "{taken} of 2000 were taken, {bound} may be");
    honest_peers_agree(&mut network);
}

#[test]
fn two_bodies_under_one_identity_end_as_one_everywhere_and_their_author_is_told() {
    let mut network = session();
    let now = network.seconds();
    let body = |name: &str| of_m(rename(name, now), OperationFields::new("r", 1));
    network.receive("a", body("one"));
    network.receive("b", body("two"));
    network.receive("c", body("three"));
    assert_ne!(network.digest("a"), network.digest("b"));
    network.run_for_ms(40_000);
    honest_peers_agree(&mut network);
    let warnings = ["a", "b", "c"].map(|name| warned(&network, name, Warning::Equivocation));
    assert!(warnings.contains(&true));
    let refused = network.receive("a", body("four"));
    assert!(matches!(refused, Receipt::Refused(refusal) if refusal.reason == RefusalReason::Equivocation));
    let told = network.nodes["a"].sent.iter().any(|sent| {
        matches!(&sent.message, Message::Refusal(refusal) if refusal.target_guid == "m" && refusal.reason == "equivocation")
    });
    assert!(told, "the master tells it");
    network.run_for_ms(40_000);
    honest_peers_agree(&mut network);
    // Both bodies are on the disk; a restart comes to the same one.
    let config = network.config_of("a");
    let digest = network.digest("a");
    let disk = network.kill("a");
    let mut peer = session_core::Peer::new(config, network.now("a"));
    assert_eq!(peer.restore(disk).refused, Vec::new());
    assert_eq!(peer.log().digest(), digest);
}

#[test]
fn objects_that_are_too_many_or_too_deep_or_inside_themselves_have_no_effect_for_anybody() {
    let mut network = session();
    let deep = (0..80).fold(clip("leaf"), |inner, level| {
        let text = inner.to_text(lossless_json::Style::Python);
        json(&format!(
            r#"{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"s{level}"}}}},"name":"","source_range":null,"effects":[],"markers":[],
            "enabled":true,"color":null,"children":[{text}]}}"#
        ))
    });
    let many = (0..100_001).map(|_| json(r#"{"OTIO_SCHEMA":"TextAnnotation.1","text":"x"}"#)).collect();
    network.command("a", Command::Annotate { clip_guid: "c1".into(), frame: 1, events: stroke("s") });
    network.run_for_ms(50);
    let state = network.nodes["a"].peer.log().state();
    let drawn = state.timelines().flat_map(|(_, document)| {
        let root = document.root().unwrap();
        document
            .descend(root)
            .filter_map(|node| Some((document.name(node), document.guid(node)?)))
            .collect::<Vec<_>>()
    });
    let drawn =
        drawn.filter(|(name, _)| *name == "Annotation_1").map(|(_, guid)| guid.to_owned()).next().unwrap();
    let now = network.seconds();
    let between = |seq| OperationFields { after: Some(Anchor::EDGE), ..OperationFields::new("r", seq) };
    let bombs = [
        of_m(InsertChild::new("t-track", 0, deep, now), OperationFields::new("r", 1)),
        of_m(MoveChild::new("t-track", "t-stack", 0, now), between(2)),
        of_m(MoveChild::new("t-track", "t-track", 0, now), between(3)),
        of_m(ReplaceAnnotationCommands::new(drawn, many, now), OperationFields::new("r", 4)),
        of_m(AddTimeline::new("x", json(r#"{"OTIO_SCHEMA":"Clip.2"}"#), now), OperationFields::new("r", 5)),
    ];
    for envelope in &bombs {
        for name in ["a", "b", "c"] {
            let receipt = network.receive(name, envelope.clone());
            let Receipt::Accepted { durable: Some(id), .. } = receipt else { panic!("{receipt:?}") };
            let effect = network.nodes[name].peer.log().effect(&id).unwrap();
            assert!(
                matches!(
                    effect,
                    Err(NoEffect::Limit { .. }
                        | NoEffect::OtherParent(_)
                        | NoEffect::Cycle(_)
                        | NoEffect::Unreadable(_))
                ),
                "{}: {effect:?}",
                envelope.message.event()
            );
        }
    }
    honest_peers_agree(&mut network);
}

#[test]
fn children_come_as_far_as_everybody_has_room_for_them_and_operations_that_are_too_long_not_at_all() {
    let mut network = session();
    let now = network.seconds();
    let gaps = vec![r#"{"OTIO_SCHEMA":"Gap.1"}"#; CHILDREN_MAX].join(",");
    let crowd = json(&format!(
        r#"{{"OTIO_SCHEMA":"Track.1","metadata":{{"sync":{{"guid":"crowd"}}}},"name":"","kind":"Video","children":[{gaps}]}}"#
    ));
    let crowd = of_m(InsertChild::new("t-stack", 0, crowd, now), OperationFields::new("r", 1));
    let one_more = of_m(InsertChild::new("crowd", 0, clip("one-more"), now), OperationFields::new("r", 2));
    network.receive("a", crowd);
    let receipt = network.receive("a", one_more);
    let Receipt::Accepted { durable: Some(id), .. } = receipt else { panic!("{receipt:?}") };
    let effect = network.nodes["a"].peer.log().effect(&id).unwrap();
    assert!(matches!(effect, Err(NoEffect::Limit { max: CHILDREN_MAX, .. })), "{effect:?}");
    let long = of_m(rename(&"x".repeat(OPERATION_BYTES_MAX), now), OperationFields::new("r", 3));
    let refused = network.receive("a", long);
    assert!(matches!(refused, Receipt::Refused(refusal) if refusal.reason == RefusalReason::Limit));
}

#[test]
fn of_two_moves_into_each_other_one_stands() {
    let mut network = session();
    let stack = |guid: &str| {
        json(&format!(
            r#"{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"","source_range":null,"effects":[],"markers":[],
            "enabled":true,"color":null,"children":[]}}"#
        ))
    };
    for guid in ["s1", "s2"] {
        network.command(
            "a",
            Command::InsertChild { parent_uuid: "t-track".into(), index: 0, child_data: stack(guid) },
        );
    }
    network.run_for_ms(100);
    let now = network.seconds();
    let into = |parent: &str, child: &str, seq| {
        let fields = OperationFields { after: Some(Anchor::EDGE), ..OperationFields::new("r", seq) };
        of_m(MoveChild::new(parent, child, 0, now), fields)
    };
    for (name, order) in [("a", [1, 2]), ("b", [2, 1]), ("c", [1, 2])] {
        for seq in order {
            let (parent, child) = if seq == 1 { ("s1", "s2") } else { ("s2", "s1") };
            network.receive(name, into(parent, child, seq));
        }
    }
    honest_peers_agree(&mut network);
    assert_eq!(network.children("c", "s1"), ["s2"]);
}

#[test]
fn one_that_claims_to_hold_more_and_never_gives_it_keeps_nobody_from_what_others_hold() {
    let mut network = session();
    let claim = Heartbeat {
        serves: true,
        ..Heartbeat::new(
            "r",
            BTreeMap::from([("m/r".to_owned(), 1_000_000)]),
            ExistingSummary::default(),
            "",
            1,
        )
    };
    let claim = Envelope::new("dailies", "m", claim);
    network.cut("c");
    for number in 0..20 {
        let path = format!("metadata/n{number}");
        network.command("b", Command::SetProperty { target_uuid: "c2".into(), path, value: true.into() });
    }
    network.run_for_ms(500);
    network.heal("c");
    let asked = sent(&network, "c", "OPERATIONS_REQUEST");
    for _ in 0..100 {
        network.broadcast("m", &claim);
        network.run_for_ms(100);
    }
    let asked = sent(&network, "c", "OPERATIONS_REQUEST") - asked;
    assert!(asked <= 20, "asked {asked} times in ten seconds");
    network.assert_equal();
    honest_peers_agree(&mut network);
}

#[test]
fn an_answer_that_never_ends_is_given_up() {
    let mut network = session();
    let frontier = BTreeMap::from([("m/r".to_owned(), 1_000_000)]);
    let claim =
        Heartbeat { serves: true, ..Heartbeat::new("r", frontier, ExistingSummary::default(), "", 1) };
    network.run_for_ms(1_000);
    network.receive("c", Envelope::new("dailies", "m", claim.clone()));
    let number = network.nodes["c"].sent.iter().rev().find_map(|sent| match &sent.message {
        Message::OperationsRequest(request) if request.target_guid == "m" => Some(request.request),
        _ => None,
    });
    let number = number.unwrap();
    let mut ended = None;
    for part in 0..200 {
        network.run_for_ms(500);
        network.receive("c", Envelope::new("dailies", "m", claim.clone()));
        let answer = Operations::new("c", number, part, false, Vec::new());
        let receipt = network.receive("c", Envelope::new("dailies", "m", answer));
        if !matches!(receipt, Receipt::Accepted { .. }) {
            ended.get_or_insert((part, receipt));
        }
    }
    let (part, receipt) = ended.unwrap();
    assert!(part <= 125 && matches!(receipt, Receipt::Refused(_)), "{part} {receipt:?}");
    honest_peers_agree(&mut network);
}

#[test]
fn what_a_peer_hands_over_of_its_own_is_taken_whole_and_it_is_asked_again_when_that_is_paid_back() {
    let mut network = session();
    let frontier = |upto: u64| BTreeMap::from([("m/r".to_owned(), upto)]);
    let claim = |upto| Heartbeat {
        serves: true,
        ..Heartbeat::new("r", frontier(upto), ExistingSummary::default(), "", 1)
    };
    network.receive("c", Envelope::new("dailies", "m", claim(u64::MAX)));
    let number = network.nodes["c"].sent.iter().rev().find_map(|sent| match &sent.message {
        Message::OperationsRequest(request) if request.target_guid == "m" => Some(request.request),
        _ => None,
    });
    // One too many for a burst, in operations that do nothing.
    let count = u64::from(FETCHED_OPERATIONS_BURST) + 1_000;
    let wall_us = network.now("c").wall_us;
    let parts = count.div_ceil(20_000);
    for part in 0..parts {
        let numbers = part * 20_000 + 1..=((part + 1) * 20_000).min(count);
        let operations = numbers.map(|seq| {
            let fields = OperationFields { hlc: Some(wall_us), ..OperationFields::new("r", seq) };
            of_m(RenameTimeline::new("nowhere", "x", 1.0), fields).to_value()
        });
        let answer = Operations::new("c", number.unwrap(), part, part + 1 == parts, operations.collect());
        let now = network.now("c");
        network.nodes.get_mut("c").unwrap().peer.receive(now, Envelope::new("dailies", "m", answer));
        while network.nodes.get_mut("c").unwrap().peer.poll_output().is_some() {}
    }
    assert_eq!(
        network.nodes["c"].peer.log().frontier().get("m", "r"),
        count,
        "nobody is left with half of it"
    );
    let asked = |network: &Network| {
        let of_m = |sent: &&Envelope| matches!(&sent.message, Message::OperationsRequest(request) if request.target_guid == "m");
        network.nodes["c"].sent.iter().filter(of_m).count()
    };
    let before = asked(&network);
    network.run_for_ms(300);
    network.receive("c", Envelope::new("dailies", "m", claim(u64::MAX)));
    assert_eq!(asked(&network), before, "it is in debt");
    network.run_for_ms(1_000);
    network.receive("c", Envelope::new("dailies", "m", claim(u64::MAX)));
    assert_eq!(asked(&network), before + 1);
}

#[test]
fn requests_under_many_names_are_not_all_answered() {
    let mut network = session();
    let now = network.now("a");
    let peer = &mut network.nodes.get_mut("a").unwrap().peer;
    let mut answers = 0;
    for number in 0..2_000 {
        let name = format!("m{number}");
        peer.receive(
            now,
            Envelope::new("dailies", name.as_str(), OperationsRequest::new("a", 1, BTreeMap::new())),
        );
        peer.receive(now, Envelope::new("dailies", "m", Hello::new("m", "r", BTreeMap::new())));
        while let Some(output) = peer.poll_output() {
            answers += usize::from(matches!(output, Output::Send { .. }));
        }
    }
    assert!(answers <= OPERATIONS_ANSWERS_TO_ALL_PER_SECOND as usize + 11, "{answers}");
    network.run_for_ms(1_100);
    honest_peers_agree(&mut network);
}

#[test]
fn a_storm_of_claims_moves_no_lease_that_is_in_use_and_sends_nothing() {
    let mut network = session();
    network.command("a", Command::Play { frame: Some(1.0) });
    network.run_for_ms(50);
    let before = network.nodes["a"].sent.len();
    for number in 0..5_000 {
        let name = format!("m{}", number % 1_000);
        for claimed in ["position", "visibility", "nonsense"] {
            let claim = ClaimOwnership::new(
                claimed,
                name.as_str(),
                if number % 2 == 0 { f64::MIN } else { f64::NAN },
            );
            network.receive("a", Envelope::new("dailies", name.as_str(), claim));
        }
    }
    assert_eq!(network.nodes["a"].sent.len(), before);
    let now = network.now("a");
    let owner = network.nodes["a"].peer.lease(session_core::Channel::Position, now);
    assert_eq!(owner.as_deref(), Some("a"));
    network.run_for_ms(3_000);
    honest_peers_agree(&mut network);
}

#[test]
fn whoever_is_let_in_by_a_hub_cannot_bring_another_state_to_start_from() {
    let mut network = session();
    network.guard = Some("a".into());
    network.connect("m", None, None);
    let digest = network.digest("a");
    let existing = network.nodes["a"].peer.log().holdings().existing_summary();
    let claim = Heartbeat {
        serves: true,
        base: Some("older".into()),
        ..Heartbeat::new("r", BTreeMap::new(), existing, "", 1)
    };
    network.run_for_ms(300);
    network.receive("a", Envelope::new("dailies", "m", claim.clone()));
    let number = network.nodes["a"].sent.iter().rev().find_map(|sent| match &sent.message {
        Message::OperationsRequest(request) if request.target_guid == "m" => Some(request.request),
        _ => None,
    });
    let timelines: Object = [("lie", timeline("lie", &[]))].into_iter().collect();
    let base = Base { id: "older".into(), timelines, timeline_order: vec!["lie".into()], ..Base::default() };
    let lie = Operations { base: Some(base), ..Operations::new("a", number.unwrap(), 0, true, Vec::new()) };
    network.receive("a", Envelope::new("dailies", "m", lie));
    assert_eq!(network.digest("a"), digest);
    let asked = sent(&network, "a", "OPERATIONS_REQUEST");
    network.run_for_ms(300);
    network.receive("a", Envelope::new("dailies", "m", claim));
    assert_eq!(sent(&network, "a", "OPERATIONS_REQUEST"), asked, "nor is it asked for again");
}
