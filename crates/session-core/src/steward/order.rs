//! The fewest steps that bring a list of children into order, whatever is uncertain about it.

use std::collections::{BTreeMap, BTreeSet};

use session_log::Guid;

/// One repair of a list of children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Out with it, as often as it may stand there.
    Remove { child: Guid, times: usize },
    /// In at that index.
    Insert { child: Guid, index: usize },
    /// Elsewhere: the index counts without it.
    Move { child: Guid, index: usize },
}

/// Brings `have`, and every list that differs from it only in where the `placed` stand and whether the `members` do,
/// into the order of `want`.
///
/// All others stand in the same order everywhere, since only inserting, moving and removing a child changes its order
/// among the others. So the uncertain ones first go to the end, where they are in nobody's way, and then one by one, from
/// the front, to their index.
pub(crate) fn steps(
    want: &[Guid],
    have: &[Guid],
    placed: &BTreeSet<Guid>,
    members: &BTreeMap<Guid, usize>,
) -> Vec<Step> {
    let index: BTreeMap<&Guid, usize> = want.iter().enumerate().map(|(at, guid)| (guid, at)).collect();
    let mut count: BTreeMap<&Guid, usize> = BTreeMap::new();
    for guid in have {
        *count.entry(guid).or_default() += 1;
    }
    let held = |guid: &Guid| count.get(guid).copied().unwrap_or(0);

    let missing = want.iter().filter(|guid| members.contains_key(*guid) || held(guid) != 1);
    let rebuilt: BTreeSet<&Guid> = missing.collect();
    let foreign = have.iter().filter(|guid| !index.contains_key(guid));
    let gone: BTreeSet<&Guid> = foreign.chain(members.keys()).chain(rebuilt.iter().copied()).collect();
    let removals = gone.iter().map(|guid| {
        // Whoever was given the state meanwhile holds what is wanted, if this one does not.
        let wanted = usize::from(index.contains_key(*guid));
        let doubted = members.get(*guid).map_or(wanted, |inserts| inserts + 1);
        Step::Remove { child: Guid::clone(guid), times: held(guid).max(doubted) }
    });
    let mut steps: Vec<Step> =
        removals.filter(|step| !matches!(step, Step::Remove { times: 0, .. })).collect();

    let staying: Vec<&Guid> = have.iter().filter(|guid| !gone.contains(guid)).collect();
    let certain: Vec<usize> = staying
        .iter()
        .filter(|guid| !placed.contains(**guid))
        .filter_map(|guid| index.get(*guid).copied())
        .collect();
    let in_order = longest_run(&certain);
    let moved: BTreeSet<&Guid> =
        staying.into_iter().filter(|guid| index.get(*guid).is_none_or(|at| !in_order.contains(at))).collect();

    if moved.len() + rebuilt.len() > 1 {
        let end = want.len();
        steps.extend(moved.iter().map(|guid| Step::Move { child: Guid::clone(guid), index: end }));
    }
    let place = |(index, guid): (usize, &Guid)| {
        let child = Guid::clone(guid);
        if rebuilt.contains(guid) {
            Some(Step::Insert { child, index })
        } else {
            moved.contains(guid).then_some(Step::Move { child, index })
        }
    };
    steps.extend(want.iter().enumerate().filter_map(place));
    steps
}

