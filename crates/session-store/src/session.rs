//! `session.json`: what a session on disk is.

use lossless_json::{Limits, Object, Style, Value};

use crate::disk::{Disk, replace};
use crate::error::OpenError;
use crate::limits::HOSTED_FILES_MAX;
use crate::line::{LineFault, seal, unseal};

pub(crate) const FILE: &str = "session.json";
const VERSION: u64 = 0;
const BYTES_MAX: usize = 1024 * 1024;

/// What a session on disk is.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionInfo {
    /// The session's name.
    pub session: String,
    /// Seconds since 1970 UTC at which it was made; the `time_offset` of records counts from here.
    pub created: f64,
    /// The GUID of the hub's own peer, kept across restarts.
    pub source_guid: String,
    /// The files it was made from.
    pub hosted_files: Vec<HostedFile>,
}

/// A file that a session was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedFile {
    /// Its path as the user gave it.
    pub path: String,
    /// A digest of its bytes, whose form is the caller's; a restart compares it to warn that the file has changed.
    pub fingerprint: String,
}

impl SessionInfo {
    pub(crate) fn read(disk: &mut dyn Disk) -> Result<Self, OpenError> {
        let bytes = disk.read(FILE).map_err(|source| OpenError::Io {
            place: disk.place(),
            action: format!("read {FILE}"),
            source,
        })?;
        let info = |reason: String| OpenError::Info { place: disk.place(), reason };
        let text = check(&bytes).map_err(&info)?;
        let limits = Limits { depth_max: 8, bytes_max: BYTES_MAX };
        let value = lossless_json::parse(format!("{text}}}").as_bytes(), &limits)
            .map_err(|error| info(error.to_string()))?
            .value;
        let found = value.get("format_version").and_then(Value::as_u64);
        match found.ok_or_else(|| info("it has no format_version".to_owned()))? {
            VERSION => Self::from_value(&value).ok_or_else(|| info("a member is missing".to_owned())),
            found => Err(OpenError::Version { place: disk.place(), found, known: VERSION }),
        }
    }

    pub(crate) fn write(&self, disk: &mut dyn Disk) -> Result<(), OpenError> {
        if self.hosted_files.len() > HOSTED_FILES_MAX {
            let reason = format!("it would name more than {HOSTED_FILES_MAX} hosted files");
            return Err(OpenError::Info { place: disk.place(), reason });
        }
        let mut text = self.to_value().to_text(Style::Python);
        text.pop();
        let line = seal(text) + "\n";
        replace(disk, FILE, line.as_bytes()).map_err(|source| OpenError::Io {
            place: disk.place(),
            action: format!("write {FILE}"),
            source,
        })
    }

    fn to_value(&self) -> Value {
        let files = self.hosted_files.iter().map(|file| {
            Object::from_iter([("path", file.path.as_str()), ("fingerprint", file.fingerprint.as_str())])
        });
        let mut object = Object::new();
        object.insert("format_version", VERSION);
        object.insert("session", self.session.as_str());
        object.insert("created", self.created);
        object.insert("source_guid", self.source_guid.as_str());
        object.insert("hosted_files", files.collect::<Vec<_>>());
        Value::Object(object)
    }

    fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let files = value.get("hosted_files")?.as_array()?.iter();
        Some(Self {
            session: text("session")?,
            created: value.get("created")?.as_f64()?,
            source_guid: text("source_guid")?,
            hosted_files: files.map(HostedFile::from_value).collect::<Option<_>>()?,
        })
    }
}

impl HostedFile {
    fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        Some(Self { path: text("path")?, fingerprint: text("fingerprint")? })
    }
}

/// The open object of the file, where its checksum fits.
fn check(bytes: &[u8]) -> Result<&str, String> {
    let line = bytes.strip_suffix(b"\n").ok_or("it does not end with a line end")?;
    unseal(line).map_err(|fault| match fault {
        LineFault::Shape => "it has no checksum at its end".to_owned(),
        LineFault::Checksum => "its checksum does not fit".to_owned(),
    })
}
