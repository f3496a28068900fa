//! What a recorder says and what it keeps, without input or output of its own.
//!
//! It enters as the reference's recorder does (legacy-protocol §7.1): `WHO_IS_MASTER` every second, `STATE_REQUEST`
//! every two, and never announces itself. What peers of ours hold and the recorder did not hear, be it for a gap of
//! its own or of theirs, is asked for and kept too; and so is, where a peer of ours serves the state, what led to it,
//! since what is undone later may have happened before the recording began.

use lossless_json::Style;
use session_log::{Frontier, Operation, OperationId, Seen, unpack_operations};
use session_wire::{
    Envelope, Heartbeat, Hello, Message, Operations, OperationsRequest, Place, StateRequest, WhoIsMaster,
    families,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How often a master is looked for.
const SEEK_EVERY: Duration = Duration::from_secs(1);
/// How often the state is asked for.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// After how long without an answer the master is looked for again.
const ASK_FOR: Duration = Duration::from_secs(4);

/// How often operations that are lacking are asked for. What a heartbeat tells may be on its way for a moment.
const FETCH_EVERY: Duration = Duration::from_secs(1);

/// How often what led to the state is asked for before the recording goes without it.
const HISTORY_ATTEMPTS_MAX: u32 = 5;

/// Who the recorder is.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    /// The session.
    pub(crate) session: String,
    /// Its GUID.
    pub(crate) guid: String,
    /// Its run.
    pub(crate) run: String,
    /// The secret of the address.
    pub(crate) secret: Option<String>,
}

/// What came of a message.
#[derive(Debug, PartialEq)]
pub(crate) enum Taken {
    /// Payloads to write, each a line of JSON.
    Keep(Vec<String>),
    /// We were turned away.
    Refused(String),
}

/// Listens to a session.
#[derive(Debug)]
pub(crate) struct Capture {
    recorder: Recorder,
    /// Whether the link is up and was greeted: a hub wants that first.
    greeted: bool,
    phase: Phase,
    /// What the snapshot had folded in.
    base: Seen,
    /// The settled state that peers of ours start from, and its last place: what lies below cannot be had one by one.
    settled: Option<(String, Place)>,
    /// Operations that were written, or stand in the snapshot, without a hole.
    frontier: Frontier,
    written: BTreeSet<OperationId>,
    requests: u64,
    /// A peer of ours that holds operations which were not heard, and since when that is known.
    lacking: Option<(String, Duration)>,
    /// What led to the state, while it is waited for.
    history: Option<History>,
}

/// A question for everything that led to the state.
#[derive(Debug)]
struct History {
    holder: String,
    asked: Option<Duration>,
    /// The number of the latest request.
    request: u64,
    attempts: u32,
}

#[derive(Debug, PartialEq)]
enum Phase {
    Seeking { asked: Option<Duration> },
    Asking { master: String, since: Duration, asked: Option<Duration> },
    Listening { master: String },
}

