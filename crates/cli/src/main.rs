//! The `otio-sync` program.
fn main() {}
