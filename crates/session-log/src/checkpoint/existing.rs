//! The operations of existing peers that a settled state covers: the latest, a bounded number of them.
//!
//! An existing peer's identities have no order, so nothing shorter than the list says which are covered. A steward that
//! gets one of them again, which is older than what is settled, must not take it for one that came late and stamp it.

use std::collections::{BTreeSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lossless_json::{Object, Value};

use crate::limits::SETTLED_EXISTING_MAX;

/// What checkpoints have covered of existing peers, as far as it is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Existing {
    /// What each checkpoint added, the earliest first.
    steps: VecDeque<Step>,
    /// The numbers in all of them.
    known: BTreeSet<u64>,
    /// The clock at which the last checkpoint ended of which something is forgotten; 0 where nothing is.
    forgotten_us: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    upto_us: u64,
    numbers: Vec<u64>,
}

impl Existing {
    pub(super) fn contains(&self, number: u64) -> bool {
        self.known.contains(&number)
    }

    /// Whether one that is made at that clock, or came to stand there, may be covered and forgotten.
    pub(super) const fn may_have_covered(&self, hlc_us: u64) -> bool {
        self.forgotten_us > 0 && hlc_us <= self.forgotten_us
    }

    /// With what a checkpoint adds that ends at that clock. Beyond the bound the earliest checkpoints are forgotten.
    pub(super) fn with(&self, upto_us: u64, numbers: &[u64]) -> Self {
        let mut all = self.clone();
        let numbers: Vec<u64> = numbers.iter().copied().filter(|&number| all.known.insert(number)).collect();
        if !numbers.is_empty() {
            all.steps.push_back(Step { upto_us, numbers });
        }
        while all.known.len() > SETTLED_EXISTING_MAX
            && let Some(earliest) = all.steps.pop_front()
        {
            all.forgotten_us = all.forgotten_us.max(earliest.upto_us);
            for number in earliest.numbers {
                all.known.remove(&number);
            }
        }
        all
    }

    /// `{forgotten, steps: [[clock, numbers], …]}`; the numbers are eight bytes each, in Base64.
    pub(super) fn to_value(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            let bytes: Vec<u8> = step.numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
            Value::from(vec![Value::from(step.upto_us), Value::from(STANDARD.encode(bytes))])
        });
        let steps: Vec<Value> = steps.collect();
        let pairs: Object =
            [("forgotten", Value::from(self.forgotten_us)), ("steps", steps.into())].into_iter().collect();
        pairs.into()
    }

    /// None where it is not of that form.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        let forgotten_us = value.get("forgotten")?.as_u64()?;
        let mut all = Self { forgotten_us, ..Self::default() };
        for step in value.get("steps")?.as_array()? {
            let [upto_us, numbers] = step.as_array()? else { return None };
            let bytes = STANDARD.decode(numbers.as_str()?).ok()?;
            let numbers = bytes.chunks(8).map(|number| Some(u64::from_be_bytes(number.try_into().ok()?)));
            all = all.with(upto_us.as_u64()?, &numbers.collect::<Option<Vec<u64>>>()?);
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_each_once_and_survive_their_text() {
        let most = u64::try_from(SETTLED_EXISTING_MAX).unwrap();
        let first = Existing::default().with(10, &[7, 8, u64::MAX, 7]).with(20, &[8]);
        assert_eq!(Existing::of_value(&first.to_value()), Some(first.clone()));
        assert!(!first.may_have_covered(1));
        let later = first.with(30, &(100..98 + most).collect::<Vec<u64>>());
        assert_eq!([7, u64::MAX, 100].map(|number| later.contains(number)), [false, false, true]);
        assert_eq!([10, 11].map(|clock| later.may_have_covered(clock)), [true, false]);
        assert_eq!(Existing::of_value(&later.to_value()), Some(later));
    }

    #[test]
    fn one_checkpoint_with_too_many_is_forgotten_whole() {
        let most = u64::try_from(SETTLED_EXISTING_MAX).unwrap();
        let existing = Existing::default().with(30, &(0..=most).collect::<Vec<u64>>());
        assert!(!existing.contains(most) && existing.may_have_covered(30));
    }

    #[test]
    fn another_form_is_not_read() {
        for text in [
            r#"{"forgotten":0}"#,
            r#"{"forgotten":0,"steps":[[1,"AAAA"]]}"#,
            r#"{"forgotten":0,"steps":[[1]]}"#,
        ] {
            let value =
                lossless_json::parse(text.as_bytes(), &lossless_json::Limits::default()).unwrap().value;
            assert_eq!(Existing::of_value(&value), None, "{text}");
        }
    }
}