impl Capture {
    /// A recorder that has heard nothing yet.
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self {
            recorder,
            greeted: false,
            phase: Phase::Seeking { asked: None },
            base: Seen::default(),
            settled: None,
            frontier: Frontier::new(),
            written: BTreeSet::new(),
            requests: 0,
            lacking: None,
            history: None,
        }
    }

    /// Whether the state of the session was served.
    pub(crate) fn has_state(&self) -> bool {
        matches!(self.phase, Phase::Listening { .. })
    }

    /// What to say when the link is up, first or again.
    pub(crate) fn greet(&mut self, to_hub: bool) -> Vec<String> {
        let mut said = Vec::new();
        self.greeted = true;
        if to_hub {
            let mut hello = Hello::new(&self.recorder.guid, &self.recorder.run, self.frontier.to_wire());
            hello.secret = self.recorder.secret.clone().map(Into::into);
            hello.app = Some("otio-sync recorder".to_owned());
            hello.role = Some("viewer".to_owned());
            said.push(self.envelope(hello));
        }
        match &self.phase {
            Phase::Listening { master } => {
                let master = master.clone();
                said.push(self.request_missed(&master));
            }
            _ => self.phase = Phase::Seeking { asked: None },
        }
        said
    }

    /// The link is down.
    pub(crate) fn lost(&mut self) {
        self.greeted = false;
    }

    /// What a gap may have cost.
    fn request_missed(&mut self, master: &str) -> String {
        self.requests += 1;
        let mut request = OperationsRequest::new(master, self.requests, self.frontier.to_wire());
        let of_existing = self.written.iter().filter(|id| id.is_of_existing_peer());
        request.existing = of_existing.map(|id| id.seq).collect();
        (request.base, request.settled) = self.settled.clone().unzip();
        self.envelope(request)
    }

    /// What to say now, `now` after the start.
    pub(crate) fn due(&mut self, now: Duration) -> Option<String> {
        if !self.greeted {
            return None;
        }
        if let Some(request) = self.fetch(now).or_else(|| self.ask_history(now)) {
            return Some(request);
        }
        let passed = |asked: &Option<Duration>, every| asked.is_none_or(|asked| now >= asked + every);
        match &mut self.phase {
            Phase::Asking { since, .. } if now >= *since + ASK_FOR => {
                self.phase = Phase::Seeking { asked: Some(now) };
                Some(self.envelope(WhoIsMaster::new(&self.recorder.guid)))
            }
            Phase::Asking { master, asked, .. } if passed(asked, ASK_EVERY) => {
                *asked = Some(now);
                let request = StateRequest::new(master.clone(), &self.recorder.guid);
                Some(self.envelope(request))
            }
            Phase::Seeking { asked } if passed(asked, SEEK_EVERY) => {
                *asked = Some(now);
                Some(self.envelope(WhoIsMaster::new(&self.recorder.guid)))
            }
            _ => None,
        }
    }

    /// Asks for what is still lacking a while after it was told.
    fn fetch(&mut self, now: Duration) -> Option<String> {
        let (holder, _) = self.lacking.take_if(|(_, since)| now >= *since + FETCH_EVERY)?;
        self.has_state().then(|| self.request_missed(&holder))
    }

    /// Asks for everything that led to the state, a few times.
    fn ask_history(&mut self, now: Duration) -> Option<String> {
        let history = self.history.as_mut()?;
        if history.asked.is_some_and(|asked| now < asked + ASK_EVERY) {
            return None;
        }
        if history.attempts >= HISTORY_ATTEMPTS_MAX {
            self.history = None;
            return None;
        }
        self.requests += 1;
        history.attempts += 1;
        (history.asked, history.request) = (Some(now), self.requests);
        let request = OperationsRequest::new(&*history.holder, self.requests, Frontier::new().to_wire());
        Some(self.envelope(request))
    }

    /// Whether a message is a part of what led to the state; the last one ends the wait for it.
    fn is_history(&mut self, operations: &Operations) -> bool {
        let is_part = self.history.as_ref().is_some_and(|history| history.request == operations.request);
        if is_part && operations.last {
            self.history = None;
        }
        is_part
    }

    /// A peer of ours tells what it holds.
    fn compare(&mut self, holder: &str, heartbeat: &Heartbeat, now: Duration) {
        self.settled = heartbeat.base.clone().zip(heartbeat.settled.clone());
        let complete = self.frontier.includes(&Frontier::from_wire(&heartbeat.frontier));
        if heartbeat.serves && !complete {
            self.lacking.get_or_insert_with(|| (holder.to_owned(), now));
        } else {
            self.lacking.take_if(|(lacking, _)| lacking == holder);
        }
    }

    fn envelope(&self, message: impl Into<Message>) -> String {
        Envelope::new(&self.recorder.session, &self.recorder.guid, message).encode()
    }

    /// Takes in a message that arrived `now` after the start, `wall_us` on the wall clock.
    pub(crate) fn take(&mut self, bytes: &[u8], now: Duration, wall_us: u64) -> Taken {
        let Ok(envelope) = Envelope::decode(bytes) else {
            return Taken::Keep(undecoded(bytes).into_iter().collect());
        };
        if envelope.source_guid == self.recorder.guid {
            return Taken::Keep(Vec::new());
        }
        match &envelope.message {
            Message::Operations(operations) if operations.target_guid == self.recorder.guid => {
                if self.is_history(operations) {
                    return Taken::Keep(vec![one_line(bytes, &envelope)]);
                }
                return Taken::Keep(self.missed(operations, wall_us));
            }
            Message::Refusal(refusal) if refusal.target_guid == self.recorder.guid => {
                return Taken::Refused(format!("{} ({})", refusal.detail, refusal.reason));
            }
            Message::Heartbeat(heartbeat) => {
                self.compare(&envelope.source_guid, heartbeat, now);
                return Taken::Keep(Vec::new());
            }
            Message::SettledState(piece) if piece.target_guid == self.recorder.guid => {
                let is_part = self.history.as_ref().is_some_and(|history| history.request == piece.request);
                return Taken::Keep(is_part.then(|| one_line(bytes, &envelope)).into_iter().collect());
            }
            message if message.family() == families::SESSION_LOG && !message.is_durable() => {
                return Taken::Keep(Vec::new());
            }
            _ => {}
        }
        self.follow(&envelope, now);
        let envelope = Arc::new(envelope);
        let kept = self.is_new(&envelope, wall_us).then(|| one_line(bytes, &envelope));
        Taken::Keep(kept.into_iter().collect())
    }

    /// Moves on when a master shows itself or serves the state.
    fn follow(&mut self, envelope: &Envelope, now: Duration) {
        match (&envelope.message, &self.phase) {
            (Message::IAmMaster(found), Phase::Seeking { .. }) => {
                let master = found.master_guid.clone();
                self.phase = Phase::Asking { master, since: now, asked: None };
            }
            (Message::IAmMaster(found), Phase::Listening { .. }) => {
                self.phase = Phase::Listening { master: found.master_guid.clone() };
            }
            (Message::StateSnapshot(snapshot), phase) if snapshot.target_guid == self.recorder.guid => {
                if !matches!(phase, Phase::Listening { .. }) {
                    let seen = envelope.operation.as_deref().and_then(Seen::of);
                    let is_ours = seen.is_some();
                    self.base = seen.unwrap_or_default();
                    self.frontier.merge(self.base.frontier());
                    let holder = envelope.source_guid.clone();
                    self.history =
                        is_ours.then_some(History { holder, asked: None, request: 0, attempts: 0 });
                }
                self.phase = Phase::Listening { master: envelope.source_guid.clone() };
            }
            _ => {}
        }
    }

    /// Whether a message is to be written: every one that is no operation, and every operation once.
    fn is_new(&mut self, envelope: &Arc<Envelope>, wall_us: u64) -> bool {
        let Ok(Some(operation)) = Operation::from_envelope(envelope, wall_us) else {
            return true;
        };
        let id = operation.id().clone();
        if self.base.covers(operation.stamp()) || !self.written.insert(id.clone()) {
            return false;
        }
        self.advance(&id);
        true
    }

    /// Moves the frontier of a run over everything that is there without a hole.
    fn advance(&mut self, id: &OperationId) {
        let mut next = OperationId { seq: self.frontier.get(&id.source, &id.run) + 1, ..id.clone() };
        while !id.is_of_existing_peer() && self.written.contains(&next) {
            self.frontier.set(next.source.clone(), next.run.clone(), next.seq);
            next.seq += 1;
        }
    }

    /// Operations that an answer brings and that were not heard before.
    fn missed(&mut self, operations: &Operations, wall_us: u64) -> Vec<String> {
        if !self.has_state() {
            // The snapshot that is on its way holds them.
            return Vec::new();
        }
        let packed = operations.packed.as_deref().and_then(|packed| unpack_operations(packed).ok());
        let lines = packed.as_deref().unwrap_or_default().lines().map(str::to_owned);
        let given = operations.envelopes.iter().map(|value| value.to_text(Style::Python));
        let mut kept = Vec::new();
        for line in given.chain(lines) {
            if let Ok(envelope) = Envelope::decode(line.as_bytes())
                && envelope.message.is_durable()
                && self.is_new(&Arc::new(envelope), wall_us)
            {
                kept.push(line);
            }
        }
        kept
    }
}

