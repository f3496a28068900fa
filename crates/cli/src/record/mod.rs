//! `otio-sync record`: everything that happens in a session, one JSON line a message.

mod capture;

use crate::args::RecordArguments;
use crate::destination;
use crate::entrance;
use crate::failure::Failure;
use crate::runtime;
use crate::terminal::{Progress, print, warn};
use bytes::Bytes;
use capture::{Capture, Recorder, Taken};
use session_transport::{Address, Link, LinkEvent, LinkOptions, connect};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is looked whether something has to be asked.
const TICK: Duration = Duration::from_millis(50);

/// Runs the command.
pub(crate) fn run(arguments: &RecordArguments, quiet: bool) -> Result<(), Failure> {
    let address = entrance::address(&arguments.entrance.address)?;
    runtime::single()?.block_on(record(arguments, &address, quiet))
}

async fn record(arguments: &RecordArguments, address: &Address, quiet: bool) -> Result<(), Failure> {
    let options = LinkOptions { app: "otio-sync recorder".to_owned(), ..LinkOptions::default() };
    let link = connect(address, options).await.map_err(|error| entrance::not_connected(&error))?;
    let mut tape = Tape::create(&arguments.output, arguments.force)?;
    let mut capture = Capture::new(Recorder {
        session: address.session().to_owned(),
        guid: runtime::fresh_guid(),
        run: runtime::fresh_run(),
        secret: address.secret().map(|secret| secret.reveal().to_owned()),
    });
    let until = arguments.duration.map(Duration::from_secs_f64);
    let to_hub = matches!(address, Address::WebSocket(_));
    let ended = listen(link, &mut capture, &mut tape, until, to_hub, quiet).await;
    report(&tape, &capture, &arguments.output, quiet)?;
    ended
}

/// Keeps what comes until the time is over, the session ends or Ctrl-C.
async fn listen(
    mut link: Link,
    capture: &mut Capture,
    tape: &mut Tape,
    until: Option<Duration>,
    to_hub: bool,
    quiet: bool,
) -> Result<(), Failure> {
    let mut tick = tokio::time::interval(TICK);
    let mut progress = Progress::new("recording", 0, quiet);
    let interrupted = runtime::interrupted();
    tokio::pin!(interrupted);
    let mut ended = Ok(());
    while until.is_none_or(|until| tape.started.elapsed() < until) {
        let said = tokio::select! {
            () = &mut interrupted => break,
            _ = tick.tick() => capture.due(tape.started.elapsed()).into_iter().collect(),
            event = link.incoming.recv() => match event {
                Some(LinkEvent::Up) => capture.greet(to_hub),
                Some(LinkEvent::Message(bytes)) => {
                    tape.keep(capture, &bytes)?;
                    Vec::new()
                }
                Some(LinkEvent::Down { reason }) => {
                    capture.lost();
                    warn(&format!("the connection was lost ({reason}); it comes back by itself"));
                    Vec::new()
                }
                Some(LinkEvent::Failed(error)) => {
                    ended = Err(entrance::link_failed(&error));
                    break;
                }
                Some(_) => Vec::new(),
                None => break,
            },
        };
        for text in said {
            // A full queue is a link that is down: what is asked is asked again.
            let _ = link.outgoing.try_send(Bytes::from(text));
        }
        progress.at(tape.lines);
    }
    link.close().await;
    ended
}

fn report(tape: &Tape, capture: &Capture, path: &Path, quiet: bool) -> Result<(), Failure> {
    if !capture.has_state() {
        warn("nobody served the state of the session, so that the recording starts without it");
    }
    if quiet {
        return Ok(());
    }
    let seconds = tape.started.elapsed().as_secs_f64();
    print(&format!("recorded {} messages in {seconds:.1} s to {}\n", tape.lines, path.display()))
}

/// The file that is written.
struct Tape {
    file: File,
    path: String,
    started: Instant,
    lines: u64,
}

impl Tape {
    fn create(path: &Path, force: bool) -> Result<Self, Failure> {
        let file = destination::create(path, force)?;
        Ok(Self { file, path: path.display().to_string(), started: Instant::now(), lines: 0 })
    }

    /// Writes what is to be kept of a message.
    fn keep(&mut self, capture: &mut Capture, bytes: &[u8]) -> Result<(), Failure> {
        let wall_us = runtime::wall_us();
        match capture.take(bytes, self.started.elapsed(), wall_us) {
            Taken::Keep(payloads) => self.write(&payloads, wall_us),
            Taken::Refused(reason) => {
                warn(&format!("the session refused a question of the recorder: {reason}"));
                Ok(())
            }
        }
    }

    fn write(&mut self, payloads: &[String], wall_us: u64) -> Result<(), Failure> {
        let offset = self.started.elapsed().as_secs_f64();
        let (seconds, micros) = (wall_us / 1_000_000, wall_us % 1_000_000);
        let mut text = String::new();
        for payload in payloads {
            let _ = writeln!(
                text,
                r#"{{"time_offset": {offset:.6}, "absolute_time": {seconds}.{micros:06}, "payload": {payload}}}"#
            );
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|source| Failure::FileUnwritable { path: self.path.clone(), source })?;
        self.lines += payloads.len() as u64;
        Ok(())
    }
}
