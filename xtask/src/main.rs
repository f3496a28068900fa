//! The project's own checks and chores: `cargo xtask --help`.
fn main() {}
