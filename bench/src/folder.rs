//! A place for files while something is measured.

use std::fs;
use std::path::PathBuf;

use crate::Failure;

/// A folder for what is measured, taken away at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn make() -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("otio-sync-bench-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be taken away stays in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}
