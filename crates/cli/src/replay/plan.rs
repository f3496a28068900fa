//! A recording as things to do again, in the order of their stamps.
//!
//! Every operation is authored anew, with an identity and a stamp of its own, and what it was evaluated against is
//! gone. So each one says what it came to in the recorded session: the place where its object landed, the strokes
//! that were left. Where nobody wrote at the same time that is what it said itself.

use lossless_json::{Object, Value};
use otio_document::{Document, NodeId};
use session_core::{Command, Role};
use session_log::recording::{Recorded, Recording, fold_recording};
use session_log::{
    Action, Base, Guid, Operation, OperationId, Outcome, SessionLog, SessionState, SettledState,
};
use session_wire::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One thing to do again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// Seconds from the start of the replay.
    pub(crate) at: f64,
    /// Who did it.
    pub(crate) source: Guid,
    /// What.
    pub(crate) command: Command,
}

/// Everything to do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The timelines that the recording begins with, in order: GUID and timeline.
    pub(crate) timelines: Vec<(Guid, Value)>,
    /// What was shown at its beginning.
    pub(crate) view: Vec<Command>,
    /// What happened then.
    pub(crate) steps: Vec<Step>,
    /// Operations that did nothing in the recorded session either.
    pub(crate) without_effect: usize,
    /// Who took part.
    pub(crate) sources: Vec<Guid>,
}

impl Plan {
    /// Reads a recording, as its fold does: the same beginning, the same operations.
    pub(crate) fn of(recording: &Recording) -> Self {
        let mut recorded = fold_recording(recording, None).into_log();
        let mut plan = Self {
            timelines: Vec::new(),
            view: Vec::new(),
            steps: Vec::new(),
            without_effect: 0,
            sources: Vec::new(),
        };
        let mut log = SessionLog::new();
        if let Some(base) = recorded.base() {
            log.adopt_base(Base::clone(base));
        }
        if let Some((id, text)) = settled(&mut recorded)
            && let Ok(state) = SettledState::read(&id, &text)
        {
            log.adopt_state(state, false);
        }
        let timelines = log.state().timelines();
        plan.timelines = timelines.map(|(guid, document)| (guid.clone(), document.to_value())).collect();
        let lines = plan.begin(&recording.messages);
        let times = Times::of(&recording.messages, lines.first().map_or(0.0, |line| line.time_offset));
        plan.add_view_messages(lines, &times);
        plan.add_operations(&recorded, &times, &mut log);
        plan.steps.sort_by(|a, b| a.at.total_cmp(&b.at));
        plan.sources = sources(&plan.steps);
        plan
    }

    /// Takes the view from the first snapshot, whoever it was meant for; returns that line and what follows.
    fn begin<'a>(&mut self, lines: &'a [Recorded]) -> &'a [Recorded] {
        let snapshot = |line: &Recorded| match &line.envelope.message {
            Message::StateSnapshot(snapshot) => Some(snapshot.clone()),
            _ => None,
        };
        let Some((at, snapshot)) =
            lines.iter().enumerate().find_map(|(at, line)| Some((at, snapshot(line)?)))
        else {
            return lines;
        };
        let playback = snapshot.playback_state.map(|body| Message::from(*body));
        let display = snapshot.display_state.map(|body| Message::from(*body));
        self.view =
            playback.into_iter().chain(display).filter_map(|message| view_command(&message)).collect();
        &lines[at..]
    }

    fn add_view_messages(&mut self, lines: &[Recorded], times: &Times) {
        for line in lines {
            if let Some(command) = view_command(&line.envelope.message) {
                let source = Guid::from(line.envelope.source_guid.as_str());
                self.steps.push(Step { at: times.since_begin(line.time_offset), source, command });
            }
        }
    }

    fn add_operations(&mut self, recorded: &SessionLog, times: &Times, log: &mut SessionLog) {
        let mut stamped = BTreeSet::new();
        // Checkpoints are the session's own housekeeping; of a stamp and what it stamps the former brings the latter.
        let of_people = |operation: &&Operation| match operation.message() {
            Message::Checkpoint(_) => false,
            Message::OperationStamp(_) => {
                let stands = operation.stamps().and_then(|stamped| recorded.operation(stamped.id()));
                stands.is_some_and(|stands| stands.is_stamped() && stamped.insert(stands.id()))
            }
            _ => !operation.is_stamped(),
        };
        let operations: Vec<&Operation> = recorded.operations().filter(of_people).collect();
        let due = times.in_order(&operations);
        for (operation, at) in operations.into_iter().zip(due) {
            match redo(operation.clone(), log) {
                Some((source, command)) => self.steps.push(Step { at, source, command }),
                None => self.without_effect += 1,
            }
        }
    }
}

