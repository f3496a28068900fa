//! Documents against opentimelineio 0.18.1 itself, run by the Python that `OTIO_SYNC_PYTHON` names.

mod oracle;
mod random;
mod same_as_opentimelineio;
mod shared;
