//! Where in the text stands what a refusal or a warning is about. Looked for afterwards, so that reading does not pay for it.

use lossless_json::{Sought, locate};

use crate::{ReadError, Warning, WarningReason};

/// Gives warnings their places in the text that they are about.
pub(crate) fn place_warnings(text: &[u8], warnings: &mut [Warning]) {
    if warnings.is_empty() {
        return;
    }
    let sought = warnings.iter().map(|warning| match warning.reason {
        WarningReason::DuplicateKey => Sought::KeyAgain(&warning.path),
        _ => Sought::Value(&warning.path),
    });
    let found = locate(text, &sought.collect::<Vec<_>>());
    for (warning, position) in warnings.iter_mut().zip(found) {
        warning.position = Some(position);
    }
}

impl ReadError {
    /// The same error with its place in the text that it is about.
    pub(crate) fn in_text(mut self, text: &[u8]) -> Self {
        if let Self::Refused { path, position, .. } = &mut self {
            *position = locate(text, &[Sought::Value(path)]).first().copied();
        }
        self
    }
}