/// The state that a log starts from, where it was shortened.
fn settled(log: &mut SessionLog) -> Option<(String, String)> {
    let id = log.settled()?.id().to_owned();
    Some((id, log.settled_text()?))
}

/// When things happened.
struct Times {
    begin: f64,
    operations: BTreeMap<OperationId, f64>,
}

impl Times {
    fn of(lines: &[Recorded], begin: f64) -> Self {
        let mut times = Self { begin, operations: BTreeMap::new() };
        for line in lines {
            let received_us = line.absolute_time.map_or(0, microseconds);
            if let Ok(Some(operation)) = Operation::from_envelope(&line.envelope, received_us) {
                times.operations.entry(operation.id().clone()).or_insert(line.time_offset);
            }
        }
        times
    }

    fn since_begin(&self, offset: f64) -> f64 {
        (offset - self.begin).max(0.0)
    }

    /// When each operation is due: when it was recorded, or before, with what its stamp precedes.
    fn in_order(&self, operations: &[&Operation]) -> Vec<f64> {
        let mut latest = f64::INFINITY;
        let mut due = Vec::with_capacity(operations.len());
        for operation in operations.iter().rev() {
            let recorded = self.operations.get(operation.id()).copied().unwrap_or(self.begin);
            latest = latest.min(self.since_begin(recorded));
            due.push(latest);
        }
        due.reverse();
        due
    }
}

