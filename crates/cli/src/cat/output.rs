//! Where a document goes that is not printed: a file, or a bundle together with its media.

use std::io::Write;
use std::path::Path;

use otio_bundle::{MediaReferencePolicy, WriteError};
use otio_document::Document;

use crate::args::CatArguments;
use crate::destination;
use crate::failure::{Failure, split_advice};
use crate::terminal::{Progress, is_quiet};

/// Writes a text to a file, which it has to itself unless it may be overwritten.
pub(super) fn write_file(text: &str, path: &Path, arguments: &CatArguments) -> Result<(), Failure> {
    if arguments.media.is_some() {
        return Err(Failure::Usage {
            what: format!("--media is for bundles, and {} is none", path.display()),
            help: "give the file a name that ends in .otioz or .otiod, or leave --media out".to_owned(),
        });
    }
    let mut file = destination::create(path, arguments.force)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|source| Failure::FileUnwritable { path: path.display().to_string(), source })
}

/// Writes a bundle with the media of the document.
pub(super) fn write_bundle(
    document: &Document,
    path: &Path,
    arguments: &CatArguments,
) -> Result<(), Failure> {
    for (is_given, option) in [
        (arguments.compact, "--compact"),
        (arguments.downgrade.is_some(), "--downgrade"),
        (arguments.force, "--force"),
    ] {
        if is_given {
            return Err(Failure::Usage {
                what: format!("{option} is not for bundles, and {} is one", path.display()),
                help: format!("leave {option} out, or write a .otio file"),
            });
        }
    }
    let policy = arguments.media.map_or(MediaReferencePolicy::ErrorIfNotFile, Into::into);
    let mut progress: Option<Progress> = None;
    let mut tell = |written: otio_bundle::Written| {
        let (done, all) = (written.files as u64, written.files_in_all as u64);
        progress.get_or_insert_with(|| Progress::new("writing media", all, is_quiet())).at(done);
    };
    otio_bundle::write_telling(document, path, policy, &mut tell).map_err(|error| not_bundled(path, &error))
}

fn not_bundled(path: &Path, error: &WriteError) -> Failure {
    let (reason, advice) = split_advice(&error.to_string());
    let help = match error {
        WriteError::Exists(_) => "name another file, or take that one away".to_owned(),
        WriteError::NotAFile(_) | WriteError::NotAFileUrl(_) => {
            "mend the target_url (relative ones start at the current directory), or pass --media missing-if-not-file".to_owned()
        }
        WriteError::Io { .. } => "check that the directory exists, has space, and that you may write there".to_owned(),
        _ => advice.unwrap_or_else(|| "mend the document, or pass --media all-missing".to_owned()),
    };
    Failure::NotBundled { path: path.display().to_string(), reason, help }
}
