//! What every engine is asked to do.

use crate::Failure;

/// One edit, in terms of the site that makes it.
#[derive(Clone, Copy)]
pub(crate) enum Edit {
    /// The status of a clip, named by its number in the beginning.
    Set { clip: u32, take: u32 },
    /// The clip at one index comes to another, counted without it.
    Move { from: u32, to: u32 },
    /// A new clip of that number.
    Insert { at: u32, clip: u32 },
    /// The clip at an index goes.
    Remove { at: u32 },
}

/// One replica of a track of clips.
pub(crate) trait Site: Sized {
    /// With so many clips.
    fn with_clips(count: u32) -> Result<Self, Failure>;

    /// Another replica of the same.
    fn fork(&self, number: u32) -> Result<Self, Failure>;

    /// Makes an edit at a time by the clock that all share; gives what the others are to be sent.
    fn edit(&mut self, time: u64, edit: Edit) -> Result<Vec<u8>, Failure>;

    /// Makes edits at the even or odd times from one on; gives what the others are to be sent at once.
    fn edit_all(&mut self, time: u64, edits: &[Edit]) -> Result<Vec<Vec<u8>>, Failure>;

    /// Takes in what one edit of another site sent.
    fn receive(&mut self, bytes: &[u8]) -> Result<(), Failure>;

    /// Takes in what many edits of another site sent.
    fn receive_all(&mut self, messages: &[Vec<u8>]) -> Result<(), Failure>;

    /// The names of the clips in order, and the status of one.
    fn shown(&self, clip: u32) -> Result<(Vec<String>, String), Failure>;
}
