use session_core::{Command, Note};

use crate::common::documents::stroke;
use crate::common::{Network, Random, clip, timeline};

/// Something to do, with what one peer knows.
fn random_command(
    random: &mut Random,
    number: usize,
    tracks: &[String],
    clips: &[(String, String)],
) -> Command {
    let index = i64::try_from(random.below(8)).unwrap() - 2;
    let track = random.pick(tracks).cloned().unwrap_or_default();
    let (parent, child) = random.pick(clips).cloned().unwrap_or_default();
    match random.below(18) {
        0..=2 => Command::InsertChild { parent_uuid: track, index, child_data: clip(&format!("n{number}")) },
        3..=4 => Command::MoveChild { parent_uuid: parent, child_uuid: child, to_index: index },
        5 => Command::MoveChild { parent_uuid: track, child_uuid: child, to_index: index },
        6 => Command::RemoveChild { parent_uuid: parent, child_uuid: child },
        7 => Command::SetProperty {
            target_uuid: child,
            path: "name".into(),
            value: format!("v{number}").into(),
        },
        8 => Command::SetProperty {
            target_uuid: child,
            path: "metadata/a/b".into(),
            value: (number as u64).into(),
        },
        9 => {
            Command::Annotate { clip_guid: child, frame: index.abs(), events: stroke(&format!("s{number}")) }
        }
        10 => Command::Note(Note {
            clip_guid: child,
            frame: index.abs(),
            text: format!("note {number}"),
            ..Note::default()
        }),
        11 => Command::Undo,
        12 => Command::Seek { frame: float(number), rate: None },
        13 if index < 2 => Command::Play { frame: None },
        13 => Command::Pause { frame: (index > 3).then_some(float(number)) },
        14 => Command::Select { clip_guid: Some(child), view_mode: None, timeline_guid: None },
        15 => Command::Select {
            clip_guid: None,
            view_mode: None,
            timeline_guid: Some(random.pick(&["t", "u"]).copied().unwrap_or_default().to_owned()),
        },
        16 => {
            let field = random.pick(&["zoom", "exposure"]).copied().unwrap_or_default();
            Command::Display { fields: [(field, float(number))].into_iter().collect() }
        }
        _ => Command::Redo,
    }
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

fn known(network: &Network, name: &str) -> (Vec<String>, Vec<(String, String)>) {
    let tracks = network.children(name, "t-stack");
    let of_track = |track: &String| {
        network.children(name, track).into_iter().map(|child| (track.clone(), child)).collect::<Vec<_>>()
    };
    let clips = tracks.iter().flat_map(of_track).collect();
    (tracks, clips)
}

fn second_track() -> lossless_json::Value {
    let tracks = timeline("w", &["w1", "w2"]);
    tracks.get("tracks").unwrap().get("children").unwrap().as_array().unwrap()[0].clone()
}

fn run(seed: u64) -> (Network, Vec<String>) {
    let mut network = Network::new(seed);
    let mut plan = Random::new(seed ^ 0xabcd);
    network.host("a");
    network.command("a", Command::AddTimeline { timeline: timeline("t", &["c1", "c2", "c3"]) });
    network.command(
        "a",
        Command::InsertChild { parent_uuid: "t-stack".into(), index: -1, child_data: second_track() },
    );
    network.command("a", Command::AddTimeline { timeline: timeline("u", &["d1"]) });
    network.join_now("b");
    network.join_now("c");
    (network.loss, network.doubled, network.latency_us) = (15, 15, (100, 200_000));
    let mut done = 0;
    for number in 0..200 * 3 {
        let name = ["a", "b", "c"][number % 3];
        let (tracks, clips) = known(&network, name);
        let command = random_command(&mut plan, number, &tracks, &clips);
        done += usize::from(network.try_command(name, command).is_ok());
        network.run_for_ms(plan.below(40));
    }
    assert!(done > 300, "only {done} of 600 commands could be carried out");
    (network.loss, network.doubled) = (0, 0);
    network.run_for_ms(3_500);
    network.assert_equal();
    let trace = network.nodes.keys().map(|name| network.digest(name)).collect();
    (network, trace)
}

#[test]
fn three_peers_with_two_hundred_commands_each() {
    for seed in 0..4 {
        let (network, trace) = run(seed);
        let again = run(seed).1;
        assert_eq!(trace, again, "seed {seed} is not deterministic");
        // The log of one, taken in anew in another order, folds to the same.
        let mut persisted = network.nodes["a"].persisted.clone();
        persisted.reverse();
        let mut peer = session_core::Peer::new(network.config_of("a"), network.now("a"));
        peer.restore(persisted);
        assert_eq!(peer.log().digest(), trace[0]);
    }
}
