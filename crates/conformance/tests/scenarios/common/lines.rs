//! A program that is driven by lines: what it says is kept and waited for, with a limit on every wait.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before a scenario gives up. Generous: two cores may be busy with other tests.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// A running program.
pub(crate) struct Program {
    what: String,
    child: Child,
    said: Receiver<String>,
    complained: Arc<Mutex<String>>,
}

impl Program {
    /// Starts it; `what` names it where a scenario fails.
    pub(crate) fn start(what: impl Into<String>, command: &mut Command) -> Self {
        let what = what.into();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{what} does not start: {error}"));
        let (say, said) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        let complained = Arc::new(Mutex::new(String::new()));
        let (kept, mut errors) = (Arc::clone(&complained), child.stderr.take().unwrap());
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = errors.read(&mut chunk) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..count]));
            }
        });
        Self { what, child, said, complained }
    }

    /// The next line, where it comes in time.
    fn line_within(&mut self, limit: Duration) -> Option<String> {
        self.said.recv_timeout(limit).ok()
    }

    /// Lines until one is what is looked for.
    pub(crate) fn line_with<T>(&mut self, looked_for: &str, found: impl Fn(&str) -> Option<T>) -> T {
        let give_up = Instant::now() + LIMIT;
        let mut seen = Vec::new();
        while let Some(line) = self.line_within(give_up.saturating_duration_since(Instant::now())) {
            if let Some(found) = found(&line) {
                return found;
            }
            seen.push(line.chars().take(200).collect::<String>());
        }
        let tail = seen.split_off(seen.len().saturating_sub(12)).join("\n  ");
        panic!("{} does not say {looked_for}; {}; its last lines:\n  {tail}", self.what, self.complaint())
    }

    /// Writes a line to it.
    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        if let Err(error) = input
            .write_all(line.as_bytes())
            .and_then(|()| input.write_all(b"\n"))
            .and_then(|()| input.flush())
        {
            panic!("{} does not listen: {error}; {}", self.what, self.complaint());
        }
    }

    /// What it wrote to standard error so far.
    pub(crate) fn complaint(&self) -> String {
        format!("standard error: {:?}", self.complained.lock().unwrap())
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(status.unwrap().success(), "{} can be interrupted", self.what);
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        drop(self.child.stdin.take());
        let give_up = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                thread::sleep(Duration::from_millis(20));
                return (status, self.complained.lock().unwrap().clone());
            }
            assert!(Instant::now() < give_up, "{} does not end; {}", self.what, self.complaint());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until something holds, within the limit; `what` is said where it never does.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let give_up = Instant::now() + LIMIT;
    loop {
        match attempt() {
            Ok(found) => return found,
            Err(last) if Instant::now() > give_up => panic!("never: {what}; at last: {last}"),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}
