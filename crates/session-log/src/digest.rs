//! One short text for a whole state.

use crate::state::SessionState;

/// BLAKE3 of the digest form, in hexadecimal. Taken over parsed values, never over text that other programs wrote.
pub(crate) fn digest_of(state: &SessionState) -> String {
    blake3::hash(state.to_digest_text().as_bytes()).to_hex().to_string()
}
