//! What the scenarios share: the program, its material, and peers to drive.

pub(crate) mod compare;
pub(crate) mod material;
pub(crate) mod program;
