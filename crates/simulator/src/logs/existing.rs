//! Existing peers among bare logs: they number nothing, their clocks may be wrong or say nothing, and stewards stamp what
//! they make.

use std::sync::Arc;

use lossless_json::Value;
use session_log::{Operation, OperationId};
use session_wire::{Envelope, Message, OperationStamp};

use super::run::{ACT_US, BEGIN_US, Running};
use super::{Act, Deed};

/// How far a clock that is wrong lies away.
const AWAY_US: u64 = 60 * ACT_US;
/// Those made lately of which one is stamped.
const LATELY: u64 = 4;

impl Running {
    /// An existing peer makes what an act says; everybody gets it sooner or later.
    pub(super) fn make_of_existing(&mut self, at: usize, act: &Act) {
        let Some(operation) = self.of_existing(at, act) else { return };
        let mark = if operation.is_untimed() { "existing.untimed" } else { "existing.timed" };
        self.figures.mark(mark);
        // By luck the very same was said before.
        if !self.made.iter().any(|made| made.id() == operation.id()) {
            self.hand_on(at, operation);
        }
    }

    /// One of the latest of existing peers, or one that nobody ever got, is stamped.
    pub(super) fn make_stamp(&mut self, at: usize, act: &Act) {
        let stamped = if matches!(act.deed, Deed::StampLost(_)) {
            self.of_existing(at, act)
        } else {
            let lately = self.made.iter().rev().filter(|made| made.id().is_of_existing_peer());
            let lately: Vec<&Operation> = lately.take(usize::try_from(LATELY).unwrap_or(1)).collect();
            crate::random::pick(&lately, act.picks[0]).map(|made| Operation::clone(made))
        };
        let Some(stamped) = stamped else { return };
        let id = self.make(at, act.number, OperationStamp::new(stamped.envelope()).into(), &[]);
        self.mark_stamp(at, &stamped, &id);
    }

    fn mark_stamp(&mut self, at: usize, stamped: &Operation, stamp: &OperationId) {
        let Some(given) = self.made.last().filter(|made| made.id() == stamp) else { return };
        let given_us = given.stamp().hlc_us;
        let is_there = |made: &&Operation| made.stamps().is_some_and(|other| other.id() == stamped.id());
        let mark = match self.made.iter().filter(is_there).count() {
            0 | 1 if stamped.is_untimed() => "stamp.of_untimed",
            0 | 1 if stamped.stamp().hlc_us > given_us => "stamp.lower_than_its_own_time",
            0 | 1 => "stamp.higher_than_its_own_time",
            _ => "stamp.again",
        };
        self.figures.mark(mark);
        if self.authors[at].log.operation(stamped.id()).is_some_and(|held| held.stamp().hlc_us < given_us) {
            self.figures.mark("stamp.counts_for_nothing");
        }
    }

    fn of_existing(&mut self, at: usize, act: &Act) -> Option<Operation> {
        let change = super::draft::draft(act, &self.authors[at].log)?;
        let source = format!("existing-{}", act.picks[2] % 2);
        let now_us = BEGIN_US + act.number * ACT_US;
        let time_us = match act.picks[1] % 5 {
            0 => None,
            1 => Some(now_us + AWAY_US),
            2 => Some(now_us - AWAY_US),
            _ => Some(now_us),
        };
        let envelope = timed(&Envelope::new("dailies", source, change.message), time_us)?;
        match Operation::from_envelope(&Arc::new(envelope), now_us) {
            Ok(operation) => operation,
            other => {
                self.fail("what an existing peer makes is an operation", format!("{other:?}"));
                None
            }
        }
    }
}

/// The same with the time in its body, where messages of its kind have one.
fn timed(envelope: &Envelope, time_us: Option<u64>) -> Option<Envelope> {
    let mut value = envelope.to_value();
    let body = ["payload", "command", "payload"]
        .iter()
        .try_fold(&mut value, |value, key| value.as_object_mut()?.get_mut(key))
        .and_then(Value::as_object_mut)?;
    let has_time = !matches!(envelope.message, Message::SetPeerRole(_));
    if let Some(time_us) = time_us.filter(|_| has_time) {
        #[expect(clippy::cast_precision_loss, reason = "exact until 2255")]
        let seconds = time_us as f64 / 1e6;
        body.insert("sync_timestamp", seconds);
    }
    Envelope::from_value(value).ok()
}
