//! Running the program and talking to it: start it, send a line, expect a line within a bound.
#![allow(dead_code, unreachable_pub, reason = "each test file is a crate of its own and uses a part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(missing_docs, clippy::missing_panics_doc, reason = "nobody outside the tests reads this")]

pub mod session;

use lossless_json::{Limits, Style, Value, parse};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a machine that runs eight builds at once; a healthy answer takes milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The program with its own state directory and nothing of the environment that steers it.
pub fn otio_sync(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otio-sync"));
    command.env("HOME", home).env("XDG_STATE_HOME", home.join("state"));
    for name in ["ORI_SESSION", "ORI_RMQ_HOST", "ORI_SYNC_NAME", "ORI_SYNC_USER", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end, with nothing on its standard input.
pub fn run(arguments: &[&str]) -> Output {
    run_with_input(arguments, b"")
}

/// Runs the program to its end with `input` on its standard input.
pub fn run_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut child = otio_sync(home.path())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// What an [`Output`] wrote to standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What an [`Output`] wrote to standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A file of `examples/`.
pub fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).display().to_string()
}

/// The material beside the checkout, where it is there.
pub fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("OTIO_SYNC_SHARED").map_or(beside, PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no shared material");
    None
}

/// JSON text as a value.
pub fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error} in {text}")).value
}

/// A running program with its lines.
pub struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Arc<Mutex<String>>,
    next_id: u64,
    /// Effects that were read while something else was waited for.
    pub effects: Vec<Value>,
}

impl Process {
    /// Starts `command` and reads what it says from now on.
    pub fn start(command: Command) -> Self {
        let mut process = Self::start_unread(command);
        process.read();
        process
    }

    /// Starts `command` and reads nothing of what it says.
    pub fn start_unread(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = channel().1;
        let errors = Arc::new(Mutex::new(String::new()));
        collect(child.stderr.take().unwrap(), Arc::clone(&errors));
        let stdin = child.stdin.take();
        Self { child, stdin, lines, errors, next_id: 1, effects: Vec::new() }
    }

    /// Reads what it says, from the beginning on.
    pub fn read(&mut self) {
        let (sender, lines) = channel();
        let output = BufReader::new(self.child.stdout.take().unwrap());
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        self.lines = lines;
    }

    /// What it wrote to standard error so far.
    pub fn errors(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends one line.
    pub fn send(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is open");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).unwrap_or_else(|error| {
            panic!("cannot send {line}: {error}; it said: {}", self.errors.lock().unwrap())
        });
    }

    /// The next line, within [`PATIENCE`].
    pub fn line(&mut self) -> String {
        self.line_before(Instant::now() + PATIENCE, "a line")
    }

    fn line_before(&mut self, deadline: Instant, wanted: &str) -> String {
        match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("no {wanted} in time; errors: {}", self.errors()),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("it ended before {wanted}; errors: {}", self.errors())
            }
        }
    }

    /// The first line that contains `part`.
    pub fn line_with(&mut self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.line_before(deadline, part);
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The next effect of that name; the others before it are kept in [`Process::effects`].
    pub fn effect(&mut self, name: &str) -> Value {
        self.effect_where(name, |_| true)
    }

    /// The next effect of that name which `wanted` accepts, read before or read now.
    pub fn effect_where(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let fits = |effect: &Value| is_effect(effect, name) && wanted(effect);
        if let Some(at) = self.effects.iter().position(fits) {
            return self.effects.remove(at);
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = json(&self.line_before(deadline, name));
            if fits(&value) {
                return value;
            }
            self.effects.push(value);
        }
    }

    /// Sends a command and waits for its reply; effects in between are kept.
    pub fn ask(&mut self, command: &str, fields: &str) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        let comma = if fields.is_empty() { "" } else { "," };
        self.send(&format!(r#"{{"command":"{command}","id":{id}{comma}{fields}}}"#));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = json(&self.line_before(deadline, command));
            if value.get("reply").and_then(Value::as_u64) == Some(id) {
                return value;
            }
            self.effects.push(value);
        }
    }

    /// As [`Process::ask`], for a command that has to succeed.
    pub fn done(&mut self, command: &str, fields: &str) -> Value {
        let reply = self.ask(command, fields);
        let ok = reply.get("ok").and_then(Value::as_bool);
        assert_eq!(ok, Some(true), "{command} {fields}: {}", reply.to_text(Style::Strict));
        reply
    }

    /// The fold of this peer, as text to compare.
    pub fn state(&mut self) -> String {
        let reply = self.done("state", "");
        reply.get("state").expect("a state in the reply").to_text(Style::Strict)
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by the `kill` program.
    pub fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Closes its standard input and waits for its end.
    pub fn finish(mut self) -> (ExitStatus, String) {
        drop(self.stdin.take());
        self.wait()
    }

    /// Waits for its end, within [`PATIENCE`].
    pub fn wait(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, self.errors());
            }
            assert!(Instant::now() < deadline, "it does not end; errors: {}", self.errors());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A test that fails must not leave a session behind.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_effect(value: &Value, name: &str) -> bool {
    value.get("effect").and_then(Value::as_str) == Some(name)
}

fn collect(mut from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    });
}

/// Waits until `holds`, within [`PATIENCE`].
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} does not come true");
        thread::sleep(Duration::from_millis(20));
    }
}
