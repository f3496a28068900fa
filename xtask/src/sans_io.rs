//! The inner crates promise: no sockets, clock, threads, files or randomness of their own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process::{cargo, output};
use crate::workspace::Workspace;

const CRATES: &[&str] = &[
    "lossless-json",
    "otio-document",
    "annotation-codec",
    "session-wire",
    "session-log",
    "session-core",
    "simulator",
];

/// What their sources may not name.
const FORBIDDEN: &[&str] = &[
    "std::net",
    "std::time",
    "std::thread",
    "std::fs",
    "std::env",
    "std::process",
    "std::sync::mpsc",
    "SystemTime",
    "Instant::now",
    "new_v4",
    "getrandom",
    "tokio",
    "println!",
    "extern \"C\"",
];

/// What may not be among their dependencies, however far down.
const FOREIGN: &[&str] = &["tokio", "mio", "socket2", "async-std", "smol", "rand", "chrono", "time"];

/// Searches the sources and the dependency trees.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut found = Vec::new();
    for name in CRATES {
        for file in rust_files(&workspace.path(&format!("crates/{name}/src")))? {
            let text = fs::read_to_string(&file).map_err(|error| Failure::io(file.display(), &error))?;
            let shown = file.strip_prefix(workspace.root()).unwrap_or(&file).display().to_string();
            found.extend(forbidden_lines(&text).map(|(line, word)| format!("{shown}:{line} names {word}")));
        }
        found.extend(foreign_dependencies(workspace, name)?);
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("the crates without input or output reach outside:\n  {}", found.join("\n  "))))
}

/// Line numbers and words; a file's tests, which stand at its end, may do as they like.
fn forbidden_lines(text: &str) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(index, line)| {
            FORBIDDEN.iter().filter(|word| line.contains(**word)).map(move |word| (index + 1, *word))
        })
}

fn foreign_dependencies(workspace: &Workspace, name: &str) -> Result<Vec<String>, Failure> {
    let arguments =
        ["tree", "--package", name, "--edges", "normal", "--prefix", "none", "--format", "{p}", "--locked"];
    let tree = output(cargo(workspace).args(arguments))?;
    let mut foreign: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|package| FOREIGN.contains(package))
        .collect();
    foreign.sort_unstable();
    foreign.dedup();
    Ok(foreign.into_iter().map(|package| format!("{name} depends on {package}")).collect())
}

/// Every Rust file below `folder`, in order of path.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| Failure::io(folder.display(), &error))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_searched_and_comments_and_tests_are_not() {
        let text = "//! no std::net here\nuse std::time::Instant;\n#[cfg(test)]\nuse std::thread;\n";
        assert_eq!(forbidden_lines(text).collect::<Vec<_>>(), [(2, "std::time")]);
    }
}
