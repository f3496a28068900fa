//! Finding the bytes of a string that need attention, eight at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The first place at or after `from` with a quotation mark, a backslash or a control character.
pub(crate) fn plain_end(bytes: &[u8], from: usize) -> usize {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    end_of(bytes, from, special_bytes, is_plain)
}

/// As [`plain_end`], but DEL and what is not ASCII count too.
pub(crate) fn plain_ascii_end(bytes: &[u8], from: usize) -> usize {
    let special = |word| special_bytes(word) | (word & TOPS) | zero_bytes(word ^ (ONES * 0x7f));
    let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    end_of(bytes, from, special, is_plain)
}

fn end_of(bytes: &[u8], from: usize, special: impl Fn(u64) -> u64, is_plain: impl Fn(u8) -> bool) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = special(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| is_plain(byte)) {
        at += 1;
    }
    at
}

/// Marks with its top bit each byte of eight that is special; bytes after the first mark may be marked wrongly.
fn special_bytes(word: u64) -> u64 {
    let below_space = word.wrapping_sub(ONES * 0x20) & !word & TOPS;
    below_space | zero_bytes(word ^ (ONES * u64::from(b'"'))) | zero_bytes(word ^ (ONES * u64::from(b'\\')))
}

fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & TOPS
}

#[cfg(test)]
mod tests {
    use super::{plain_ascii_end, plain_end};

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=255u8 {
            for at in 0..20 {
                let mut bytes = [b'a'; 24];
                bytes[at] = byte;
                let is_special = byte < b' ' || byte == b'"' || byte == b'\\';
                assert_eq!(plain_end(&bytes, 0), if is_special { at } else { 24 }, "{byte} at {at}");
                let is_special = is_special || byte >= 0x7f;
                assert_eq!(plain_ascii_end(&bytes, 0), if is_special { at } else { 24 }, "{byte} at {at}");
                assert_eq!(plain_end(&bytes, at + 1), 24);
            }
        }
    }
}
