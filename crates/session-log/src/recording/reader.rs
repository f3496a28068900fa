//! Reading recordings, tolerantly: a line that cannot be read costs only itself.

use std::sync::Arc;

use lossless_json::{Limits, Object, ParseError, ParseReason, Sought, Value, locate, parse};
use session_wire::{DecodeError, Envelope, limits};

/// The JSON path of the message in a line.
pub(super) const PAYLOAD: &str = "$.payload";

/// A recording that was read.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Its messages in the order of the file.
    pub messages: Vec<Recorded>,
    /// The lines that could not be read.
    pub bad_lines: Vec<BadLine>,
}

/// One recorded message.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The number of its line, from 1.
    pub line: usize,
    /// Seconds since the recording began; as the line before where the line does not say it.
    pub time_offset: f64,
    /// When it was received, in seconds since the epoch.
    pub absolute_time: Option<f64>,
    /// The message.
    pub envelope: Arc<Envelope>,
}

/// A line that was skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}, {path}: {reason}", column.map_or_else(String::new, |column| format!(", column {column}")))]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// The column in characters, from 1; none where the text of the line is no longer there.
    pub column: Option<usize>,
    /// The JSON path of what is wrong, `$` being the line. What is wrong inside a message is told by the reason.
    pub path: String,
    /// What is wrong with it.
    pub reason: BadLineReason,
}

/// Why a line was skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadLineReason {
    /// It is no JSON.
    #[error("it is not JSON: {0}")]
    Json(ParseReason),
    /// It is JSON, but no object with a `payload`.
    #[error("it holds no \"payload\"")]
    NoPayload,
    /// Its payload is no message.
    #[error("its payload is no message: {0}")]
    Message(String),
}

impl Recording {
    /// Reads the text of a recording. Blank lines are skipped.
    pub fn read(text: &[u8]) -> Self {
        let mut recording = Self::default();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            recording.read_line(number, line);
        }
        recording
    }

    fn read_line(&mut self, line: usize, whole: &[u8]) {
        let text = whole.trim_ascii();
        if text.is_empty() {
            return;
        }
        let before = self.messages.last().map_or(0.0, |recorded| recorded.time_offset);
        match read_record(line, text, before) {
            Ok(recorded) => self.messages.push(recorded),
            Err(Fault { column, path, reason }) => {
                let indent = whole.len() - whole.trim_ascii_start().len();
                self.bad_lines.push(BadLine { line, column: Some(indent + column), path, reason });
            }
        }
    }
}

/// What is wrong with a line, the column counted from its first character that is no white space.
struct Fault {
    column: usize,
    path: String,
    reason: BadLineReason,
}

impl Fault {
    fn at(text: &[u8], path: &str, reason: BadLineReason) -> Self {
        let column = locate(text, &[Sought::Value(path)]).first().map_or(1, |found| found.column);
        Self { column, path: path.to_owned(), reason }
    }
}

impl From<ParseError> for Fault {
    fn from(error: ParseError) -> Self {
        Self { column: error.column, path: error.path, reason: BadLineReason::Json(error.reason) }
    }
}

fn read_record(line: usize, text: &[u8], offset_before: f64) -> Result<Recorded, Fault> {
    let bounds = Limits { depth_max: limits::MESSAGE_DEPTH_MAX, bytes_max: limits::MESSAGE_BYTES_MAX };
    let Value::Object(mut record) = parse(text, &bounds)?.value else {
        return Err(Fault::at(text, "$", BadLineReason::NoPayload));
    };
    let seconds =
        |record: &Object, key| record.get(key).and_then(Value::as_f64).filter(|time| time.is_finite());
    let Some(envelope) = record.remove("payload") else {
        return Err(Fault::at(text, "$", BadLineReason::NoPayload));
    };
    let no_message = |error: DecodeError| Fault::at(text, PAYLOAD, BadLineReason::Message(error.to_string()));
    let envelope = Envelope::from_value(unwrapped(envelope)).map_err(no_message)?;
    Ok(Recorded {
        line,
        time_offset: seconds(&record, "time_offset").unwrap_or(offset_before),
        absolute_time: seconds(&record, "absolute_time"),
        envelope: Arc::new(envelope),
    })
}

/// Some recorders wrapped the envelope twice.
fn unwrapped(envelope: Value) -> Value {
    let is_wrapper = envelope.get("command_schema").is_none()
        && envelope.at(&["payload", "payload", "command_schema"]).is_some()
        && envelope.at(&["payload", "command_schema"]).is_none();
    match envelope {
        Value::Object(mut wrapper) if is_wrapper => wrapper.remove("payload").unwrap_or_default(),
        envelope => envelope,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"time_offset":1.5,"absolute_time":9.25,"payload":{"session":"s","source_guid":"a","payload":{"command_schema":"LiveSession.1","command":{"event":"I_AM_MASTER","payload":{"master_guid":"a"}}}}}"#;

    #[test]
    fn bad_lines_are_told_by_number_and_cost_nothing_else() {
        let text = format!("\u{feff}{LINE}\n\n{{\"time_offset\": 2, \"payl\n[]\r\n{{\"payload\":3}}\n{LINE}");
        let recording = Recording::read(text.as_bytes());
        assert_eq!(recording.messages.iter().map(|recorded| recorded.line).collect::<Vec<_>>(), [1, 6]);
        assert_eq!(recording.bad_lines.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert!(matches!(recording.bad_lines[0].reason, BadLineReason::Json(_)));
        assert_eq!(recording.bad_lines[1].reason, BadLineReason::NoPayload);
        assert!(matches!(recording.bad_lines[2].reason, BadLineReason::Message(_)));
    }

    #[test]
    fn bad_lines_are_told_by_column_and_path() {
        let text = "  {\"payload\": {\"session\": oops}}\n[]\n\t{\"time_offset\": 1, \"payload\": 3}\n";
        let told: Vec<String> =
            Recording::read(text.as_bytes()).bad_lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 1, column 27, $.payload.session: it is not JSON: found 'o', expected a value",
                "line 2, column 1, $: it holds no \"payload\"",
                "line 3, column 32, $.payload: its payload is no message: the message is a number, where an object with \"session\", \"source_guid\" and \"payload\" belongs",
            ]
        );
    }

    #[test]
    fn a_stores_line_and_an_envelope_that_is_wrapped_twice_are_read() {
        let stored = LINE.replacen('{', r#"{"seq":7,"crc":"00c0ffee","#, 1);
        let wrapped = LINE.replacen(r#""payload":"#, r#""payload":{"payload":"#, 1) + "}";
        for line in [stored, wrapped] {
            let recording = Recording::read(line.as_bytes());
            assert_eq!(recording.bad_lines, []);
            assert_eq!(recording.messages[0].envelope.source_guid, "a");
            assert_eq!(
                (recording.messages[0].time_offset, recording.messages[0].absolute_time),
                (1.5, Some(9.25))
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_a_bad_line() {
        let recording = Recording::read(b"\xff\xfe\n");
        assert_eq!(recording.bad_lines.len(), 1);
    }
}
