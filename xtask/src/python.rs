//! The Python environment of the differential tests: opentimelineio and pika, pinned.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::process::run;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// The environment's interpreter, made first where it is missing or holds other versions.
pub(crate) fn environment(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.cache().join("venv");
    let interpreter = folder.join("bin/python");
    let stamp = folder.join("requirements.txt");
    let wanted = std::fs::read_to_string(workspace.path(REQUIREMENTS))
        .map_err(|error| Failure::io(REQUIREMENTS, &error))?;
    if interpreter.exists() && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    eprintln!("making the Python environment {}", folder.display());
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&interpreter)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(workspace.path(REQUIREMENTS)))?;
    std::fs::write(&stamp, wanted).map_err(|error| Failure::io(stamp.display(), &error))?;
    Ok(interpreter)
}

/// The Python peer's own tests.
pub(crate) fn run_tests(workspace: &Workspace) -> Result<(), Failure> {
    let interpreter = environment(workspace)?;
    run(Command::new(interpreter)
        .args(["-m", "unittest", "discover", "--start-directory", "."])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(workspace.path("tests/python")))
}
