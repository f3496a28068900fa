//! One short text for a whole state.

use lossless_json::{Style, TextWriter};

use crate::state::SessionState;

/// BLAKE3 of the digest form, in hexadecimal. Taken over parsed values, never over text that other programs wrote.
pub(crate) fn digest_of(state: &SessionState) -> String {
    let mut writer = TextWriter::new(Style::Digest);
    state.write(&mut writer);
    blake3::hash(writer.into_text().as_bytes()).to_hex().to_string()
}
