//! How much a bundle may hold.

/// Bounds on what is read of a bundle. Media are never unpacked, so those on media bound only what is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files and directories, at most.
    pub entries: usize,
    /// Bytes of an entry's name, at most.
    pub name_bytes: usize,
    /// Bytes of `content.otio`, unpacked, at most: as declared and as really found.
    pub content_bytes: u64,
    /// Bytes of all entries together, unpacked, at most: as declared.
    pub total_bytes: u64,
    /// How many times longer than packed an entry may be unpacked.
    pub ratio: u64,
    /// Entries up to this many bytes unpacked may have any ratio: a small text of one letter packs very well.
    pub ratio_free_bytes: u64,
    /// Directories inside each other below `media/`, at most.
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
