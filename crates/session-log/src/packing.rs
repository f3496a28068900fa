//! Operations that nobody asks for any more, in little room.
//!
//! The newest ones are asked for all the time, and undone and done again for what comes late. All others are packed once
//! they are no longer among them.

use session_wire::Message;

use crate::Operation;
use crate::limits::{PACKED_AT_ONCE, UNPACKED_MAX};
use crate::log::Entry;

/// How many are looked at for each that is packed, round and round; more than one, or a growing log were never gone through.
const LOOKED_AT: usize = 2;

/// How far a log is packed.
#[derive(Debug, Default)]
pub(crate) struct Packing {
    /// How often [`Packing::go_on`] has been called before what brought timelines is packed, which takes most room: not
    /// at once, since whoever joins is waiting then.
    timelines_in: Option<u8>,
    /// Those below are packed, save what was asked for since.
    upto: usize,
    /// Where to look next for one that was asked for since.
    next: usize,
}

impl Packing {
    /// An operation was done and noted at a place: what it says was asked for.
    pub(crate) fn note(&mut self, place: usize, operation: &Operation) {
        self.upto = self.upto.min(place);
        if brings_timeline(operation) {
            self.timelines_in = Some(1);
        }
    }

    /// Packs what is not among the newest any more, and the next ones that were asked for: some at once, since what
    /// packs them and what takes operations in would drive each other out of the processor's cache.
    pub(crate) fn go_on(&mut self, entries: &mut [Entry]) {
        let old = entries.len().saturating_sub(UNPACKED_MAX);
        self.upto = self.upto.min(old);
        match self.timelines_in {
            Some(0) => {
                let newest = entries[old..].iter_mut().map(|entry| &mut entry.operation);
                newest.filter(|operation| brings_timeline(operation)).for_each(Operation::pack);
                self.timelines_in = None;
            }
            Some(calls) => self.timelines_in = Some(calls - 1),
            None => {}
        }
        let due = old - self.upto;
        if due < PACKED_AT_ONCE {
            return;
        }
        for entry in &mut entries[self.upto..old] {
            entry.operation.pack();
        }
        self.upto = old;
        for _ in 0..due * LOOKED_AT {
            self.next = if self.next < old { self.next } else { 0 };
            if let Some(entry) = entries[..old].get_mut(self.next) {
                entry.operation.pack();
                self.next += 1;
            }
        }
    }
}

/// Whether it is unpacked and brings a timeline.
fn brings_timeline(operation: &Operation) -> bool {
    !operation.is_packed()
        && matches!(operation.message(), Message::AddTimeline(_) | Message::ReplaceTimeline(_))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lossless_json::{Limits, parse};
    use session_wire::{AddTimeline, Envelope, OperationFields, RenameTimeline};

    use crate::limits::{PACKED_AT_ONCE, UNPACKED_MAX};
    use crate::{Operation, SessionLog};

    fn renaming(seq: u64) -> Operation {
        let fields = OperationFields { hlc: Some(seq * 10), ..OperationFields::new("run", seq) };
        let message = RenameTimeline::new("t", format!("name {seq}"), 1.0);
        let envelope = Envelope::new("s", "a", message).with_operation(fields);
        Operation::from_envelope(&Arc::new(envelope), 0).unwrap().unwrap()
    }

    #[test]
    fn what_brings_a_timeline_is_packed_once_the_next_one_is_there() {
        let mut log = SessionLog::new();
        let timeline =
            parse(br#"{"OTIO_SCHEMA":"Timeline.1","name":"cut"}"#, &Limits::default()).unwrap().value;
        let fields = OperationFields { hlc: Some(5), ..OperationFields::new("run", 1) };
        let envelope = Envelope::new("s", "b", AddTimeline::new("t", timeline, 1.0)).with_operation(fields);
        let said = envelope.encode();
        log.insert(Operation::from_envelope(&Arc::new(envelope), 0).unwrap().unwrap());
        let packed = |log: &SessionLog| log.operations().map(Operation::is_packed).collect::<Vec<_>>();
        assert_eq!(packed(&log), [false], "whoever joins is waiting");
        log.insert(renaming(2));
        assert_eq!(packed(&log), [true, false]);
        log.insert(renaming(1));
        assert_eq!(packed(&log), [true, false, false], "it was not asked for again");
        assert_eq!(log.operations().next().unwrap().encode(), said);
    }

    #[test]
    fn old_operations_are_packed_and_say_the_same_when_they_are_asked() {
        let old = 16 * PACKED_AT_ONCE;
        let count = (UNPACKED_MAX + old) as u64;
        let mut log = SessionLog::new();
        let said: Vec<String> = (1..=count).map(|seq| renaming(seq).envelope().encode()).collect();
        for seq in (1..=count).filter(|seq| *seq != 100) {
            log.insert(renaming(seq));
        }
        let packed = |log: &SessionLog| log.operations().filter(|operation| operation.is_packed()).count();
        assert_eq!(packed(&log), old - PACKED_AT_ONCE, "one short of the next time");
        log.insert(renaming(100));
        assert_eq!(packed(&log), old, "what was done again is packed again");
        assert!(log.operations().map(|operation| operation.envelope().encode()).eq(said));
        assert_eq!(packed(&log), 0, "asked for");
        (count + 1..=count + old as u64).for_each(|seq| drop(log.insert(renaming(seq))));
        assert_eq!(packed(&log), 2 * old, "what was asked for is packed again by and by");
    }
}
