//! Operations packed for their way: envelopes, one on each line, as zlib packs them, in Base64.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::limits::{OPERATIONS_PACKED_RATIO_MAX, OPERATIONS_TEXT_BYTES_MAX};

/// Why packed operations cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackingError {
    /// It is no Base64.
    #[error("packed operations are no Base64")]
    Base64,
    /// It cannot be unpacked.
    #[error("packed operations cannot be unpacked: {0}")]
    Zlib(String),
    /// It is larger than is read.
    #[error("packed operations have more than {max} bytes")]
    TooLarge {
        /// The bound.
        max: usize,
    },
}

/// Packs the texts of envelopes, each on a line of its own; none where that makes them no shorter, or nobody would unpack
/// them.
pub fn pack_operations(lines: &str) -> Option<String> {
    if lines.len() > OPERATIONS_TEXT_BYTES_MAX {
        return None;
    }
    let packed = STANDARD.encode(compressed(lines));
    (packed.len() < lines.len() && lines.len() <= unpacked_max(&packed)).then_some(packed)
}

/// How long packed operations may be as text.
fn unpacked_max(packed: &str) -> usize {
    packed.len().saturating_mul(OPERATIONS_PACKED_RATIO_MAX).min(OPERATIONS_TEXT_BYTES_MAX)
}

/// The texts of envelopes, each on a line.
///
/// # Errors
/// See [`PackingError`]. No more is unpacked than [`OPERATIONS_TEXT_BYTES_MAX`] and [`OPERATIONS_PACKED_RATIO_MAX`] allow.
pub fn unpack_operations(packed: &str) -> Result<String, PackingError> {
    let max = unpacked_max(packed);
    let packed = STANDARD.decode(packed).map_err(|_| PackingError::Base64)?;
    match decompressed(&packed, max).map_err(|error| PackingError::Zlib(error.to_string()))? {
        Some(lines) => Ok(lines),
        None => Err(PackingError::TooLarge { max }),
    }
}

/// Writing to memory does not fail.
pub(crate) fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

/// Unpacks a text; none where it has more than `max` bytes.
pub(crate) fn decompressed(packed: &[u8], max: usize) -> std::io::Result<Option<String>> {
    let mut text = String::new();
    ZlibDecoder::new(packed).take(max as u64 + 1).read_to_string(&mut text)?;
    Ok((text.len() <= max).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that differ as those of edits do.
    fn lines(count: u64) -> String {
        let of = |number: u64| {
            let clip = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("{{\"event\": \"SET_PROPERTY\", \"target_uuid\": \"{clip:x}\", \"seq\": {number}}}\n")
        };
        (0..count).map(of).collect()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let lines = lines(5_000);
        let packed = pack_operations(&lines).unwrap();
        assert!(packed.len() < lines.len() / 2);
        assert_eq!(unpack_operations(&packed), Ok(lines));
    }

    #[test]
    fn what_packing_makes_no_shorter_or_unbelievably_short_is_not_packed() {
        assert_eq!(pack_operations(&lines(1)), None);
        assert_eq!(pack_operations(&"{}\n".repeat(100_000)), None);
        assert_eq!(pack_operations(&lines(100_000)), None, "it is too long");
    }

    #[test]
    fn what_is_not_packed_or_too_much_is_told() {
        assert_eq!(unpack_operations("no Base64"), Err(PackingError::Base64));
        assert!(matches!(unpack_operations("AAAA"), Err(PackingError::Zlib(_))));
        let bomb = STANDARD.encode(compressed(&"\n".repeat(OPERATIONS_TEXT_BYTES_MAX)));
        let max = OPERATIONS_PACKED_RATIO_MAX * bomb.len();
        assert_eq!(unpack_operations(&bomb), Err(PackingError::TooLarge { max }));
        let large = STANDARD.encode(compressed(&lines(100_000)));
        let max = OPERATIONS_TEXT_BYTES_MAX;
        assert_eq!(unpack_operations(&large), Err(PackingError::TooLarge { max }));
    }
}
