//! opentimelineio in a Python process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lossless_json::{Limits, Style, Value, parse};

/// A Python process that answers what opentimelineio makes of documents.
pub(crate) struct Oracle {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What opentimelineio makes of a document.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Text {
        pretty: String,
        compact: String,
    },
    Refusal(String),
    /// The document ended its process.
    Crash,
}

impl Oracle {
    /// The process, where the environment names a Python; a line that says so where it does not.
    pub(crate) fn start() -> Option<Self> {
        let Ok(python) = std::env::var("OTIO_SYNC_PYTHON") else {
            println!("skipped: OTIO_SYNC_PYTHON names no Python with opentimelineio 0.18.1");
            return None;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/opentimelineio/oracle.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Python of OTIO_SYNC_PYTHON runs");
        let questions = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut oracle = Self { process, questions, answers };
        let hello = oracle.line();
        assert_eq!(
            hello.get("version").and_then(Value::as_str),
            Some("0.18.1"),
            "opentimelineio of another version"
        );
        Some(oracle)
    }

    /// What opentimelineio makes of a text.
    pub(crate) fn ask(&mut self, text: &str) -> Answer {
        writeln!(self.questions, "{}", Value::from(text).to_text(Style::Python)).unwrap();
        let answer = self.line();
        let part = |key| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        match (part("pretty"), part("compact")) {
            (Some(pretty), Some(compact)) => Answer::Text { pretty, compact },
            _ if answer.get("crash").is_some() => Answer::Crash,
            _ => Answer::Refusal(part("error").unwrap_or_default()),
        }
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the Python process ended");
        parse(line.as_bytes(), &Limits::default()).unwrap().value
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
