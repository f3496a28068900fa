use session_core::Command;

use crate::common::{Network, timeline};

#[test]
fn two_hosts_that_meet_share_both_sessions_and_one_stays_master() {
    for (first, second) in [("a", "b"), ("b", "a")] {
        let mut network = Network::new(1);
        network.host(first);
        network.command(first, Command::AddTimeline { timeline: timeline("t1", &["c1"]) });
        network.run_for_ms(1_000);
        network.host(second);
        network.command(second, Command::AddTimeline { timeline: timeline("t2", &["c2"]) });
        network.run_for_ms(4_000);
        network.assert_equal();
        let names: Vec<_> = network
            .state("a")
            .get("timelines")
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .map(str::to_owned)
            .collect();
        assert_eq!(names.len(), 2);
        assert!(network.nodes["a"].peer.is_master());
        assert!(!network.nodes["b"].peer.is_master());
    }
}

#[test]
fn masters_that_were_apart_agree_again() {
    let mut network = Network::new(2);
    network.host("b");
    network.command("b", Command::AddTimeline { timeline: timeline("t1", &["c1"]) });
    network.join_now("a");
    network.join_now("c");
    network.cut("b");
    network.run_for_ms(6_000);
    assert!(network.nodes["a"].peer.is_master());
    network.heal("b");
    network.run_for_ms(4_000);
    let masters = network.nodes.values().filter(|node| node.peer.is_master()).count();
    assert_eq!(masters, 1);
    assert!(network.nodes["a"].peer.is_master());
}