/// The numbers of one of the longest ascending runs, not necessarily side by side.
fn longest_run(numbers: &[usize]) -> BTreeSet<usize> {
    // The position at which the lowest run of each length ends, and what stands before each position in its run.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|&end| numbers.get(end) < Some(number));
        if let (Some(slot), Some(previous)) = (before.get_mut(at), length.checked_sub(1)) {
            *slot = ends.get(previous).copied();
        }
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = BTreeSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        run.extend(numbers.get(at));
        next = before.get(at).copied().flatten();
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guid(number: usize) -> Guid {
        Guid::from(format!("c{number}"))
    }

    /// As a reference peer would.
    fn apply(list: &mut Vec<Guid>, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Remove { child, times } => {
                    for _ in 0..*times {
                        if let Some(at) = list.iter().position(|guid| guid == child) {
                            list.remove(at);
                        }
                    }
                }
                Step::Insert { child, index } => list.insert((*index).min(list.len()), Guid::clone(child)),
                Step::Move { child, index } => {
                    if let Some(at) = list.iter().position(|guid| guid == child) {
                        let taken = list.remove(at);
                        list.insert((*index).min(list.len()), taken);
                    }
                }
            }
        }
    }

    #[test]
    fn one_child_elsewhere_is_one_move() {
        let want: Vec<Guid> = (0..5).map(guid).collect();
        let have: Vec<Guid> = [0, 4, 1, 2, 3].map(guid).into();
        let steps = steps(&want, &have, &BTreeSet::new(), &BTreeMap::new());
        assert_eq!(steps, [Step::Move { child: guid(4), index: 4 }]);
    }

    #[test]
    fn what_is_put_in_is_taken_out_first_where_some_hold_it_already() {
        let want: Vec<Guid> = (0..5).map(guid).collect();
        let have: Vec<Guid> = [0, 1, 3].map(guid).into();
        let steps = steps(&want, &have, &BTreeSet::new(), &BTreeMap::new());
        for mut list in [have, want.clone()] {
            apply(&mut list, &steps);
            assert_eq!(list, want);
        }
    }

    #[test]
    fn what_is_as_it_should_be_is_left_alone() {
        let want: Vec<Guid> = (0..5).map(guid).collect();
        assert_eq!(steps(&want, &want, &BTreeSet::new(), &BTreeMap::new()), []);
    }

    proptest! {
        #[test]
        fn any_list_that_differs_only_in_what_is_uncertain_ends_in_order(
            want in prop::collection::btree_set(0usize..30, 0..20).prop_map(|set| set.into_iter().collect::<Vec<_>>()).prop_shuffle(),
            strangers in prop::collection::vec((30usize..33, any::<prop::sample::Index>()), 0..3),
            placed in prop::collection::btree_set(0usize..30, 0..4),
            members in prop::collection::btree_map(0usize..30, 1usize..2, 0..4),
            other in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3), 8),
        ) {
            let want: Vec<Guid> = want.into_iter().map(guid).collect();
            let placed: BTreeSet<Guid> = placed.into_iter().map(guid).collect();
            let members: BTreeMap<Guid, usize> = members.into_iter().map(|(at, n)| (guid(at), n)).collect();
            // What an onlooker has: anything, from which the certain ones are the same everywhere.
            let mut have = want.clone();
            for (stranger, at) in strangers {
                have.insert(at.index(have.len() + 1), guid(stranger));
            }
            let steps = steps(&want, &have, &placed, &members);
            let mut list = have.clone();
            apply(&mut list, &steps);
            prop_assert_eq!(&list, &want);
            // What another one has: the uncertain ones elsewhere, or not there, or twice.
            let mut list: Vec<Guid> = have;
            let uncertain: Vec<Guid> = placed.iter().filter(|guid| list.contains(guid)).cloned().collect();
            for (guid, (at, _)) in uncertain.into_iter().zip(&other) {
                list.retain(|other| *other != guid);
                list.insert(at.index(list.len() + 1), guid);
            }
            for (guid, (at, times)) in members.keys().zip(other.iter().rev()) {
                list.retain(|other| other != guid);
                for _ in 0..*times {
                    list.insert(at.index(list.len() + 1), Guid::clone(guid));
                }
            }
            apply(&mut list, &steps);
            prop_assert_eq!(&list, &want);
        }

        #[test]
        fn any_order_is_put_right(shuffled in Just((0usize..12).collect::<Vec<_>>()).prop_shuffle()) {
            let want: Vec<Guid> = (0..12).map(guid).collect();
            let mut have: Vec<Guid> = shuffled.into_iter().map(guid).collect();
            let steps = steps(&want, &have, &BTreeSet::new(), &BTreeMap::new());
            apply(&mut have, &steps);
            prop_assert_eq!(have, want);
        }
    }
}
