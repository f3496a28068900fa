//! `otio-sync join --json`.

use lossless_json::{Object, Value};

use super::compare::json;
use super::lines::Program;
use super::program::otio_sync;

/// One who takes part.
pub(crate) struct Participant {
    program: Program,
    name: String,
    next_id: u64,
    guid: String,
    /// Effects that came while something else was waited for.
    effects: Vec<Object>,
}

impl Participant {
    /// Joins and waits until the state is there.
    pub(crate) fn join(name: &str, address: &str) -> Self {
        let mut participant = Self::begin(name, address);
        participant.effect("synced");
        participant
    }

    /// Begins to join.
    pub(crate) fn begin(name: &str, address: &str) -> Self {
        let arguments = ["join", address, "--json", "--name", name];
        let mut program = Program::start(format!("the participant {name}"), otio_sync().args(arguments));
        let guid = program.line_with("hello", |line| {
            let line = object(line);
            assert_eq!(line.get("effect").and_then(Value::as_str), Some("hello"), "hello comes first");
            line.get("source_guid").and_then(Value::as_str).map(str::to_owned)
        });
        Self { program, name: name.to_owned(), next_id: 0, guid, effects: Vec::new() }
    }

    /// Gives a command; its reply.
    pub(crate) fn ask(&mut self, command: &str, fields: Object) -> Object {
        let id = self.send(command, fields);
        self.reply(id)
    }

    /// Gives a command that must succeed.
    pub(crate) fn must(&mut self, command: &str, fields: Object) -> Object {
        let reply = self.ask(command, fields);
        assert_eq!(reply.get("ok"), Some(&Value::Bool(true)), "{} does {command}: {reply:?}", self.name);
        reply
    }

    /// Gives a command and waits for nothing; the id that its reply will carry.
    pub(crate) fn send(&mut self, command: &str, fields: Object) -> u64 {
        self.next_id += 1;
        let mut line = Object::new();
        line.insert("command", command);
        line.insert("id", self.next_id);
        for (key, value) in fields {
            line.insert(key, value);
        }
        self.tell(&Value::Object(line).to_text(lossless_json::Style::Python));
        self.next_id
    }

    /// Writes a line as it is.
    pub(crate) fn tell(&mut self, line: &str) {
        self.program.tell(line);
    }

    /// The reply to the command `id`.
    pub(crate) fn reply(&mut self, id: u64) -> Object {
        let (reply, effects) = {
            let effects = std::cell::RefCell::new(Vec::new());
            let reply = self.program.line_with(&format!("the reply to {id}"), |line| {
                let line = object(line);
                if line.get("reply").and_then(Value::as_u64) == Some(id) {
                    return Some(line);
                }
                effects.borrow_mut().push(line);
                None
            });
            (reply, effects.into_inner())
        };
        self.effects.extend(effects);
        reply
    }

    /// The next effect of this name, skipping others.
    pub(crate) fn effect(&mut self, name: &str) -> Object {
        let is_it = |line: &Object| line.get("effect").and_then(Value::as_str) == Some(name);
        if let Some(at) = self.effects.iter().position(is_it) {
            return self.effects.drain(..=at).next_back().unwrap();
        }
        self.effects.clear();
        self.program.line_with(&format!("the effect {name}"), |line| Some(object(line)).filter(is_it))
    }

    /// Its own GUID.
    pub(crate) fn guid(&self) -> String {
        self.guid.clone()
    }

    /// What all peers share: timelines, digest, view.
    pub(crate) fn state(&mut self) -> Value {
        let mut reply = self.must("state", Object::new());
        reply.remove("state").unwrap()
    }

    /// The digest of the timelines.
    pub(crate) fn digest(&mut self) -> String {
        self.state().get("digest").and_then(Value::as_str).unwrap().to_owned()
    }

    /// `kill -9`.
    pub(crate) fn kill(self) {
        self.program.kill();
    }

    /// Leaves; a leaver's edits are with the host.
    pub(crate) fn quit(mut self) {
        self.must("quit", Object::new());
        let (status, complaint) = self.program.end();
        assert!(status.success(), "{} leaves in order: {status}, {complaint}", self.name);
    }
}

fn object(line: &str) -> Object {
    match json(line) {
        Value::Object(object) => object,
        other => panic!("a line is an object, not {other:?}"),
    }
}
