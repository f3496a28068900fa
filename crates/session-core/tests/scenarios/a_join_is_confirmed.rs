use session_core::{Command, Confirmation, Effect};
use session_wire::{Envelope, IAmMaster, StateSnapshot};

use crate::common::{Network, timeline};

fn told(network: &Network, name: &str) -> Vec<(String, bool, Confirmation)> {
    let effects = network.nodes[name].effects.iter().filter_map(|effect| match effect {
        Effect::JoinConfirmation { guid, own, outcome } => Some((guid.to_string(), *own, *outcome)),
        _ => None,
    });
    effects.collect()
}

fn session() -> Network {
    let mut network = Network::new(1);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2"]) });
    network
}

fn rename(name: &str) -> Command {
    Command::SetProperty { target_uuid: "c1".into(), path: "name".into(), value: name.into() }
}

#[test]
fn the_joiner_and_whom_it_joined_by_know_once_it_holds_everything() {
    let mut network = session();
    network.join_now("b");
    assert_eq!(told(&network, "b"), Vec::new(), "nobody has compared yet");
    network.run_for_ms(3_000);
    assert_eq!(told(&network, "b"), [("b".to_owned(), true, Confirmation::Confirmed)]);
    assert_eq!(told(&network, "a"), [("b".to_owned(), false, Confirmation::Confirmed)]);
    assert_eq!(network.nodes["b"].peer.join_confirmation(), Some(Confirmation::Confirmed));
    assert_eq!(network.nodes["a"].peer.join_confirmation(), None, "it opened the session");
    network.join_now("c");
    network.run_for_ms(3_000);
    assert_eq!(told(&network, "b").len(), 2, "those who were there learn of each joiner once");
}

#[test]
fn it_is_confirmed_when_the_session_stands_still_and_not_before() {
    let mut network = session();
    network.join_now("b");
    for number in 0..50 {
        network.command("a", rename(&format!("take {number}")));
        network.run_for_ms(400);
    }
    assert_eq!(told(&network, "b"), [("b".to_owned(), true, Confirmation::NotConfirmed)]);
    network.run_for_ms(3_000);
    assert_eq!(told(&network, "b").last(), Some(&("b".to_owned(), true, Confirmation::Confirmed)));
}

#[test]
fn a_joiner_that_shows_something_else_is_told_so_until_it_is_mended() {
    let mut network = session();
    network.join_now("b");
    let now = network.seconds();
    // Two bodies under one identity: the same operations by name, another document.
    let body = |name: &str| {
        let fields = session_wire::OperationFields::new("r", 1);
        let set = session_wire::SetProperty::new("c1", "name", name.into(), now);
        Envelope::new("dailies", "m", set).with_operation(fields)
    };
    network.receive("a", body("one"));
    network.receive("b", body("two"));
    network.run_for_ms(2_500);
    let outcomes: Vec<Confirmation> = told(&network, "b").iter().map(|(_, _, outcome)| *outcome).collect();
    assert_eq!(outcomes.first(), Some(&Confirmation::Mismatched));
    network.run_for_ms(5_000);
    assert_eq!(network.nodes["b"].peer.join_confirmation(), Some(Confirmation::Confirmed));
    network.assert_equal();
}

#[test]
fn where_there_are_existing_peers_only_nobody_can_confirm_it() {
    let mut network = Network::new(1);
    network.join("b");
    network.receive("b", Envelope::new("dailies", "e", IAmMaster::new("e")));
    network.run_for_ms(310);
    let timelines = [("t", timeline("t", &["c1"]))].into_iter().collect();
    network.receive(
        "b",
        Envelope::new("dailies", "e", StateSnapshot::new("b", timelines, None, network.seconds())),
    );
    network.run_for_ms(20_000);
    assert_eq!(told(&network, "b"), [("b".to_owned(), true, Confirmation::NotConfirmed)]);
}
