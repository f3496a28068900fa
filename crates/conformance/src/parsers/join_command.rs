use lossless_json::{Limits, parse};
use session_core::Command;

use super::hosted::Hosted;

/// Lines of `join --json`, given to a peer that hosts: each is refused or answered once, and the state stays the fold
/// of the operations.
pub fn join_command(input: &[u8]) {
    let mut hosted = Hosted::new();
    for line in input.split(|byte| *byte == b'\n').take(64) {
        let Ok(parsed) = parse(line, &Limits::default()) else { continue };
        let Some(fields) = parsed.value.as_object() else { continue };
        let Some(name) = fields.get("command").and_then(lossless_json::Value::as_str) else { continue };
        if let Ok(command) = Command::from_object(name, fields) {
            hosted.command(command);
        }
    }
    hosted.assert_is_fold();
}
