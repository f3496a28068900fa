//! What the scenarios share: the program, its material, and peers to drive.

pub(crate) mod compare;
pub(crate) mod edits;
pub(crate) mod host;
pub(crate) mod lines;
pub(crate) mod material;
pub(crate) mod participant;
pub(crate) mod program;
pub(crate) mod reference_peer;
pub(crate) mod relay;
