//! `otio-sync host`.

use std::ffi::OsString;
use std::path::Path;

use super::lines::Program;
use super::program::otio_sync;

/// A hosted session.
pub(crate) struct Host {
    program: Program,
    /// Where peers join it.
    pub(crate) address: String,
}

impl Host {
    /// Hosts `files` as session `session`, kept in `data`, with more arguments.
    pub(crate) fn start(session: &str, files: &[&Path], data: &Path, more: &[&str]) -> Self {
        let mut arguments: Vec<OsString> = vec!["host".into()];
        arguments.extend(files.iter().map(|file| file.as_os_str().to_owned()));
        arguments.extend(["--session", session, "--listen", "127.0.0.1:0"].map(OsString::from));
        arguments.extend(["--data".into(), data.as_os_str().to_owned()]);
        arguments.extend(more.iter().map(Into::into));
        let mut program = Program::start(format!("the host of {session}"), otio_sync().args(arguments));
        let address = program.line_with("how to join", |line| {
            line.split_whitespace().find(|word| word.starts_with("ws://")).map(str::to_owned)
        });
        Self { program, address }
    }

    /// Ctrl-C; it closes in order.
    pub(crate) fn close(self) {
        self.program.interrupt();
        let (status, complaint) = self.program.end();
        assert!(status.success(), "the host closes in order: {status}, {complaint}");
    }
}
