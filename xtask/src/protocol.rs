//! `docs/protocol.md`, written from the message types.

use std::fs;

use crate::failure::Failure;
use crate::process::{cargo, output};
use crate::workspace::Workspace;

const PAGE: &str = "docs/protocol.md";

/// Writes the page, or with `only_check` tells whether it is what the types say.
pub(crate) fn run(workspace: &Workspace, only_check: bool) -> Result<(), Failure> {
    let arguments = ["run", "--quiet", "--package", "session-wire", "--example", "protocol", "--locked"];
    let wanted = output(cargo(workspace).args(arguments))?;
    let page = workspace.path(PAGE);
    if !only_check {
        return fs::write(&page, wanted).map_err(|error| Failure::io(PAGE, &error));
    }
    let current = fs::read_to_string(&page).map_err(|error| Failure::io(PAGE, &error))?;
    match first_difference(&current, &wanted) {
        None => Ok(()),
        Some(line) => Err(Failure::new(format!(
            "{PAGE} differs from the types at line {line}; run `cargo xtask protocol`"
        ))),
    }
}

/// The first line, counted from 1, at which two texts differ.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    if left == right {
        return None;
    }
    let same = left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
    }
}
