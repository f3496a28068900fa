//! The shared samples and recordings, and the environment that `cargo xtask test` brings.

use std::fs;
use std::path::{Path, PathBuf};

/// The shared material: at `OTIO_SYNC_SHARED`, else beside the checkout; says so where there is none.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("OTIO_SYNC_SHARED").map_or(beside, PathBuf::from);
    if shared.join("recordings/golden").is_dir() {
        return Some(shared.canonicalize().unwrap());
    }
    println!("skipped: no shared material");
    None
}

/// The files of a folder of the shared material with an extension, in order of name.
pub(crate) fn files(shared: &Path, folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(shared.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} holds *.{extension}");
    files
}

/// A path's last part without its extension.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// An interpreter with opentimelineio and pika: `OTIO_SYNC_PYTHON`; says so where there is none.
pub(crate) fn python() -> Option<PathBuf> {
    let python = std::env::var_os("OTIO_SYNC_PYTHON").map(PathBuf::from);
    if python.is_none() {
        println!("skipped: OTIO_SYNC_PYTHON is not set (`cargo xtask test` sets it)");
    }
    python
}

/// A broker of the tests' own: `OTIO_SYNC_TEST_AMQP`; says so where there is none.
pub(crate) fn broker() -> Option<String> {
    let broker = std::env::var("OTIO_SYNC_TEST_AMQP").ok();
    if broker.is_none() {
        println!("skipped: OTIO_SYNC_TEST_AMQP is not set (`cargo xtask test` sets it)");
    }
    broker
}

/// A folder of the checkout.
pub(crate) fn checkout(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(inside).canonicalize().unwrap()
}
