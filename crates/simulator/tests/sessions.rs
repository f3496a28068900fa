//! Sessions from fixed seeds; `cargo xtask sim` runs more.

use simulator::{Doing, Figures, Generation, LogPlan, Mutant, Plan, Quirk, Wanted};

/// Runs a seed twice.
fn run(seed: u64, wanted: &Wanted) -> Figures {
    let plan = Plan::draw(seed, wanted);
    let ran = plan.run();
    let again = format!("again: cargo xtask sim --first {seed} --seeds 1");
    assert_eq!(ran.failure.map(|failure| failure.to_string()), None, "seed {seed}; {again}");
    assert_eq!(ran.trace, plan.run().trace, "seed {seed} went another way the second time");
    ran.figures
}

#[test]
fn whatever_happens_all_peers_agree_on_the_fold() {
    let mut figures = Figures::default();
    for seed in 0..24 {
        let peers = 2 + usize::try_from(seed % 4).unwrap();
        let wanted = Wanted { peers: Some(peers), operations: Some(100), ..Wanted::default() };
        figures.add(&run(seed, &wanted));
    }
    assert!(figures.late > 0 && figures.redos > 0 && figures.restarts > 0, "{figures:?}");
}

#[test]
fn what_a_run_made_before_it_was_forgotten_is_settled_although_it_later_seems_a_gap() {
    run(1271, &Wanted::default());
}

/// That ours agree among themselves and nothing that they send raises by itself is asked of every session; how many
/// existing peers end equal is told.
#[test]
fn existing_peers_take_part_and_ours_agree_all_the_same() {
    let mut figures = Figures::default();
    for seed in 0..12 {
        let wanted = Wanted { peers: Some(3), operations: Some(60), mixed: true, ..Wanted::default() };
        figures.add(&run(seed, &wanted));
    }
    let existing = &figures.existing;
    assert!(existing.at_end > 12 && existing.messages > 100 && existing.equal > 0, "{figures:?}");
}

/// One of ours edits, alone, and latest existing peers behind a broker look on.
fn onlookers(seed: u64) -> Plan {
    // Where drawings and notes of several clips become one the fold goes its own way; that is for the steward to tell.
    const LEFT_OUT: &[Doing] = &[Doing::WriteNote, Doing::ChangeNote, Doing::SetRange];
    let wanted = Wanted {
        peers: Some(2),
        operations: Some(80),
        mixed: true,
        existing_must_agree: true,
        ..Wanted::default()
    };
    let mut plan = Plan::draw(seed, &wanted);
    plan.network.broker = true;
    let mut started = vec![false; plan.peers.len() + plan.existing.len()];
    // Nobody else of ours: what a joiner hears before it asks, another master may not have heard yet.
    plan.steps.retain(|step| match step.doing {
        Doing::Start => step.peer != 1 && !std::mem::replace(&mut started[step.peer], true),
        doing => step.peer == 0 && doing.is_command() && !LEFT_OUT.contains(&doing),
    });
    for peer in &mut plan.existing {
        peer.generation = Generation::Latest;
    }
    plan
}

#[test]
fn what_one_of_ours_does_alone_existing_peers_follow_to_the_byte() {
    let mut figures = Figures::default();
    for seed in 0..12 {
        let ran = onlookers(seed).run();
        assert_eq!(ran.failure.map(|failure| failure.to_string()), None, "seed {seed}");
        assert_eq!(ran.figures.existing.raised_by_ours, 0, "seed {seed}");
        figures.add(&ran.figures);
    }
    assert_eq!(figures.existing.equal, figures.existing.at_end, "{figures:?}");
}

#[test]
fn logs_that_get_operations_in_any_order_show_the_fold_and_undo_leaves_others_alone() {
    let mut figures = Figures::default();
    for seed in 0..400 {
        let (ran, failure) = LogPlan::draw(seed).run();
        let again = format!("again: cargo xtask sim --logs --first {seed} --seeds 1");
        assert_eq!(failure.map(|failure| failure.to_string()), None, "seed {seed}; {again}");
        figures.add(&ran);
    }
    assert_eq!(figures.missed_of_logs(), [""; 0]);
    assert!(figures.marks["undo.identity"] > 400 && figures.marks["undo.others_kept"] > 1_000, "{figures:?}");
}

#[test]
fn any_bytes_are_a_session_of_logs() {
    for text in ["", "some bytes", &"many more bytes, of which five make an act; ".repeat(40)] {
        let (_, failure) = LogPlan::of_bytes(text.as_bytes()).run();
        assert_eq!(failure.map(|failure| failure.to_string()), None);
    }
}

/// The first seed that notices a broken rule.
fn noticed(mutant: Mutant) -> Option<u64> {
    // Few participants are seldom given a role, or start from a settled state.
    let drawn = matches!(mutant, Mutant::ForgetsWhoseRole | Mutant::RewritesStates);
    let (peers, operations) = if drawn { (None, None) } else { (Some(3), Some(100)) };
    let wanted = Wanted { peers, operations, mutant: Some(mutant), ..Wanted::default() };
    (0..50).find(|seed| Plan::draw(*seed, &wanted).run().failure.is_some())
}

#[test]
fn every_rule_that_one_peer_breaks_is_noticed_within_fifty_seeds() {
    for (mutant, word) in Mutant::WORDS {
        let seed = noticed(*mutant);
        assert!(seed.is_some(), "{word} goes unnoticed");
    }
}

#[test]
fn a_saved_plan_is_the_same_plan() {
    for (seed, (mutant, _)) in (0..).zip(Mutant::WORDS) {
        let wanted = Wanted {
            mutant: Some(*mutant),
            mixed: seed % 2 == 1,
            existing_must_agree: seed % 4 == 1,
            without: Some(Quirk::LosesTheBatch),
            ..Wanted::default()
        };
        let plan = Plan::draw(seed, &wanted);
        assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
    }
}

#[test]
fn a_plan_that_fails_shrinks_to_a_few_steps() {
    let wanted = Wanted {
        peers: Some(3),
        operations: Some(100),
        mutant: Some(Mutant::RewritesGuids),
        ..Wanted::default()
    };
    let fails = |plan: &Plan| plan.run().failure;
    let plan = (0..50).map(|seed| Plan::draw(seed, &wanted)).find(|plan| fails(plan).is_some()).unwrap();
    let (steps, failure) = (plan.steps.len(), fails(&plan).unwrap());
    let shrunk = plan.shrink(failure, 300, &mut |plan| fails(plan));
    assert!(shrunk.plan.steps.len() * 4 < steps, "{} of {steps} steps are left", shrunk.plan.steps.len());
    assert_eq!(fails(&shrunk.plan), Some(shrunk.failure));
}