/// As the fold takes the time of receipt.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
fn microseconds(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

fn sources(steps: &[Step]) -> Vec<Guid> {
    let mut sources: Vec<Guid> = steps.iter().map(|step| step.source.clone()).collect();
    sources.sort();
    sources.dedup();
    sources
}

/// Folds an operation and says it anew by what it did; none where it did nothing, or nothing that is shown: what is
/// done to something removed comes with it when it is brought back.
fn redo(operation: Operation, log: &mut SessionLog) -> Option<(Guid, Command)> {
    let shown = operation.stamps().unwrap_or(&operation);
    let (id, envelope) = (shown.id().clone(), Arc::clone(shown.envelope()));
    let Outcome::New { .. } = log.insert(operation).outcome else { return None };
    let action = log.effect(&id)?.ok()?.clone();
    again(&envelope.message, &action, log.state()).map(|command| (id.source, command))
}

/// The command that does what a message did.
fn again(message: &Message, action: &Action, state: &SessionState) -> Option<Command> {
    Some(match message {
        Message::SetProperty(body) => Landed::of(&body.target_uuid, state).map(|_| Command::SetProperty {
            target_uuid: body.target_uuid.clone(),
            path: body.path.clone(),
            value: body.value.clone(),
        })?,
        Message::InsertChild(body) if matches!(action, Action::ChildInserted) => {
            let landed = Landed::of(guid_of(&body.child_data)?, state)?;
            let child_data = landed.document.subtree_value(landed.node);
            Command::InsertChild { parent_uuid: landed.parent_guid()?, index: landed.index()?, child_data }
        }
        Message::InsertChild(body) => Landed::of(&body.parent_uuid, state).map(|_| Command::InsertChild {
            parent_uuid: body.parent_uuid.clone(),
            index: -1,
            child_data: body.child_data.clone(),
        })?,
        Message::MoveChild(body) => {
            let landed = Landed::of(&body.child_uuid, state)?;
            Command::MoveChild {
                parent_uuid: landed.parent_guid()?,
                child_uuid: body.child_uuid.clone(),
                to_index: landed.index()?,
            }
        }
        Message::RemoveChild(body) => Landed::of(&body.parent_uuid, state).map(|_| Command::RemoveChild {
            parent_uuid: body.parent_uuid.clone(),
            child_uuid: body.child_uuid.clone(),
        })?,
        Message::ReplaceAnnotationCommands(body) => {
            let landed = Landed::of(&body.annotation_clip_guid, state)?;
            let metadata = landed.document.metadata(landed.node);
            let commands = metadata.and_then(|metadata| metadata.get("annotation_commands"));
            Command::ReplaceAnnotation {
                annotation_clip_guid: body.annotation_clip_guid.clone(),
                commands: commands.and_then(Value::as_array).unwrap_or_default().to_vec(),
            }
        }
        Message::AddTimeline(body) => {
            Command::AddTimeline { timeline: state.timeline(&body.timeline_guid)?.to_value() }
        }
        Message::RenameTimeline(body) => {
            Command::RenameTimeline { timeline_guid: body.timeline_guid.clone(), name: body.name.clone() }
        }
        Message::RemoveTimeline(body) => {
            Command::RemoveTimeline { timeline_guid: body.timeline_guid.clone() }
        }
        Message::ReplaceTimeline(body) => Command::ReplaceTimeline {
            timeline_guid: body.timeline_guid.clone(),
            timeline: state.timeline(&body.timeline_guid)?.to_value(),
        },
        Message::SetPeerRole(body) => Command::SetPeerRole {
            user: body.user.clone(),
            peer_guid: body.peer_guid.clone(),
            role: Role::normalise(&body.role),
        },
        _ => return None,
    })
}

/// Where an object stands.
struct Landed<'a> {
    document: &'a Document,
    node: NodeId,
}

impl<'a> Landed<'a> {
    fn of(guid: &str, state: &'a SessionState) -> Option<Self> {
        let (timeline, node) = state.locate(guid)?;
        let stands = state.stands(&timeline, node);
        Some(Self { document: state.timeline(&timeline)?, node }).filter(|_| stands)
    }

    fn parent_guid(&self) -> Option<String> {
        self.document.guid(self.document.parent(self.node)?).map(str::to_owned)
    }

    fn index(&self) -> Option<i64> {
        i64::try_from(self.document.index_in_parent(self.node)?).ok()
    }
}

fn guid_of(object: &Value) -> Option<&str> {
    object.at(&["metadata", "sync", "guid"]).and_then(Value::as_str)
}

/// What a view message asserts, as a command; none for other messages.
fn view_command(message: &Message) -> Option<Command> {
    match message {
        Message::PlaybackSettings(_) => Some(Command::Playback { fields: asserted(message)? }),
        Message::Selection(selection) => {
            let mut fields = Object::new();
            fields.insert("view_mode", selection.view_mode.as_deref().unwrap_or("source"));
            fields.insert("clip_guid", selection.clip_guid.clone());
            Some(Command::Playback { fields })
        }
        Message::DisplaySettings(_) => Some(Command::Display { fields: asserted(message)? }),
        Message::PartialAnnotation(stroke) => Some(Command::PartialAnnotation {
            clip_guid: stroke.clip_guid.clone()?,
            frame: stroke.frame?,
            fps: stroke.fps.unwrap_or(24.0),
            events: stroke.events.clone(),
        }),
        _ => None,
    }
}