/// The payload as it was received, or on one line where it was not.
fn one_line(bytes: &[u8], envelope: &Envelope) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.bytes().any(|byte| byte < 0x20) => text.trim().to_owned(),
        _ => envelope.encode(),
    }
}

/// A message that is JSON but no envelope is kept as it came; what is not even JSON is not.
fn undecoded(bytes: &[u8]) -> Option<String> {
    let parsed = lossless_json::parse(bytes, &lossless_json::Limits::default()).ok()?;
    parsed.value.as_object().map(|_| parsed.value.to_text(Style::Python))
}

#[cfg(test)]
mod tests {
    use lossless_json::Value;

    use super::*;
    use lossless_json::Object;
    use session_wire::{
        ExistingSummary, IAmMaster, OperationFields, PlaybackSettings, SetProperty, StateSnapshot,
    };

    fn capture() -> Capture {
        Capture::new(Recorder { session: "s".into(), guid: "me".into(), run: "r".into(), secret: None })
    }

    fn envelope(message: impl Into<Message>) -> Envelope {
        Envelope::new("s", "other", message)
    }

    fn edit(seq: u64) -> Envelope {
        let set = SetProperty::new("clip", "name", Value::from(seq), 1000.0);
        envelope(set).with_operation(OperationFields::new("run", seq))
    }

    fn take(capture: &mut Capture, envelope: &Envelope) -> Vec<String> {
        match capture.take(envelope.encode().as_bytes(), Duration::from_secs(9), 1_000_000_000) {
            Taken::Keep(kept) => kept,
            Taken::Refused(reason) => panic!("{reason}"),
        }
    }

    fn snapshot() -> Envelope {
        let mut operation = OperationFields::new("run", 0);
        operation.seen = Some([("other/run".to_owned(), 2)].into());
        envelope(StateSnapshot::new("me", Object::new(), None, 1000.0)).with_operation(operation)
    }

