//! One record as one line of text, and the checksum that seals it.

use std::fmt::Write as _;

/// One operation as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number: 1 for the first of the session, without gaps.
    pub seq: u64,
    /// Seconds since the session was created.
    pub time_offset: f64,
    /// Seconds since 1970 UTC at which it was appended.
    pub absolute_time: f64,
    /// The envelope as JSON text on one line.
    pub payload: String,
}

/// A record and the marks that may stand on its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) record: Record,
    /// The last record that the disk was known to hold when this one was written.
    pub(crate) synced: Option<u64>,
    /// What the file is that this line begins, where that is a checkpoint.
    pub(crate) head: Option<Head>,
}

/// What a checkpoint stands for, and where the log goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The last record of the log that it stands for.
    pub(crate) upto: u64,
    /// How many lines it has.
    pub(crate) records: u64,
    /// The segment in which the log goes on.
    pub(crate) segment: u64,
    /// The number of the first record of that segment.
    pub(crate) first: u64,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineFault {
    /// It has no checksum where one belongs, or is no record at all.
    Shape,
    /// Its checksum is not that of its text.
    Checksum,
}

const CRC_KEY: &str = r#", "crc": ""#;
const CRC_LENGTH: usize = CRC_KEY.len() + 8 + r#""}"#.len();

/// Closes an open object (`{"a": 1`) with the checksum of what it would be without one.
pub(crate) fn seal(mut open_object: String) -> String {
    let crc = checksum(open_object.as_bytes());
    let _ = write!(open_object, r#"{CRC_KEY}{crc:08x}"}}"#);
    open_object
}

/// The open object of a sealed line.
pub(crate) fn unseal(line: &[u8]) -> Result<&str, LineFault> {
    let split = line.len().checked_sub(CRC_LENGTH).ok_or(LineFault::Shape)?;
    let (open_object, end) = line.split_at(split);
    let crc = checksum(open_object);
    if end != format!(r#"{CRC_KEY}{crc:08x}"}}"#).as_bytes() {
        return Err(if end.starts_with(CRC_KEY.as_bytes()) { LineFault::Checksum } else { LineFault::Shape });
    }
    std::str::from_utf8(open_object).map_err(|_| LineFault::Shape)
}

fn checksum(open_object: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(open_object);
    hasher.update(b"}");
    hasher.finalize()
}

impl Line {
    /// The line without its end.
    pub(crate) fn encode(&self) -> String {
        let Record { seq, time_offset, absolute_time, payload } = &self.record;
        let mut text = String::with_capacity(payload.len() + 160);
        let _ = write!(
            text,
            r#"{{"time_offset": {time_offset:?}, "absolute_time": {absolute_time:?}, "payload": {payload}"#
        );
        if let Some(synced) = self.synced {
            let _ = write!(text, r#", "synced": {synced}"#);
        }
        if let Some(Head { upto, records, segment, first }) = self.head {
            let _ = write!(
                text,
                r#", "upto": {upto}, "records": {records}, "segment": {segment}, "first": {first}"#
            );
        }
        let _ = write!(text, r#", "seq": {seq}"#);
        seal(text)
    }

    /// Reads a line without its end. The layout is exactly that of [`Line::encode`]: the checksum says that nobody
    /// else wrote it.
    pub(crate) fn decode(line: &[u8]) -> Result<Self, LineFault> {
        let text = unseal(line)?;
        Self::decode_open(text).ok_or(LineFault::Shape)
    }

    fn decode_open(text: &str) -> Option<Self> {
        let text = text.strip_prefix(r#"{"time_offset": "#)?;
        let (time_offset, text) = text.split_once(r#", "absolute_time": "#)?;
        let (absolute_time, text) = text.split_once(r#", "payload": "#)?;
        let (text, seq) = text.rsplit_once(r#", "seq": "#)?;
        let (text, head) = split_head(text);
        let (payload, synced) = split_mark(text, r#", "synced": "#);
        let record = Record {
            seq: seq.parse().ok()?,
            time_offset: time_offset.parse().ok()?,
            absolute_time: absolute_time.parse().ok()?,
            payload: payload.to_owned(),
        };
        Some(Self { record, synced, head })
    }
}

fn split_head(text: &str) -> (&str, Option<Head>) {
    let (rest, first) = split_mark(text, r#", "first": "#);
    let (rest, segment) = split_mark(rest, r#", "segment": "#);
    let (rest, records) = split_mark(rest, r#", "records": "#);
    let (rest, upto) = split_mark(rest, r#", "upto": "#);
    match (upto, records, segment, first) {
        (Some(upto), Some(records), Some(segment), Some(first)) => {
            (rest, Some(Head { upto, records, segment, first }))
        }
        _ => (text, None),
    }
}

/// A payload ends with a brace, so digits at the end can only be a mark.
fn split_mark<'a>(text: &'a str, key: &str) -> (&'a str, Option<u64>) {
    let mark = text.rsplit_once(key);
    match mark.and_then(|(payload, number)| Some((payload, number.parse().ok()?))) {
        Some((payload, number)) => (payload, Some(number)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(payload: &str, synced: Option<u64>) -> Line {
        let record = Record {
            seq: 7,
            time_offset: 0.25,
            absolute_time: 1_779_806_859.746_442,
            payload: payload.to_owned(),
        };
        Line { record, synced, head: None }
    }

    #[test]
    fn a_line_is_a_line_of_a_recording_with_a_number_and_a_checksum() {
        let text = line(r#"{"session": "s"}"#, None).encode();
        let start = r#"{"time_offset": 0.25, "absolute_time": 1779806859.746442, "payload": {"session": "s"}, "seq": 7, "crc": ""#;
        assert!(text.starts_with(start), "{text}");
        assert!(line("{}", Some(6)).encode().contains(r#""payload": {}, "synced": 6, "seq": 7"#));
    }

    #[test]
    fn every_flipped_bit_of_a_line_is_noticed() {
        let text = line(r#"{"session": "s", "synced": 5}"#, Some(3)).encode().into_bytes();
        for at in 0..text.len() * 8 {
            let mut flipped = text.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(Line::decode(&flipped).is_err(), "bit {at}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(
            inner in "[ -~é]{0,60}",
            synced in proptest::option::of(any::<u64>()),
            head in proptest::option::of(any::<[u64; 4]>()),
        ) {
            let head = head.map(|[upto, records, segment, first]| Head { upto, records, segment, first });
            let line = Line { head, ..line(&format!("{{{inner}}}"), synced) };
            prop_assert_eq!(Line::decode(line.encode().as_bytes()), Ok(line));
        }

        #[test]
        fn any_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Line::decode(&bytes).is_err());
        }
    }
}
