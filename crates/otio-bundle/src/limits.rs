//! How much a bundle may hold.
//!
//! ```
//! use std::io::Cursor;
//!
//! use otio_bundle::{Limits, read_archive};
//!
//! let limits = Limits { entries: 1000, ..Limits::default() };
//! assert!(read_archive(Cursor::new(b"no archive"), &limits).is_err());
//! ```

/// Bounds on what is read of a bundle, with the usual ones as default. Media are never unpacked, so those on media bound
/// only what is listed. OTIO has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files and directories, at most: usually 65 536.
    pub entries: usize,
    /// Bytes of an entry's name, at most: usually 1024.
    pub name_bytes: usize,
    /// Bytes of `content.otio`, unpacked, at most, as declared and as really found: usually 1 GiB.
    pub content_bytes: u64,
    /// Bytes of all entries of an archive together, unpacked, at most, as declared: usually 16 TiB.
    pub total_bytes: u64,
    /// How many times as long as packed an entry of an archive may be unpacked: usually 500.
    pub ratio: u64,
    /// Entries up to this many bytes unpacked may have any ratio, usually 16 MiB: a small text of one letter packs very well.
    pub ratio_free_bytes: u64,
    /// Parts of an entry's name, its directories and itself, at most: usually 16.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 65_536,
            name_bytes: 1024,
            content_bytes: 1 << 30,
            total_bytes: 1 << 44,
            // 20 000 clips that differ in nothing pack to 1/205 of opentimelineio's layout; DEFLATE ends at 1/1032.
            ratio: 500,
            ratio_free_bytes: 16 << 20,
            depth: 16,
        }
    }
}
