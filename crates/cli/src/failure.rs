//! Why a command failed, and what to do about it.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

/// Why a command failed. Its text says what and where; [`Failure::help`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// Whoever read standard output has gone; not an error of ours.
    #[error("standard output was closed")]
    StdoutClosed,
    /// Standard output cannot be written.
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
    /// A file that is not there.
    #[error("{path} does not exist")]
    FileMissing { path: String },
    /// A file that is there but cannot be read.
    #[error("{path} cannot be read: {source}")]
    FileUnreadable { path: String, source: io::Error },
    /// A file that cannot be written.
    #[error("{path} cannot be written: {source}")]
    FileUnwritable { path: String, source: io::Error },
    /// A file that would be overwritten.
    #[error("{path} exists already")]
    FileExists { path: String },
    /// A file that is no JSON or no OTIO document.
    #[error("{place}: this is not an OTIO document: {reason}")]
    NotOtio { place: String, reason: String },
    /// A bundle that is damaged, or made to do harm.
    #[error("{path} is not a bundle that can be read: {reason}")]
    BadBundle { path: String, reason: String },
    /// A document that cannot be brought to older versions of its schemas.
    #[error("{path} cannot be downgraded: {reason}")]
    NotDowngraded { path: String, reason: String, help: String },
    /// A bundle that is not written.
    #[error("{path} is not written: {reason}")]
    NotBundled { path: String, reason: String, help: String },
    /// An OTIO document that no session can be opened on.
    #[error("{path} holds {found}, and a session needs a timeline")]
    NotATimeline { path: String, found: String },
    /// A timeline that the session does not take.
    #[error("{path} cannot be hosted: {reason}")]
    NotHosted { path: String, reason: String },
    /// A file without one line that is a recorded message.
    #[error("{place}: this is not a recording: {reason}")]
    NotARecording { place: String, reason: String },
    /// A recording without the timeline that was asked for, or with several and none asked for.
    #[error("{path} has {found}")]
    WhichTimeline { path: String, found: String, help: String },
    /// An option or argument that clap cannot judge.
    #[error("{what}")]
    Usage { what: String, help: String },
    /// An address that names no session.
    #[error("`{address}` is not the address of a session: {reason}")]
    BadAddress { address: String, reason: String, help: String },
    /// The other side could not be reached, or turned us away.
    #[error("cannot join {reason}")]
    Connect { reason: String, help: String },
    /// The other side could not be reached by who only looks.
    #[error("cannot reach {reason}")]
    NotReached { reason: String, help: String },
    /// Something is wrong, and was told.
    #[error("something is wrong")]
    Unwell,
    /// The connection was given up later.
    #[error("{reason}")]
    LinkLost { reason: String, help: String },
    /// Nobody holds the session.
    #[error("nobody holds the session at {address}")]
    NoSession { address: String },
    /// It took too long.
    #[error("{what} at {address} took longer than {seconds} seconds")]
    TimedOut { what: &'static str, address: String, seconds: f64 },
    /// The session turned down what this command is for.
    #[error("{address} refused: {reason}")]
    Refused { address: String, reason: String, help: String },
    /// Somebody else listens there.
    #[error("port {port} is taken on {ip}")]
    PortTaken { port: u16, ip: String },
    /// The address to listen on cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen { address: String, source: io::Error },
    /// The directory of a session cannot be used.
    #[error("the session cannot be kept: {reason}")]
    Store { reason: String, help: String },
    /// The operating system withholds something that is always there.
    #[error("{what}: {reason}")]
    System { what: &'static str, reason: String },
}

impl Failure {
    /// What to do, in one line.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::StdoutClosed | Self::Unwell => String::new(),
            Self::Stdout(_) => "free space on the disk, or write elsewhere".into(),
            Self::FileMissing { .. } => "check the path; relative paths start at the current directory".into(),
            Self::FileUnreadable { .. } => "check that it is a file and that you may read it".into(),
            Self::FileUnwritable { .. } => "check that the directory exists, has space, and that you may write there".into(),
            Self::FileExists { .. } => "name another file, or pass --force to overwrite it".into(),
            Self::NotOtio { .. } => {
                "give a .otio file (JSON with OTIO_SCHEMA), a .otioz or a .otiod; other formats can be converted with otioconvert".into()
            }
            Self::BadBundle { .. } => {
                "make the bundle again from its .otio file, or give that; opentimelineio's otioconvert writes .otioz and .otiod".into()
            }
            Self::NotATimeline { .. } => {
                "give a file whose root is a Timeline, a SerializableCollection of timelines, a Stack, a Track or a Clip".into()
            }
            Self::NotHosted { .. } => "host a shorter cut, or parts of it as files of their own".into(),
            Self::NotARecording { .. } => {
                "give a file that `otio-sync record` wrote: one {\"time_offset\":…, \"payload\":…} object a line".into()
            }
            Self::NoSession { .. } => "see that somebody hosts it and that its name is spelt so; --or-host holds it yourself".into(),
            Self::TimedOut { .. } => "see that the host answers; --timeout gives it longer".into(),
            Self::PortTaken { .. } => "choose another with --listen ADDR:PORT (port 0 picks a free one)".into(),
            Self::Listen { .. } => "give an address of this machine with --listen ADDR:PORT".into(),
            Self::System { .. } => "see what the system says; RUST_LOG=debug tells more".into(),
            Self::WhichTimeline { help, .. }
            | Self::NotDowngraded { help, .. }
            | Self::NotBundled { help, .. }
            | Self::Usage { help, .. }
            | Self::BadAddress { help, .. }
            | Self::Connect { help, .. }
            | Self::NotReached { help, .. }
            | Self::LinkLost { help, .. }
            | Self::Refused { help, .. }
            | Self::Store { help, .. } => help.clone(),
        }
    }

    /// 0 where only the reader of our output went away, 2 for wrong use, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::StdoutClosed => ExitCode::SUCCESS,
            Self::Usage { .. } | Self::BadAddress { .. } | Self::NotReached { .. } => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// The lines for standard error; empty where there is nothing to tell.
    pub(crate) fn report(&self) -> String {
        let mut text = String::new();
        if !matches!(self, Self::StdoutClosed | Self::Unwell) {
            let _ = writeln!(text, "error: {self}");
            let _ = writeln!(text, "help: {}", self.help());
        }
        text
    }

    /// A failure to read `path`.
    pub(crate) fn reading(path: &str, source: io::Error) -> Self {
        // Whoever takes an address for a file's name does not want its password repeated.
        let path =
            if path.contains("://") { crate::entrance::without_password(path) } else { path.to_owned() };
        if source.kind() == io::ErrorKind::NotFound {
            return Self::FileMissing { path };
        }
        Self::FileUnreadable { path, source }
    }

    /// A failure to write standard output.
    pub(crate) fn stdout(source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::BrokenPipe { Self::StdoutClosed } else { Self::Stdout(source) }
    }
}

/// What stands before the last `; ` of a message of another crate, and the advice behind it.
pub(crate) fn split_advice(message: &str) -> (String, Option<String>) {
    match message.rsplit_once("; ") {
        Some((what, advice)) => (what.to_owned(), Some(advice.to_owned())),
        None => (message.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_told_apart_from_an_unreadable_one() {
        let missing = Failure::reading("cut.otio", io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(
            missing.report(),
            "error: cut.otio does not exist\nhelp: check the path; relative paths start at the current directory\n"
        );
        let denied = Failure::reading("cut.otio", io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(denied.report().starts_with("error: cut.otio cannot be read"));
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        let left = Failure::stdout(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(left.report(), "");
        assert_eq!(left.exit_code(), ExitCode::SUCCESS);
    }
}
