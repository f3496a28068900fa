//! Files that are written.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::failure::Failure;

/// A new file; with `force` also in place of one that is there.
pub(crate) fn create(path: &Path, force: bool) -> Result<File, Failure> {
    let file = if force { File::create(path) } else { File::create_new(path) };
    file.map_err(|source| {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Failure::FileExists { path },
            _ => Failure::FileUnwritable { path, source },
        }
    })
}