    #[test]
    fn it_asks_as_the_reference_recorder_does() {
        let mut capture = capture();
        let at = Duration::from_millis;
        assert_eq!(capture.due(at(0)), None);
        assert!(capture.greet(false).is_empty());
        assert!(capture.due(at(0)).unwrap().contains("WHO_IS_MASTER"));
        assert_eq!(capture.due(at(900)), None);
        assert!(capture.due(at(1000)).unwrap().contains("WHO_IS_MASTER"));
        assert_eq!(take(&mut capture, &envelope(IAmMaster::new("other"))).len(), 1);
        assert!(capture.due(at(9000)).unwrap().contains("STATE_REQUEST"));
        assert_eq!(capture.due(at(10_900)), None);
        assert!(capture.due(at(11_000)).unwrap().contains("STATE_REQUEST"));
        assert!(capture.due(at(13_000)).unwrap().contains("WHO_IS_MASTER"));
    }

    #[test]
    fn operations_are_written_once_and_none_that_the_snapshot_holds() {
        let mut capture = capture();
        assert_eq!(take(&mut capture, &snapshot()).len(), 1);
        assert!(capture.has_state());
        assert_eq!(take(&mut capture, &edit(2)).len(), 0);
        assert_eq!(take(&mut capture, &edit(4)).len(), 1);
        assert_eq!(take(&mut capture, &edit(4)).len(), 0);
        let answer = Operations::new("me", 1, 0, true, vec![edit(3).to_value(), edit(4).to_value()]);
        let kept = take(&mut capture, &envelope(answer));
        assert_eq!(kept, [edit(3).encode()]);
        assert_eq!(capture.frontier.get("other", "run"), 4);
        assert!(capture.greet(true).last().unwrap().contains("\"other/run\": 4"));
    }

    #[test]
    fn what_others_hold_and_it_did_not_hear_is_asked_for() {
        let mut capture = capture();
        let at = Duration::from_millis;
        capture.greet(true);
        take(&mut capture, &snapshot());
        let holds = |seq: u64| {
            let frontier = [("other/run".to_owned(), seq)].into_iter().collect();
            let heartbeat = Heartbeat::new("run", frontier, ExistingSummary::default(), "", 0);
            envelope(Heartbeat { serves: true, ..heartbeat })
        };
        // Heard at 9 s, as everything here.
        capture.history = None;
        assert_eq!(take(&mut capture, &holds(2)).len(), 0);
        assert_eq!(capture.due(at(20_000)), None);
        assert_eq!(take(&mut capture, &holds(3)).len(), 0);
        assert_eq!(capture.due(at(9_900)), None, "it may be on its way");
        let asked = capture.due(at(10_100)).unwrap();
        assert!(
            asked.contains("OPERATIONS_REQUEST") && asked.contains("\"target_guid\": \"other\""),
            "{asked}"
        );
        assert_eq!(capture.due(at(20_000)), None, "once, until it is told again");
        take(&mut capture, &holds(3));
        assert_eq!(take(&mut capture, &edit(3)).len(), 1);
        take(&mut capture, &holds(3));
        assert_eq!(capture.due(at(20_000)), None);
    }

    #[test]
    fn what_led_to_the_state_is_asked_for_and_kept() {
        let mut capture = capture();
        let at = Duration::from_secs;
        capture.greet(true);
        take(&mut capture, &snapshot());
        let asked = capture.due(at(9)).unwrap();
        assert!(asked.contains("OPERATIONS_REQUEST") && asked.contains("\"frontier\": {}"), "{asked}");
        assert_eq!(capture.due(at(10)), None);
        assert!(capture.due(at(11)).is_some(), "again where no answer comes");
        let part = |number, last| envelope(Operations::new("me", 2, number, last, vec![edit(1).to_value()]));
        assert_eq!(take(&mut capture, &part(0, false)), [part(0, false).encode()]);
        assert_eq!(take(&mut capture, &part(1, true)), [part(1, true).encode()]);
        assert_eq!(capture.due(at(20)), None);
    }

    #[test]
    fn view_messages_are_kept_as_they_came_and_housekeeping_is_not() {
        let mut capture = capture();
        let playback = envelope(PlaybackSettings::new(1000.0));
        assert_eq!(take(&mut capture, &playback), [playback.encode()]);
        assert_eq!(take(&mut capture, &playback), [playback.encode()]);
        assert_eq!(take(&mut capture, &envelope(session_wire::Ack::default())).len(), 0);
        assert_eq!(take(&mut capture, &Envelope::new("s", "me", PlaybackSettings::new(1.0))).len(), 0);
    }

    #[test]
    fn what_is_not_json_is_left_out_and_what_is_no_envelope_is_kept() {
        let mut capture = capture();
        let mut take = |text: &str| capture.take(text.as_bytes(), Duration::ZERO, 0);
        assert_eq!(take("{{{"), Taken::Keep(vec![]));
        assert_eq!(take("{\"a\":\n1}"), Taken::Keep(vec!["{\"a\": 1}".to_owned()]));
    }
}