/// The fields of a message without its time; none where it says nothing.
fn asserted(message: &Message) -> Option<Object> {
    let Value::Object(body) = message.body() else { return None };
    let fields: BTreeMap<String, Value> =
        body.into_iter().filter(|(key, _)| key != "sync_timestamp").collect();
    (!fields.is_empty()).then(|| fields.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use session_wire::{
        Envelope, InsertChild, MoveChild, OperationFields, OperationStamp, PlaybackSettings, RemoveChild,
        SetProperty, StateSnapshot,
    };

    fn json(text: &str) -> Value {
        lossless_json::parse(text.as_bytes(), &lossless_json::Limits::default()).unwrap().value
    }

    fn snapshot() -> StateSnapshot {
        let track = r#"{"OTIO_SCHEMA":"Track.1","name":"V1","kind":"Video","metadata":{"sync":{"guid":"v"}},"children":[
            {"OTIO_SCHEMA":"Clip.2","name":"a","metadata":{"sync":{"guid":"a"}}},
            {"OTIO_SCHEMA":"Clip.2","name":"b","metadata":{"sync":{"guid":"b"}}}]}"#;
        let timeline = json(&format!(
            r#"{{"OTIO_SCHEMA":"Timeline.1","name":"cut","metadata":{{"sync":{{"guid":"t"}}}},
                "tracks":{{"OTIO_SCHEMA":"Stack.1","name":"tracks","metadata":{{"sync":{{"guid":"s"}}}},"children":[{track}]}}}}"#
        ));
        StateSnapshot::new("recorder", [("t", timeline)].into_iter().collect(), None, 999.0)
    }

    fn line(at: f64, source: &str, message: impl Into<Message>) -> Recorded {
        recorded(at, Envelope::new("s", source, message))
    }

    fn recorded(at: f64, envelope: Envelope) -> Recorded {
        let absolute_time = Some(1000.0 + at);
        Recorded { line: 1, time_offset: at, absolute_time, envelope: Arc::new(envelope) }
    }

    fn plan(messages: Vec<Recorded>) -> Plan {
        Plan::of(&Recording { messages, bad_lines: Vec::new() })
    }

    fn commands(plan: &Plan) -> Vec<Command> {
        plan.steps.iter().map(|step| step.command.clone()).collect()
    }

    fn clip(guid: &str) -> Value {
        json(&format!(
            r#"{{"OTIO_SCHEMA":"Clip.2","name":"{guid}","metadata":{{"sync":{{"guid":"{guid}"}}}}}}"#
        ))
    }

    #[test]
    fn what_a_steward_stamped_is_done_again_once_at_its_place() {
        let stamp = |at: f64, seq: u64, of: &Recorded| {
            let fields =
                OperationFields { hlc: Some(microseconds(1000.0 + at)), ..OperationFields::new("r", seq) };
            let stamp = Envelope::new("s", "m", OperationStamp::new(&of.envelope));
            recorded(at, stamp.with_operation(fields))
        };
        let calls = |name: &str, seconds: f64| SetProperty::new("a", "name", name.into(), seconds);
        let ahead = line(1.0, "x", calls("from the future", 4600.0));
        let later = line(2.0, "y", calls("later", 1002.0));
        let lost = line(3.0, "x", calls("never came by itself", 5.0));
        let (first, second) = (stamp(1.1, 1, &ahead), stamp(3.1, 2, &lost));
        let again = stamp(3.2, 3, &ahead);
        let plan = plan(vec![line(0.5, "m", snapshot()), ahead, first, later, second, again]);
        let names: Vec<Value> = commands(&plan)
            .into_iter()
            .map(|command| match command {
                Command::SetProperty { value, .. } => value,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, ["from the future", "later", "never came by itself"].map(Value::from));
        let sources: Vec<&str> = plan.steps.iter().map(|step| &*step.source).collect();
        assert_eq!(sources, ["x", "y", "x"]);
        assert_eq!(plan.without_effect, 0);
    }

    #[test]
    fn operations_are_done_again_by_stamp_with_the_places_they_came_to() {
        let plan = plan(vec![
            line(0.5, "m", snapshot()),
            line(2.0, "x", MoveChild::new("v", "a", 99, 1002.0)),
            line(1.0, "y", InsertChild::new("v", -1, clip("c"), 1001.0)),
            line(3.0, "x", SetProperty::new("nobody", "name", "n".into(), 1003.0)),
        ]);
        assert_eq!(plan.timelines.len(), 1);
        assert_eq!(plan.without_effect, 1);
        assert_eq!(plan.sources.len(), 2);
        let places: Vec<_> = plan.steps.iter().map(|step| (step.at, &*step.source)).collect();
        assert_eq!(places, [(0.5, "y"), (1.5, "x")]);
        assert!(matches!(&commands(&plan)[0], Command::InsertChild { index: 2, .. }));
        let moved = Command::MoveChild { parent_uuid: "v".into(), child_uuid: "a".into(), to_index: 2 };
        assert_eq!(commands(&plan)[1], moved);
    }

    #[test]
    fn what_was_done_inside_something_removed_comes_with_it_when_it_is_brought_back() {
        let own = |seq: u64, at: f64, message: Message, undo_of: &[&str]| {
            let undo_of = undo_of.iter().map(|id| (*id).to_owned()).collect();
            let operation = OperationFields { undo_of, ..OperationFields::new("r", seq) };
            recorded(at, Envelope::new("s", "x", message).with_operation(operation))
        };
        let track = json(
            r#"{"OTIO_SCHEMA":"Track.1","name":"V2","kind":"Video","metadata":{"sync":{"guid":"w"}},"children":[]}"#,
        );
        let plan = plan(vec![
            line(0.5, "m", snapshot()),
            own(1, 1.0, InsertChild::new("s", -1, track.clone(), 1001.0).into(), &[]),
            own(2, 2.0, RemoveChild::new("s", "w", 1002.0).into(), &[]),
            own(3, 3.0, InsertChild::new("w", -1, clip("c"), 1003.0).into(), &[]),
            own(4, 4.0, SetProperty::new("w", "name", "V3".into(), 1004.0).into(), &[]),
            own(5, 5.0, InsertChild::new("s", -1, track, 1005.0).into(), &["x/r/2"]),
        ]);
        let commands = commands(&plan);
        assert_eq!((commands.len(), plan.without_effect), (3, 2));
        let Command::InsertChild { child_data, .. } = &commands[2] else { panic!("{:?}", commands[2]) };
        assert_eq!(child_data.get("name"), Some(&"V3".into()));
        let inside = child_data.get("children").and_then(Value::as_array).unwrap();
        assert_eq!(inside.iter().map(guid_of).collect::<Vec<_>>(), [Some("c")]);
    }

    #[test]
    fn what_the_snapshot_has_folded_in_is_not_done_again() {
        let mut seen = OperationFields::new("r", 0);
        seen.seen = Some([("x/r".to_owned(), 1)].into());
        let begin = recorded(0.0, Envelope::new("s", "m", snapshot()).with_operation(seen));
        let edit = |seq: u64| {
            let set = Envelope::new("s", "x", SetProperty::new("a", "metadata/take", seq.into(), 1000.0));
            recorded(1.0, set.with_operation(OperationFields::new("r", seq)))
        };
        let plan = plan(vec![begin, edit(1), edit(2)]);
        assert_eq!(plan.steps.len(), 1);
    }

    #[test]
    fn view_messages_keep_their_fields_and_times() {
        let mut playback = PlaybackSettings::new(1000.0);
        playback.playing = Some(true);
        let plan = plan(vec![line(4.0, "x", playback)]);
        let fields = [("playing", Value::Bool(true))].into_iter().collect();
        assert_eq!(commands(&plan), [Command::Playback { fields }]);
        assert!(plan.steps[0].at.abs() < f64::EPSILON);
    }
}
