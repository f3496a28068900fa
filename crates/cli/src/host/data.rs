//! The directory that keeps a hosted session.

use crate::args::HostArguments;
use crate::failure::{Failure, split_advice};
use crate::host::files::HostedFile;
use crate::host::name;
use crate::runtime;
use crate::terminal::warn;
use session_store::{OpenError, Record, SessionInfo, Store};
use std::path::Path;

/// A session on disk, open.
pub(crate) struct Kept {
    pub(crate) session: String,
    pub(crate) source_guid: String,
    /// Where it is, for people.
    pub(crate) place: String,
    pub(crate) store: Store,
    /// What it holds already.
    pub(crate) records: Vec<Record>,
}

/// Opens the session in `--data`, or begins one there or in a fresh folder.
pub(crate) fn open(arguments: &HostArguments, session: &str, files: &[HostedFile]) -> Result<Kept, Failure> {
    match &arguments.data {
        Some(directory) if Store::is_at(directory) => resume(directory, arguments, files),
        Some(directory) => begin(directory, session, files),
        None => begin(&name::fresh_folder(session)?, session, files),
    }
}

/// Whether `--data` holds a session already.
pub(crate) fn resumes(arguments: &HostArguments) -> bool {
    arguments.data.as_ref().is_some_and(Store::is_at)
}

fn begin(directory: &Path, session: &str, files: &[HostedFile]) -> Result<Kept, Failure> {
    let info = SessionInfo {
        session: session.to_owned(),
        created: runtime::wall_seconds(),
        source_guid: runtime::fresh_guid(),
        hosted_files: files.iter().map(HostedFile::to_store).collect(),
    };
    let store = Store::create(directory, info.clone()).map_err(|error| unusable(&error))?;
    Ok(Kept {
        session: info.session,
        source_guid: info.source_guid,
        place: store.place(),
        store,
        records: Vec::new(),
    })
}

fn resume(directory: &Path, arguments: &HostArguments, files: &[HostedFile]) -> Result<Kept, Failure> {
    let opened = if arguments.salvage { Store::open_salvaging(directory) } else { Store::open(directory) };
    let (store, recovered) = opened.map_err(|error| unusable(&error))?;
    let info = recovered.info;
    if let Some(salvaged) = &recovered.salvaged {
        warn(&format!(
            "{}/{}: the session goes on with {} records; what is damaged is kept in {}",
            store.place(),
            salvaged.damage,
            recovered.records.len(),
            salvaged.set_aside.join(", ")
        ));
    }
    let asked = arguments.session.as_deref();
    if let Some(asked) = asked.filter(|asked| *asked != info.session) {
        return Err(Failure::Usage {
            what: format!("{} holds the session {:?}, not {asked:?}", store.place(), info.session),
            help: "leave --session out, or name another directory with --data".to_owned(),
        });
    }
    if let Some(torn) = &recovered.torn {
        warn(&format!(
            "{}: the last {} bytes of {} were cut off by a crash and dropped",
            store.place(),
            torn.bytes,
            torn.file
        ));
    }
    if !recovered.records.is_empty() {
        warn_of_changed_files(&store.place(), &info, files);
    }
    let place = store.place();
    Ok(Kept {
        session: info.session,
        source_guid: info.source_guid,
        place,
        store,
        records: recovered.records,
    })
}

/// The store wins over the files; says so where they are not what it was made from.
fn warn_of_changed_files(place: &str, info: &SessionInfo, files: &[HostedFile]) {
    for file in files {
        let known = info.hosted_files.iter().find(|known| known.path == file.path);
        let what = match known {
            Some(known) if known.fingerprint == file.fingerprint => continue,
            Some(_) => "has changed since this session was opened on it",
            None => "is not what this session was opened on",
        };
        warn(&format!("{} {what}; the session goes on with what {place} holds", file.path));
    }
}

fn unusable(error: &OpenError) -> Failure {
    if let OpenError::Corrupt { place, damage, kept } = error {
        return Failure::Store {
            reason: format!("{place}/{damage}; nothing was loaded"),
            help: format!(
                "restore that file from a copy, or add --salvage: the session then goes on with the {kept} records that are \
                 whole, and the damaged file is set aside"
            ),
        };
    }
    let (reason, advice) = split_advice(&error.to_string());
    let help = advice
        .unwrap_or_else(|| "check the directory and its rights, or name another with --data DIR".to_owned());
    Failure::Store { reason, help }
}
