//! Where things are.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The checkout and what lies around it.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout that this program was built from.
    pub(crate) fn find() -> Result<Self, Failure> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest);
        let root = root
            .canonicalize()
            .map_err(|error| Failure::io(format!("the checkout {}", root.display()), &error))?;
        Ok(Self { root })
    }

    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file or folder inside the checkout.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// Installed tools, the Python environment and the broker's data: kept between runs, never committed.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path(".ci-cache")
    }

    /// Where `cargo` puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.path("target"), PathBuf::from)
    }

    /// The shared material beside the checkout (or at `OTIO_SYNC_SHARED`), where there is any.
    pub(crate) fn shared(&self) -> Option<PathBuf> {
        let shared = std::env::var_os("OTIO_SYNC_SHARED")
            .map_or_else(|| self.root.join("../shared"), PathBuf::from)
            .canonicalize()
            .ok()?;
        shared.join("recordings").is_dir().then_some(shared)
    }
}
