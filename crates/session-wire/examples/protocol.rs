//! Prints the text of `docs/protocol.md`; `cargo xtask protocol` writes it there.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(session_wire::protocol_reference().as_bytes())
}
