use std::io::Cursor;

use otio_bundle::{Limits, read_archive};

/// Small enough that a bound that does not hold is seen.
const LIMITS: Limits = Limits {
    entries: 16,
    name_bytes: 64,
    content_bytes: 1 << 16,
    total_bytes: 1 << 20,
    ratio: 100,
    ratio_free_bytes: 1 << 12,
    depth: 4,
};

/// A bundle's archive: it is refused, or holds no more than the limits and no name that leads elsewhere.
pub fn otio_bundle(input: &[u8]) {
    let Ok(bundle) = read_archive(Cursor::new(input), &LIMITS) else { return };
    assert!(bundle.content.len() as u64 <= LIMITS.content_bytes, "no longer than its limit");
    assert!(bundle.media.len() < LIMITS.entries, "no more than their limit");
    for media in &bundle.media {
        assert!(media.bytes <= LIMITS.total_bytes, "{} is longer than all may be together", media.name);
        let parts = media.name.split('/').collect::<Vec<_>>();
        assert_eq!(parts.first(), Some(&"media"), "{}", media.name);
        assert!(parts.iter().all(|part| !matches!(*part, "" | "." | "..")), "{}", media.name);
    }
}
