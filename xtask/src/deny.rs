//! Licences, bans, sources and advisories of every dependency (`deny.toml`).

use std::time::Duration;

use crate::failure::Failure;
use crate::process::{run as run_command, succeeds_within};
use crate::setup::CARGO_DENY;
use crate::workspace::Workspace;

const FETCH_LIMIT: Duration = Duration::from_mins(1);

/// Runs cargo-deny; advisories only where their database can be had, and the output says when it could not.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut check = CARGO_DENY.install(workspace)?;
    check.args(["--workspace", "check", "--hide-inclusion-graph"]).current_dir(workspace.root());
    check.args(["licenses", "bans", "sources"]);
    run_command(&mut check)?;
    let mut fetch = CARGO_DENY.install(workspace)?;
    if !succeeds_within(fetch.args(["fetch", "db"]).current_dir(workspace.root()), FETCH_LIMIT) {
        println!("advisories: NOT CHECKED, their database could not be had from here");
        return Ok(());
    }
    let mut advisories = CARGO_DENY.install(workspace)?;
    run_command(
        advisories
            .args(["--workspace", "check", "--disable-fetch", "advisories"])
            .current_dir(workspace.root()),
    )
}
