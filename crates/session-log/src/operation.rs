//! One durable message with its place in the order.

use std::sync::{Arc, OnceLock};

use lossless_json::Style;
use session_wire::{Anchor, Envelope, Message, OperationFields, OperationStamp, Packed, families};

use crate::limits::{NAME_BYTES_MAX, UNDO_OF_MAX};
use crate::{Frontier, OperationId, OperationIdError, Seen, Stamp};

/// A durable message that is stamped. What it says never changes; the envelope is shared with whoever relays or stores it,
/// and packed where a log holds it for long.
#[derive(Clone, Debug)]
pub struct Operation {
    stamp: Stamp,
    timed: TimedBy,
    knowledge: Option<Arc<Knowledge>>,
    /// What it says, while somebody asks for it; always there where it is not packed.
    envelope: OnceLock<Arc<Envelope>>,
    packed: Option<Packed>,
}

/// Whose word the clock of a stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimedBy {
    /// Its author's.
    Author,
    /// Nobody's yet: its author, an existing peer, does not say when, and no steward has.
    Nobody,
    /// A steward's.
    Steward,
}

/// The clock of what nobody has timed: it stands above everything, in the order of identities.
const UNTIMED_US: u64 = u64::MAX;

/// What few operations say of others.
#[derive(Debug)]
struct Knowledge {
    seen: Option<Seen>,
    undo_of: Vec<OperationId>,
    /// The operation of an existing peer that it stamps, at the clock that it gives it.
    stamped: Option<Operation>,
}

