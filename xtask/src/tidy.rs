//! What no compiler looks for: leftovers, files that grew too long, material that must stay outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::output;
use crate::workspace::Workspace;

/// Longer files are named, so that somebody splits them.
const LINES_MAX: usize = 700;
/// Written in halves, so that this file does not find itself.
const LEFTOVERS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("db", "g!("),
    concat!("<<<<", "<<<"),
];
const WRITTEN_BY_HAND: &[&str] = &["rs", "py", "ts", "svelte", "toml", "sh"];

/// Looks at every file that is or could be committed.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let files = committed_files(workspace)?;
    let mut found = shared_copies(workspace, &files);
    for file in files.iter().filter(|file| is_written_by_hand(file)) {
        let Ok(text) = fs::read_to_string(workspace.root().join(file)) else { continue };
        found.extend(leftovers(&text).map(|(line, word)| format!("{}:{line} has {word}", file.display())));
        let length = text.lines().count();
        if length > LINES_MAX {
            println!("note: {} has {length} lines, more than {LINES_MAX}", file.display());
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::new(format!("not tidy:\n  {}", found.join("\n  ")))) }
}

fn committed_files(workspace: &Workspace) -> Result<Vec<PathBuf>, Failure> {
    let mut git = std::process::Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(workspace.root());
    Ok(output(&mut git)?.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

fn is_written_by_hand(file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| WRITTEN_BY_HAND.contains(&extension))
}

fn leftovers(text: &str) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    text.lines().enumerate().flat_map(|(index, line)| {
        LEFTOVERS.iter().filter(|word| line.contains(**word)).map(move |word| (index + 1, *word))
    })
}

/// Files of the shared material that somebody copied into the checkout.
fn shared_copies(workspace: &Workspace, files: &[PathBuf]) -> Vec<String> {
    let Some(shared) = workspace.shared() else { return Vec::new() };
    let mut by_length: BTreeMap<u64, Vec<PathBuf>> = BTreeMap::new();
    for (length, file) in lengths_below(&shared) {
        by_length.entry(length).or_default().push(file);
    }
    files
        .iter()
        .filter_map(|file| {
            let length = fs::metadata(workspace.root().join(file)).ok()?.len();
            let candidates = by_length.get(&length).filter(|_| length > 0)?;
            let bytes = fs::read(workspace.root().join(file)).ok()?;
            let original =
                candidates.iter().find(|candidate| fs::read(candidate).is_ok_and(|other| other == bytes))?;
            Some(format!("{} is a copy of {}", file.display(), original.display()))
        })
        .collect()
}

fn lengths_below(folder: &Path) -> Vec<(u64, PathBuf)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(data) if data.is_dir() && entry.file_name() != ".git" => folders.push(entry.path()),
                Ok(data) if data.is_file() => files.push((data.len(), entry.path())),
                Ok(_) | Err(_) => {}
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_found_with_their_line() {
        let text = format!("fine\n// {}: later\n", LEFTOVERS[0]);
        assert_eq!(leftovers(&text).collect::<Vec<_>>(), [(2, LEFTOVERS[0])]);
        assert!(leftovers("all done\n").next().is_none());
    }
}
