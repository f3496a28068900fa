//! Standard input as lines, read by a thread of its own.

use crate::join::request::BadLine;
use std::io::{self, BufRead};
use std::thread;
use tokio::sync::mpsc;

/// The longest line: a command carries at most one message.
const LINE_BYTES_MAX: usize = 64 << 20;
/// Lines that are read ahead.
const AHEAD_MAX: usize = 16;

/// The lines of standard input; ends with it.
pub(crate) fn lines() -> mpsc::Receiver<Result<String, BadLine>> {
    let (sender, receiver) = mpsc::channel(AHEAD_MAX);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(line) = next_line(&mut input, LINE_BYTES_MAX) {
            let is_last = matches!(line, Err(BadLine::Unreadable(_)));
            if sender.blocking_send(line).is_err() || is_last {
                break;
            }
        }
    });
    receiver
}

/// The next line without its end, blank ones skipped; `None` at the end of the input.
fn next_line(input: &mut impl BufRead, bytes_max: usize) -> Option<Result<String, BadLine>> {
    loop {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            let available = match input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Some(Err(BadLine::Unreadable(error.to_string()))),
            };
            if available.is_empty() && line.is_empty() && !too_long {
                return None;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            too_long |= line.len() + part.len() > bytes_max;
            if !too_long {
                line.extend_from_slice(part);
            }
            let ended = end.is_some() || available.is_empty();
            let used = part.len() + usize::from(end.is_some());
            input.consume(used);
            if ended {
                break;
            }
        }
        if too_long {
            return Some(Err(BadLine::TooLong(bytes_max)));
        }
        if !line.trim_ascii().is_empty() {
            return Some(String::from_utf8(line).map_err(|_| BadLine::NotUtf8));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> Vec<Result<String, BadLine>> {
        std::iter::from_fn(|| next_line(&mut input, 10)).collect()
    }

    #[test]
    fn lines_are_read_without_their_ends_and_blank_ones_skipped() {
        assert_eq!(all(b"a\n\n  \nb"), [Ok("a".to_owned()), Ok("b".to_owned())]);
        assert!(all(b"").is_empty());
    }

    #[test]
    fn an_input_that_cannot_be_read_is_told_from_one_that_ended() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::IsADirectory.into())
            }
        }
        let line = next_line(&mut io::BufReader::new(Broken), 10);
        assert!(matches!(line, Some(Err(BadLine::Unreadable(_)))), "{line:?}");
    }

    #[test]
    fn a_line_that_is_too_long_or_no_text_spoils_only_itself() {
        let lines = all(b"0123456789A\nok\n\xff\nend\n");
        assert_eq!(
            lines,
            [Err(BadLine::TooLong(10)), Ok("ok".to_owned()), Err(BadLine::NotUtf8), Ok("end".to_owned())]
        );
    }
}
