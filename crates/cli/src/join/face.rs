//! How a joined session shows itself: as JSON lines to a program, or in words to a person.

use crate::join::Done;
use crate::join::request::{BadLine, Request, error_code, read};
use crate::join::words;
use crate::narrator::{Narrator, count, name_of};
use hub::{CommandFailure, ParticipantEvent};
use lossless_json::{Object, Style, Value};
use session_core::{Effect, Peer, Reply, Status};

/// The version of the lines that `--json` writes.
const VERSION: u64 = 1;

/// What of the state is equal, byte for byte, at all peers that have the same operations and view messages.
const SHARED_STATE: [&str; 8] = [
    "timelines",
    "timeline_order",
    "clip_timelines",
    "digest",
    "active_timeline_guid",
    "selected_clip_guid",
    "playback_state",
    "display_state",
];

/// To whom the session is shown.
#[derive(Debug)]
pub(crate) enum Face {
    /// A program.
    Json,
    /// A person.
    People(Narrator),
}

/// What a line of input comes to.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Something to do, with the id to answer to.
    For(Option<u64>, Request),
    /// Something to say at once.
    Answer(String),
}

/// Who joined what.
#[derive(Clone, Debug)]
pub(crate) struct Introduction {
    pub(crate) session: String,
    pub(crate) address: String,
    pub(crate) source_guid: String,
    pub(crate) run: String,
    pub(crate) name: Option<String>,
    pub(crate) role: &'static str,
}

/// What a peer found when it had joined.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    timelines: Vec<(String, String)>,
    master: Option<String>,
    host: Option<String>,
    role: &'static str,
    digest: String,
    participants: Vec<String>,
}

impl Found {
    /// Reads it from the peer.
    pub(crate) fn by(peer: &Peer) -> Self {
        let state = peer.log().state();
        let others = peer.participants().filter(|(guid, _)| *guid != peer.guid());
        Self {
            timelines: state
                .timelines()
                .map(|(guid, timeline)| (guid.to_string(), name_of(timeline)))
                .collect(),
            master: peer.master().map(ToString::to_string),
            host: peer.host().map(ToString::to_string),
            role: peer.role().as_str(),
            digest: peer.log().digest().to_owned(),
            participants: others.map(|(_, participant)| participant.display_name()).collect(),
        }
    }
}

impl Face {
    /// The first line.
    pub(crate) fn introduce(&self, who: &Introduction) -> String {
        let Self::Json = self else {
            return format!("joining {} at {} (help lists what can be typed)\n", who.session, who.address);
        };
        let mut hello = effect("hello");
        hello.insert("version", VERSION);
        hello.insert("session", who.session.as_str());
        hello.insert("source_guid", who.source_guid.as_str());
        hello.insert("run", who.run.as_str());
        hello.insert("name", who.name.clone());
        hello.insert("role", who.role);
        hello.insert("address", who.address.as_str());
        strict(hello)
    }

    /// The line for having joined.
    pub(crate) fn synced(&self, found: &Found) -> String {
        let Self::Json = self else {
            let names: Vec<String> = found.timelines.iter().map(|(_, name)| format!("{name:?}")).collect();
            let here = if found.participants.is_empty() {
                "nobody else".to_owned()
            } else {
                found.participants.join(", ")
            };
            return format!(
                "joined: {} {}; here: {here}\n",
                count(names.len(), "timeline"),
                names.join(", ")
            );
        };
        let mut synced = effect("synced");
        synced.insert("master_guid", found.master.clone());
        synced.insert("host_guid", found.host.clone());
        synced.insert("role", found.role);
        synced.insert("timelines", found.timelines.iter().map(|(guid, _)| guid.as_str()).collect::<Vec<_>>());
        synced.insert("digest", found.digest.as_str());
        strict(synced)
    }

    /// The line for an event, where it has one. Having joined is told by [`Face::synced`].
    pub(crate) fn event(&mut self, event: &ParticipantEvent) -> Option<String> {
        if let ParticipantEvent::Effect(effect) = event {
            if matches!(**effect, Effect::Status(Status::Synced)) {
                return None;
            }
            return match self {
                Self::Json => Some(effect.to_value().to_text(Style::Strict) + "\n"),
                Self::People(narrator) => narrator.tell(effect).map(|text| text + "\n"),
            };
        }
        match self {
            Self::Json => json_event(event).map(strict),
            Self::People(_) => words_for(event).map(|text| text + "\n"),
        }
    }

    /// What a line of input asks for.
    pub(crate) fn read(&self, line: Result<String, BadLine>) -> Asked {
        let (id, asked) = match (self, line) {
            (_, Err(bad)) => (None, Err(bad)),
            (Self::Json, Ok(line)) => read(&line),
            (Self::People(_), Ok(line)) => match words::understand(&line) {
                Ok(None) => return Asked::Answer(format!("{}\n", words::HELP)),
                Ok(Some(request)) => (None, Ok(request)),
                Err(bad) => (None, Err(bad)),
            },
        };
        match asked {
            Ok(request) => Asked::For(id, request),
            Err(bad) => Asked::Answer(self.refusal(id, bad.code(), &bad.to_string())),
        }
    }

