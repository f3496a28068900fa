//! The Python peer of `tests/python`, which does what a latest reference peer does.

use std::path::Path;
use std::process::Command;

use lossless_json::{Object, Value};

use super::compare::json;
use super::lines::Program;
use super::material::checkout;

/// A running Python peer.
pub(crate) struct ReferencePeer {
    program: Program,
    next_id: u64,
}

impl ReferencePeer {
    /// Starts one on a broker; it is bound to the exchange when this returns.
    pub(crate) fn start(python: &Path, broker: &str, session: &str, guid: &str) -> Self {
        Self::start_on(python, ["--amqp", broker], session, guid)
    }

    /// Starts one whose datagrams go to an address and port. Its user has the name of its GUID.
    pub(crate) fn start_on_udp(python: &Path, address: &str, session: &str, guid: &str) -> Self {
        Self::start_on(python, ["--udp", address], session, guid)
    }

    fn start_on(python: &Path, network: [&str; 2], session: &str, guid: &str) -> Self {
        let mut command = Command::new(python);
        command
            .args(["-m", "reference_peer", "--session", session, "--guid", guid])
            .args(network)
            .current_dir(checkout("tests/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("ORI_SYNC_USER", guid)
            .env_remove("ORI_SYNC_NAME");
        let mut program = Program::start(format!("the Python peer {guid}"), &mut command);
        program.line_with("that it is ready", |line| {
            (json(line).get("event").and_then(Value::as_str) == Some("ready")).then_some(())
        });
        Self { program, next_id: 0 }
    }

    /// Gives a command that must succeed; its reply.
    pub(crate) fn must(&mut self, command: &str, fields: Object) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        let mut line = Object::new();
        line.insert("command", command);
        line.insert("id", id);
        for (key, value) in fields {
            line.insert(key, value);
        }
        self.program.tell(&Value::Object(line).to_text(lossless_json::Style::Python));
        let reply = self.program.line_with(&format!("the reply to {command}"), |line| {
            let line = json(line);
            assert_ne!(
                line.get("event").and_then(Value::as_str),
                Some("batch_lost"),
                "we make it raise: {line:?}"
            );
            Some(line).filter(|line| line.get("reply").and_then(Value::as_u64) == Some(id))
        });
        assert_eq!(reply.get("ok"), Some(&Value::Bool(true)), "the Python peer does {command}: {reply:?}");
        assert_ne!(reply.get("sent"), Some(&Value::Bool(false)), "{command} is not withheld");
        reply
    }

    /// Waits until it has the session's state, or serves it.
    pub(crate) fn synced(&mut self) {
        self.program.line_with("that it is synced", |line| {
            (json(line).get("status").and_then(Value::as_str) == Some("SYNCED")).then_some(())
        });
    }

    /// Everything that it holds.
    pub(crate) fn state(&mut self) -> Value {
        self.must("state", Object::new()).get("state").unwrap().clone()
    }
}
