//! Documents against opentimelineio 0.18.1 itself, run by the Python that `OTIO_SYNC_PYTHON` names.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod asking;
mod compositions;
mod downgrades;
mod draw;
mod image_sequences;
mod media;
mod odd;
mod oracle;
mod random;
mod reviews;
mod same_as_opentimelineio;
mod shared;
mod times;
