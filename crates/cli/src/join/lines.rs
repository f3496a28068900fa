//! Standard output as whole lines, flushed one at a time, with a bound for readers that do not read.

use crate::terminal::plain;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::thread;
use tokio::sync::mpsc;

/// Lines handed to the writing thread at a time.
const HANDED_OVER_MAX: usize = 64;
/// Bytes of lines that wait for a slow reader before effects are left out.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// Lines on their way to standard output.
///
/// A thread writes them, so that a reader that does not read holds up nobody else. What it leaves unread waits up to a
/// bound; beyond it effects are left out and counted. Replies are never left out: whoever drives this reads no further
/// commands while lines wait ([`Lines::is_behind`]).
#[derive(Debug)]
pub(crate) struct Lines {
    writer: mpsc::Sender<String>,
    ended: tokio::sync::oneshot::Receiver<io::Result<()>>,
    waiting: VecDeque<String>,
    waiting_bytes: usize,
    waiting_bytes_max: usize,
    missed: u64,
    /// Whether a person reads them, on whose terminal nothing of others may act.
    shown: bool,
}

impl Lines {
    /// Lines to standard output; `shown` to a person, or read by a program.
    pub(crate) fn to_stdout(shown: bool) -> Self {
        Self { shown, ..Self::to(io::stdout(), WAITING_BYTES_MAX) }
    }

    fn to(output: impl Write + Send + 'static, waiting_bytes_max: usize) -> Self {
        let (writer, lines) = mpsc::channel(HANDED_OVER_MAX);
        let (end, ended) = tokio::sync::oneshot::channel();
        // Nobody waits for the end of a peer that has gone already.
        thread::spawn(move || drop(end.send(write_lines(output, lines))));
        Self {
            writer,
            ended,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            waiting_bytes_max,
            missed: 0,
            shown: false,
        }
    }

    /// Writes the line of an effect, or counts it as missed where too much waits already.
    pub(crate) fn effect(&mut self, line: String) {
        if self.missed > 0 || self.waiting_bytes > self.waiting_bytes_max {
            self.missed += 1;
            return;
        }
        self.push(line);
    }

    /// Writes the line of a reply.
    pub(crate) fn reply(&mut self, line: String) {
        self.push(line);
    }

    /// How many effects were left out, once that can be told; then they are forgotten.
    pub(crate) fn take_missed(&mut self) -> Option<u64> {
        (self.missed > 0 && self.waiting.is_empty()).then(|| std::mem::take(&mut self.missed))
    }

    /// Counts effects that were lost before they came here.
    pub(crate) fn lost(&mut self, count: u64) {
        self.missed += count;
    }

    fn push(&mut self, line: String) {
        let line = if self.shown { plain(&line).into_owned() } else { line };
        if self.waiting.is_empty() {
            match self.writer.try_send(line) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
                Err(mpsc::error::TrySendError::Full(line)) => self.wait(line),
            }
        } else {
            self.wait(line);
        }
    }

    fn wait(&mut self, line: String) {
        self.waiting_bytes += line.len();
        self.waiting.push_back(line);
    }

    /// Whether lines wait for the reader.
    pub(crate) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands over one waiting line as soon as there is room; an error where the output is closed.
    pub(crate) async fn catch_up(&mut self) -> Result<(), OutputClosed> {
        let room = self.writer.reserve().await.map_err(|_| OutputClosed)?;
        match self.waiting.pop_front() {
            Some(line) => {
                self.waiting_bytes -= line.len();
                room.send(line);
            }
            None => drop(room),
        }
        Ok(())
    }

    /// Waits until the output is closed by its reader. To be dropped before [`Lines::finish`].
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + use<> {
        let writer = self.writer.clone();
        async move { writer.closed().await }
    }

    /// Hands over all that waits, and waits until it is written.
    pub(crate) async fn finish(mut self) -> io::Result<()> {
        while self.is_behind() && self.catch_up().await.is_ok() {}
        drop(self.writer);
        self.ended.await.unwrap_or(Ok(()))
    }
}

/// Nobody reads standard output any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputClosed;

fn write_lines(mut output: impl Write, mut lines: mpsc::Receiver<String>) -> io::Result<()> {
    while let Some(line) = lines.blocking_recv() {
        output.write_all(line.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Condvar, Mutex};

    /// A reader that reads nothing until it is let go.
    #[derive(Clone, Default)]
    struct SlowReader(Arc<Shared>);

    #[derive(Default)]
    struct Shared {
        state: Mutex<(bool, Vec<u8>)>,
        let_go: Condvar,
    }

    impl SlowReader {
        fn let_go(&self) {
            self.0.state.lock().unwrap().0 = true;
            self.0.let_go.notify_all();
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.state.lock().unwrap().1.clone()).unwrap()
        }
    }

    impl Write for SlowReader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut state = self.0.state.lock().unwrap();
            while !state.0 {
                state = self.0.let_go.wait(state).unwrap();
            }
            state.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_reader_that_keeps_up_gets_every_line_in_order() {
        let reader = SlowReader::default();
        reader.let_go();
        let mut lines = Lines::to(reader.clone(), 1 << 20);
        for number in 0..1000 {
            lines.effect(format!("{number}\n"));
        }
        lines.finish().await.unwrap();
        let expected: Vec<String> = (0..1000).map(|number: u32| number.to_string()).collect();
        assert_eq!(reader.text().lines().collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn a_reader_that_does_not_read_misses_effects_but_no_reply_and_is_told() {
        let reader = SlowReader::default();
        let mut lines = Lines::to(reader.clone(), 100);
        for number in 0..500 {
            lines.effect(format!("{number}\n"));
        }
        lines.reply("a reply\n".to_owned());
        assert!(lines.is_behind() && lines.waiting_bytes < 200);
        reader.let_go();
        while lines.is_behind() {
            lines.catch_up().await.unwrap();
        }
        let missed = lines.take_missed().unwrap();
        lines.effect("after\n".to_owned());
        lines.finish().await.unwrap();
        let text = reader.text();
        assert!(text.ends_with("a reply\nafter\n"));
        assert_eq!(text.lines().count() as u64 - 2, 500 - missed);
    }

    #[tokio::test]
    async fn a_closed_output_is_noticed() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut lines = Lines::to(Closed, 100);
        lines.effect("1\n".to_owned());
        lines.closed().await;
        assert_eq!(lines.finish().await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