/// Why an envelope of a durable message is no operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// Operations count from 1.
    #[error("op.seq is 0; a durable operation counts from 1")]
    NoNumber,
    /// A peer of ours must name its run.
    #[error("op.run is empty; a peer of this protocol names the run of its process")]
    NoRun,
    /// Neither the body nor `op` says when it was made.
    #[error("neither sync_timestamp nor op.hlc says when the operation was made")]
    NoClock,
    /// A name is too long.
    #[error("{what} has {bytes} bytes; at most {max} are allowed")]
    NameTooLong {
        /// Which name.
        what: &'static str,
        /// How long it is.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// It undoes too many others.
    #[error("op.undo_of names {count} operations; at most {max} are allowed")]
    UndoesTooMany {
        /// How many.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// `op.undo_of` holds something else than names of operations.
    #[error("op.undo_of: {0}")]
    UndoOf(#[from] OperationIdError),
}

impl Operation {
    /// The operation that an envelope carries; none where its message is not durable, or says again to existing peers alone
    /// what peers of ours have (`op.repair` without a number).
    ///
    /// The clock of the stamp is `op.hlc`, else `sync_timestamp`, else, for an existing peer only, the time of
    /// receipt in microseconds since the epoch.
    ///
    /// # Errors
    /// See [`OperationError`].
    pub fn from_envelope(envelope: &Arc<Envelope>, received_us: u64) -> Result<Option<Self>, OperationError> {
        let only_repairs = |fields: &OperationFields| fields.repair && fields.seq == 0;
        if !envelope.message.is_durable() || envelope.operation.as_deref().is_some_and(only_repairs) {
            return Ok(None);
        }
        check_name("source_guid", &envelope.source_guid)?;
        let body_us = envelope.message.sync_timestamp().and_then(clock_us);
        let (stamp, knowledge) = match &envelope.operation {
            None if matches!(envelope.message, Message::OperationStamp(_)) => {
                return Err(OperationError::NoRun);
            }
            None => (existing_peer_stamp(envelope, body_us.unwrap_or(received_us)), None),
            Some(fields) => {
                let stamp = own_stamp(envelope, fields, body_us)?;
                let knowledge = knowledge(envelope, fields, stamp.hlc_us)?;
                (stamp, knowledge)
            }
        };
        let untimed = stamp.id.is_of_existing_peer() && body_us.is_none();
        let timed = if untimed { TimedBy::Nobody } else { TimedBy::Author };
        let envelope = OnceLock::from(envelope.clone());
        Ok(Some(Self { stamp, timed, knowledge, envelope, packed: None }))
    }

    /// The same, in its place after what its source did before, whatever the clock of its source says.
    pub(crate) fn not_before(mut self, hlc_us: u64) -> Self {
        self.stamp.hlc_us = self.stamp.hlc_us.max(hlc_us);
        self.timed = TimedBy::Author;
        self
    }

    /// The same at the clock that a steward gave it.
    pub(crate) fn stamped_at(mut self, hlc_us: u64) -> Self {
        self.stamp.hlc_us = hlc_us;
        self.timed = TimedBy::Steward;
        self
    }

    /// The same where no steward stamps it: where its author says, else above everything.
    pub(crate) fn unstamped(mut self) -> Self {
        if self.timed == TimedBy::Steward {
            let own_us = self.message().sync_timestamp().and_then(clock_us);
            self.timed = if own_us.is_some() { TimedBy::Author } else { TimedBy::Nobody };
            self.stamp.hlc_us = own_us.unwrap_or(UNTIMED_US);
        } else if self.is_untimed() {
            self.stamp.hlc_us = UNTIMED_US;
        }
        self
    }

    /// Whether nobody says when it was made: its author is an existing peer that does not, and no steward has stamped
    /// it. Every log has it last of all, and it changes nothing but the roles that are shown.
    pub fn is_untimed(&self) -> bool {
        self.timed == TimedBy::Nobody
    }

    /// Whether another form of the same operation stands where this one does.
    pub(crate) fn stands_as(&self, other: &Self) -> bool {
        self.stamp == other.stamp && self.timed == other.timed
    }

    /// Whether it stands where a steward put it.
    pub fn is_stamped(&self) -> bool {
        self.timed == TimedBy::Steward
    }

    /// The stamp for this operation of an existing peer; none where it would not be read as a stamp for it.
    pub fn stamp_for(&self, session: &str) -> Option<OperationStamp> {
        let body = OperationStamp::new(self.envelope());
        stamped_in(&body, session, 0).is_some_and(|read| read.id() == self.id()).then_some(body)
    }

    /// The operation of an existing peer that this one stamps (`OPERATION_STAMP`), at the clock that it gives it.
    pub fn stamps(&self) -> Option<&Self> {
        self.knowledge.as_ref()?.stamped.as_ref()
    }

    /// Shares the names of its peer and run with another operation of the same run; tells whether that is one.
    pub(crate) fn share_names_with(&mut self, other: &OperationId) -> bool {
        let OperationId { source, run, .. } = &mut self.stamp.id;
        let is_one = other.run == *run && other.source == *source;
        if is_one {
            (*source, *run) = (other.source.clone(), other.run.clone());
        }
        is_one
    }

    /// Shares the names of its peer and run with a frontier that has them.
    pub(crate) fn share_names(&mut self, known: &Frontier) {
        let OperationId { source, run, .. } = &mut self.stamp.id;
        if let Some(names) = known.names(source, run) {
            (*source, *run) = names;
        }
    }

    /// Its identity.
    pub const fn id(&self) -> &OperationId {
        &self.stamp.id
    }

    /// Its place in the order.
    pub const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// What its sender held when it was made, as far as its effect depends on it.
    pub fn seen(&self) -> Option<&Seen> {
        self.knowledge.as_ref()?.seen.as_ref()
    }

    /// The operations that it takes back.
    pub fn undo_of(&self) -> &[OperationId] {
        self.knowledge.as_ref().map_or(&[], |knowledge| &knowledge.undo_of)
    }

    /// The envelope as it was received or authored.
    pub fn envelope(&self) -> &Arc<Envelope> {
        self.envelope.get_or_init(|| Arc::new(self.unpacked()))
    }

    /// The envelope as JSON. Unlike [`Operation::envelope`] it keeps nothing: an old operation stays packed.
    pub fn encode(&self) -> String {
        self.envelope.get().map_or_else(|| self.unpacked().encode(), |envelope| envelope.encode())
    }

    #[expect(
        clippy::expect_used,
        reason = "the envelope is let go of only where it is packed, and nobody changes that"
    )]
    fn unpacked(&self) -> Envelope {
        let packed = self.packed.as_ref();
        packed.and_then(|packed| packed.unpack(&self.stamp.id.source)).expect("what was packed is unpacked")
    }

    /// Lets go of the envelope, where it can be kept in less room until it is asked for again.
    pub(crate) fn pack(&mut self) {
        let Some(envelope) = self.envelope.get() else { return };
        if self.packed.is_none() {
            self.packed = envelope.pack();
        }
        if self.packed.is_some() {
            // As text: a timestamp that is no number equals nothing.
            debug_assert_eq!(
                self.unpacked().encode(),
                envelope.encode(),
                "an envelope is unpacked as it was"
            );
            self.envelope = OnceLock::new();
        }
    }

    pub(crate) fn is_packed(&self) -> bool {
        self.envelope.get().is_none()
    }

    /// What it does.
    pub fn message(&self) -> &Message {
        &self.envelope().message
    }

    /// Groups the operations of one user action.
    pub fn txn(&self) -> Option<&str> {
        self.fields()?.txn.as_deref()
    }

    /// The account name of its author, where it says one.
    pub fn user(&self) -> Option<&str> {
        self.fields()?.user.as_deref().filter(|user| !user.is_empty())
    }

    /// Whether it repairs existing peers only.
    pub fn is_repair(&self) -> bool {
        self.fields().is_some_and(|fields| fields.repair)
    }

    /// The neighbour before the place that it means.
    pub fn after(&self) -> Option<&Anchor> {
        self.fields()?.after.as_ref()
    }

    /// The neighbour after the place that it means.
    pub fn before(&self) -> Option<&Anchor> {
        self.fields()?.before.as_ref()
    }

    pub(crate) fn has_anchors(&self) -> bool {
        self.after().is_some() || self.before().is_some()
    }

    fn fields(&self) -> Option<&OperationFields> {
        self.envelope().operation.as_deref()
    }

    /// Whether another operation of the same identity says the same.
    pub(crate) fn says_the_same_as(&self, other: &Self) -> bool {
        self.stamp == other.stamp && self.message() == other.message() && self.fields() == other.fields()
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), OperationError> {
    let bytes = name.len();
    if bytes > NAME_BYTES_MAX {
        return Err(OperationError::NameTooLong { what, bytes, max: NAME_BYTES_MAX });
    }
    Ok(())
}

/// Seconds since the epoch as whole microseconds; exact until the year 2255. None for what is no time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
pub(crate) fn clock_us(seconds: f64) -> Option<u64> {
    let us = (seconds * 1e6).round();
    (us > 0.0 && us < 9e15).then_some(us as u64)
}

fn own_stamp(
    envelope: &Envelope,
    fields: &OperationFields,
    body_us: Option<u64>,
) -> Result<Stamp, OperationError> {
    check_name("op.run", &fields.run)?;
    if fields.run.is_empty() {
        return Err(OperationError::NoRun);
    }
    if fields.seq == 0 {
        return Err(OperationError::NoNumber);
    }
    let hlc_us = fields.hlc.or(body_us).ok_or(OperationError::NoClock)?;
    let (source, run) = (envelope.source_guid.as_str().into(), fields.run.as_str().into());
    Ok(Stamp { hlc_us, id: OperationId { source, run, seq: fields.seq } })
}

fn knowledge(
    envelope: &Envelope,
    fields: &OperationFields,
    hlc_us: u64,
) -> Result<Option<Arc<Knowledge>>, OperationError> {
    let is_stamp = matches!(envelope.message, Message::OperationStamp(_));
    if fields.seen.is_none() && fields.undo_of.is_empty() && !is_stamp {
        return Ok(None);
    }
    let seen = Seen::of(fields);
    let undo_of = undo_of(fields)?;
    let stamped = match &envelope.message {
        Message::OperationStamp(body) => stamped_in(body, &envelope.session, hlc_us),
        _ => None,
    };
    let is_any = seen.is_some() || !undo_of.is_empty() || stamped.is_some();
    Ok(is_any.then(|| Arc::new(Knowledge { seen, undo_of, stamped })))
}

/// The operation in a stamp, named as if it had come by itself. None where it is no operation of an existing peer, or of
/// another session.
fn stamped_in(body: &OperationStamp, session: &str, hlc_us: u64) -> Option<Operation> {
    let envelope = Envelope::from_value(body.envelope.clone()).ok()?;
    let is_one = envelope.operation.is_none()
        && envelope.message.family() != families::SESSION_LOG
        && (envelope.session.is_empty() || envelope.session == session);
    let mut operation = Operation::from_envelope(&Arc::new(envelope), hlc_us).ok()?.filter(|_| is_one)?;
    // The stamp itself says it once more.
    operation.pack();
    Some(operation.stamped_at(hlc_us))
}

fn undo_of(fields: &OperationFields) -> Result<Vec<OperationId>, OperationError> {
    let count = fields.undo_of.len();
    if count > UNDO_OF_MAX {
        return Err(OperationError::UndoesTooMany { count, max: UNDO_OF_MAX });
    }
    Ok(fields.undo_of.iter().map(|id| id.parse()).collect::<Result<_, _>>()?)
}

/// An existing peer does not number its operations: the number is a hash of source, event and body, so that a
/// repeated delivery is known as one and every receiver names it alike.
fn existing_peer_stamp(envelope: &Envelope, hlc_us: u64) -> Stamp {
    let mut hasher = blake3::Hasher::new();
    for part in [&envelope.source_guid, envelope.message.event()] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.update(envelope.message.body().to_text(Style::Digest).as_bytes());
    let hash = hasher.finalize();
    let seq = hash.as_bytes().iter().take(8).fold(0, |seq, &byte| (seq << 8) | u64::from(byte));
    Stamp { hlc_us, id: OperationId { source: envelope.source_guid.as_str().into(), run: "".into(), seq } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use session_wire::{PlaybackSettings, SetPeerRole, SetProperty};

    fn envelope(message: impl Into<Message>) -> Envelope {
        Envelope::new("dailies", "a", message)
    }

    fn set(timestamp: f64) -> SetProperty {
        SetProperty::new("clip", "name", "x".into(), timestamp)
    }

    fn read(envelope: Envelope) -> Result<Option<Operation>, OperationError> {
        Operation::from_envelope(&Arc::new(envelope), 77)
    }

    #[test]
    fn view_messages_are_no_operations() {
        assert!(read(envelope(PlaybackSettings::new(1.0))).unwrap().is_none());
    }

    #[test]
    fn what_only_repairs_existing_peers_is_no_operation() {
        let fields = |seq| OperationFields { repair: true, ..OperationFields::new("run", seq) };
        assert!(read(envelope(set(1.0)).with_operation(fields(0))).unwrap().is_none());
        assert!(read(envelope(set(1.0)).with_operation(fields(1))).unwrap().unwrap().is_repair());
    }

    #[test]
    fn an_operation_of_an_existing_peer_is_named_by_what_it_says() {
        let id = |source: &str, timestamp| {
            let envelope = Arc::new(Envelope::new("s", source, set(timestamp)));
            Operation::from_envelope(&envelope, 0).unwrap().unwrap().id().clone()
        };
        assert!(id("a", 1.5).is_of_existing_peer());
        assert_eq!(id("a", 1.5), id("a", 1.5));
        assert_ne!(id("a", 1.5).seq, id("a", 1.6).seq);
        assert_ne!(id("a", 1.5).seq, id("b", 1.5).seq);
    }

    #[test]
    fn the_clock_is_op_hlc_then_the_timestamp_then_for_an_existing_peer_the_time_of_receipt() {
        let hlc = |envelope| read(envelope).unwrap().unwrap().stamp().hlc_us;
        let own = |hlc| OperationFields { hlc, ..OperationFields::new("run", 1) };
        assert_eq!(hlc(envelope(set(1_779_806_859.746_442)).with_operation(own(Some(5)))), 5);
        assert_eq!(
            hlc(envelope(set(1_779_806_859.746_442)).with_operation(own(None))),
            1_779_806_859_746_442
        );
        assert_eq!(hlc(envelope(set(1_779_806_859.746_442))), 1_779_806_859_746_442);
        assert_eq!(hlc(envelope(set(f64::NAN))), 77);
        assert_eq!(hlc(envelope(SetPeerRole::new("bob", "viewer"))), 77);
        let unstamped = read(envelope(SetPeerRole::new("bob", "viewer")).with_operation(own(None)));
        assert_eq!(unstamped.unwrap_err(), OperationError::NoClock);
    }

    #[test]
    fn what_names_no_operation_of_ours_is_refused_with_a_reason() {
        let refused = |fields| read(envelope(set(1.0)).with_operation(fields)).unwrap_err();
        assert_eq!(refused(OperationFields::new("", 1)), OperationError::NoRun);
        assert_eq!(refused(OperationFields::new("r", 0)), OperationError::NoNumber);
        let undo_of = vec!["x".to_owned()];
        let fields = OperationFields { undo_of, ..OperationFields::new("r", 1) };
        assert!(matches!(refused(fields), OperationError::UndoOf(_)));
    }

    #[test]
    fn seconds_on_the_wire_hold_every_microsecond() {
        for us in [1_779_806_859_746_442, 1_785_769_421_268_673, 8_589_934_591_999_999] {
            #[expect(clippy::cast_precision_loss, reason = "that is the question")]
            let seconds = us as f64 / 1e6;
            assert_eq!(clock_us(seconds), Some(us));
        }
        assert_eq!([f64::NAN, f64::INFINITY, -1.0, 0.0].map(clock_us), [None; 4]);
    }
}