    /// The answer to a command; a person is not told what can be seen.
    pub(crate) fn reply(&self, id: Option<u64>, result: Result<Reply, CommandFailure>) -> Option<String> {
        match (self, result) {
            (Self::Json, Ok(done)) => {
                let mut line = reply(id, true);
                for (key, value) in done.to_object() {
                    line.insert(key, value);
                }
                if let Some(Value::Object(state)) = line.remove("state") {
                    let (shared, own) = divided(state);
                    line.insert("state", shared);
                    line.insert("peer", own);
                }
                Some(strict(line))
            }
            (Self::People(_), Ok(done)) => done.state.map(|state| state.to_text(Style::StrictPretty) + "\n"),
            (_, Err(failure)) => Some(self.refusal(id, code_of(&failure), &failure.to_string())),
        }
    }

    /// The line for what came of a command, where there is something to say.
    pub(crate) fn done(&self, done: Done) -> Option<String> {
        match done {
            Done::Replied(id, result) => self.reply(id, result),
            Done::Shown(text) => Some(text),
            Done::NotFound(words) => Some(self.refusal(None, "unknown_guid", &words)),
        }
    }

    fn refusal(&self, id: Option<u64>, code: &str, message: &str) -> String {
        let Self::Json = self else {
            return format!("not done: {message}\n");
        };
        let mut error = Object::new();
        error.insert("code", code);
        error.insert("message", message);
        let mut line = reply(id, false);
        line.insert("error", error);
        strict(line)
    }

    /// The line for effects that a slow reader missed.
    pub(crate) fn missed(&self, missed: u64) -> String {
        let Self::Json = self else {
            return format!("{missed} lines were left out\n");
        };
        let mut line = effect("missed");
        line.insert("count", missed);
        strict(line)
    }
}

/// What every peer of the session has alike, and what this one has of its own.
fn divided(state: Object) -> (Object, Object) {
    state.into_iter().fold((Object::new(), Object::new()), |(mut shared, mut own), (key, value)| {
        let side = if SHARED_STATE.contains(&key.as_str()) { &mut shared } else { &mut own };
        side.insert(key, value);
        (shared, own)
    })
}

fn code_of(failure: &CommandFailure) -> &'static str {
    match failure {
        CommandFailure::Refused(error) => error_code(error),
        CommandFailure::Store(_) => "store",
        _ => "closed",
    }
}

fn json_event(event: &ParticipantEvent) -> Option<Object> {
    let told = |name: &str, fields: &[(&str, &str)]| {
        let mut object = effect(name);
        for (key, value) in fields {
            object.insert(*key, *value);
        }
        Some(object)
    };
    match event {
        ParticipantEvent::LinkUp => told("link_up", &[]),
        ParticipantEvent::LinkDown { reason } => told("link_down", &[("reason", reason)]),
        ParticipantEvent::Refused { reason, detail } => {
            told("refused", &[("reason", reason), ("detail", detail)])
        }
        ParticipantEvent::RefusedByHub { reason, detail } => {
            told("refused_by_hub", &[("reason", reason), ("detail", detail)])
        }
        ParticipantEvent::NotSent { reason } => told("not_sent", &[("reason", reason)]),
        ParticipantEvent::Ended { failure: Some(reason) } => told("ended", &[("reason", reason)]),
        _ => None,
    }
}

fn words_for(event: &ParticipantEvent) -> Option<String> {
    match event {
        ParticipantEvent::LinkDown { reason } => Some(format!("connection lost ({reason}); coming back")),
        ParticipantEvent::RefusedByHub { detail, .. } => {
            Some(format!("the host refused a message: {detail}"))
        }
        ParticipantEvent::NotSent { reason } => Some(reason.clone()),
        _ => None,
    }
}

fn effect(name: &str) -> Object {
    let mut object = Object::new();
    object.insert("effect", name);
    object
}

fn reply(id: Option<u64>, ok: bool) -> Object {
    let mut object = Object::new();
    object.insert("reply", id);
    object.insert("ok", ok);
    object
}

fn strict(object: Object) -> String {
    Value::Object(object).to_text(Style::Strict) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_answered_with_its_id() {
        let answer = |line: &str| match Face::Json.read(Ok(line.to_owned())) {
            Asked::Answer(text) => text,
            Asked::For(..) => panic!("{line}"),
        };
        assert_eq!(
            answer(r#"{"command":"seek","id":5}"#),
            "{\"reply\":5,\"ok\":false,\"error\":{\"code\":\"missing_field\",\"message\":\"seek: field \\\"frame\\\" is missing; give a frame number\"}}\n"
        );
        assert!(answer("nonsense").starts_with(r#"{"reply":null,"ok":false,"error":{"code":"not_json""#));
    }

    #[test]
    fn a_person_is_answered_in_words() {
        let face = Face::People(Narrator::default());
        assert!(matches!(face.read(Ok("help".to_owned())), Asked::Answer(text) if text.starts_with("show")));
        assert!(
            matches!(face.read(Ok("fly".to_owned())), Asked::Answer(text) if text.starts_with("not done: `fly`"))
        );
    }

    #[test]
    fn numbers_that_json_lacks_are_words() {
        let mut state = Object::new();
        state.insert("exposure", f64::NAN);
        let event = ParticipantEvent::Effect(Box::new(Effect::Display { source: "a".into(), state }));
        let line = Face::Json.event(&event).unwrap();
        assert_eq!(line, "{\"effect\":\"display_settings\",\"source_guid\":\"a\",\"exposure\":\"NaN\"}\n");
    }
}
