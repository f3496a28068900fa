//! What waits for one connection: bounded, in three lanes, and never waited for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::Limits;
use crate::frame::Frame;

/// Which lane a message takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Answers, presence, leases: first, in order.
    Control,
    /// View state: only the latest under the key matters.
    Latest(String),
    /// Operations and states: all of them, in order.
    Durable,
}

/// Why a connection is closed: a WebSocket close code and words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

/// A connection's outgoing messages, between the room that puts them in and the task that sends them.
#[derive(Debug)]
pub(crate) struct Outbox {
    lanes: Mutex<Lanes>,
    changed: Notify,
    control_messages_max: usize,
    latest_keys_max: usize,
    durable_messages_max: usize,
    durable_bytes_max: usize,
}

#[derive(Debug, Default)]
struct Lanes {
    control: VecDeque<Frame>,
    latest: BTreeMap<String, (u64, Frame)>,
    /// The same keys in the order of what waits under them, so that what is sent is a subsequence of what arrived.
    latest_order: BTreeMap<u64, String>,
    arrivals: u64,
    durable: VecDeque<Frame>,
    durable_bytes: usize,
    /// View messages sent since the last durable one.
    latest_in_a_row: u32,
    close: Option<Close>,
    closed: bool,
}

/// What the sending task is to do.
#[derive(Debug)]
pub(crate) enum Next {
    Send(Frame),
    Close(Close),
    /// Nothing waits.
    Idle,
}

/// The connection cannot keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// View messages go first, since they are few and become old; but no more than these in a row.
const LATEST_IN_A_ROW_MAX: u32 = 64;

impl Outbox {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            lanes: Mutex::default(),
            changed: Notify::new(),
            control_messages_max: limits.control_messages_max,
            latest_keys_max: limits.latest_keys_max,
            durable_messages_max: limits.durable_messages_max,
            durable_bytes_max: limits.durable_bytes_max,
        }
    }

    /// Puts a message in. `Err` where the reader is too far behind; nothing is put in then.
    pub(crate) fn put(&self, lane: Lane, frame: Frame) -> Result<(), Overflow> {
        let mut lanes = self.lanes();
        if lanes.close.is_some() || lanes.closed {
            return Ok(());
        }
        match lane {
            Lane::Control if lanes.control.len() >= self.control_messages_max => return Err(Overflow),
            Lane::Control => lanes.control.push_back(frame),
            Lane::Latest(key) => lanes.put_latest(key, frame, self.latest_keys_max),
            Lane::Durable => {
                let full = lanes.durable.len() >= self.durable_messages_max
                    || (lanes.durable_bytes > 0
                        && lanes.durable_bytes + frame.len() > self.durable_bytes_max);
                if full {
                    return Err(Overflow);
                }
                lanes.durable_bytes += frame.len();
                lanes.durable.push_back(frame);
            }
        }
        drop(lanes);
        self.changed.notify_one();
        Ok(())
    }

    /// Lets the connection end, after what waits or (`now`) before it.
    pub(crate) fn close(&self, close: Close, now: bool) {
        let mut lanes = self.lanes();
        if now {
            lanes.clear();
        }
        lanes.close.get_or_insert(close);
        drop(lanes);
        self.changed.notify_one();
    }

    /// Forgets all that waits.
    pub(crate) fn clear(&self) {
        self.lanes().clear();
    }

    /// Whether the connection is to end without sending more.
    pub(crate) fn is_cut(&self) -> bool {
        let lanes = self.lanes();
        lanes.close.is_some() && lanes.is_empty()
    }

    /// The next thing to do.
    pub(crate) fn next(&self) -> Next {
        let mut lanes = self.lanes();
        if let Some(frame) = lanes.pop() {
            return Next::Send(frame);
        }
        match &lanes.close {
            Some(close) if !lanes.closed => {
                let close = close.clone();
                lanes.closed = true;
                Next::Close(close)
            }
            _ => Next::Idle,
        }
    }

    /// Waits until something was put in or the connection is to end.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn is_empty(&self) -> bool {
        self.control.is_empty() && self.latest.is_empty() && self.durable.is_empty()
    }

    fn clear(&mut self) {
        self.control.clear();
        self.latest.clear();
        self.latest_order.clear();
        self.durable.clear();
        self.durable_bytes = 0;
    }

    fn put_latest(&mut self, key: String, frame: Frame, keys_max: usize) {
        self.arrivals += 1;
        if let Some((replaced, _)) = self.latest.insert(key.clone(), (self.arrivals, frame)) {
            self.latest_order.remove(&replaced);
        }
        self.latest_order.insert(self.arrivals, key);
        if self.latest.len() > keys_max {
            self.pop_latest();
        }
    }

    fn pop_latest(&mut self) -> Option<Frame> {
        let (_, key) = self.latest_order.pop_first()?;
        self.latest.remove(&key).map(|(_, frame)| frame)
    }

    fn pop_durable(&mut self) -> Option<Frame> {
        let frame = self.durable.pop_front()?;
        self.durable_bytes -= frame.len();
        self.latest_in_a_row = 0;
        Some(frame)
    }

    fn pop(&mut self) -> Option<Frame> {
        if let Some(frame) = self.control.pop_front() {
            return Some(frame);
        }
        if self.latest_in_a_row >= LATEST_IN_A_ROW_MAX && !self.durable.is_empty() {
            return self.pop_durable();
        }
        if let Some(frame) = self.pop_latest() {
            self.latest_in_a_row = self.latest_in_a_row.saturating_add(1);
            return Some(frame);
        }
        self.pop_durable()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn frame(text: &str) -> Frame {
        Frame::received(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    fn sent(outbox: &Outbox) -> Vec<String> {
        let mut texts = Vec::new();
        while let Next::Send(frame) = outbox.next() {
            texts.push(frame.text().to_string());
        }
        texts
    }

    #[test]
    fn control_goes_first_then_the_latest_view_then_operations() {
        let outbox = Outbox::new(&Limits::default());
        for (lane, text) in [
            (Lane::Durable, "op 1"),
            (Lane::Latest("a".to_owned()), "view 1"),
            (Lane::Durable, "op 2"),
            (Lane::Control, "answer"),
            (Lane::Latest("b".to_owned()), "other view"),
            (Lane::Latest("a".to_owned()), "view 2"),
        ] {
            outbox.put(lane, frame(text)).unwrap();
        }
        assert_eq!(sent(&outbox), ["answer", "other view", "view 2", "op 1", "op 2"]);
    }

    #[test]
    fn view_messages_do_not_keep_operations_back_for_ever() {
        let outbox = Outbox::new(&Limits::default());
        outbox.put(Lane::Durable, frame("op")).unwrap();
        for at in 0..200 {
            outbox.put(Lane::Latest(at.to_string()), frame("view")).unwrap();
        }
        let at = sent(&outbox).iter().position(|text| text == "op");
        assert_eq!(at, Some(LATEST_IN_A_ROW_MAX as usize));
    }

    proptest::proptest! {
        #[test]
        fn operations_come_out_whole_and_in_order_and_of_each_view_the_last_one(
            steps in proptest::collection::vec((0..4_u8, 0..3_u8), 0..200),
        ) {
            let outbox = Outbox::new(&Limits::default());
            let (mut operations, mut views, mut out) = (Vec::new(), BTreeMap::new(), Vec::new());
            for (at, (step, key)) in steps.into_iter().enumerate() {
                match step {
                    0 => {
                        operations.push(format!("op {at}"));
                        outbox.put(Lane::Durable, frame(&format!("op {at}"))).unwrap();
                    }
                    1 | 2 => {
                        views.insert(key, format!("view {key} {at}"));
                        outbox.put(Lane::Latest(key.to_string()), frame(&format!("view {key} {at}"))).unwrap();
                    }
                    _ => if let Next::Send(frame) = outbox.next() {
                        out.push(frame.text().to_string());
                    }
                }
            }
            out.extend(sent(&outbox));
            let sent_operations: Vec<_> = out.iter().filter(|text| text.starts_with("op")).cloned().collect();
            proptest::prop_assert_eq!(sent_operations, operations);
            for (key, last) in views {
                let of_key = |text: &&String| text.starts_with(&format!("view {key} "));
                proptest::prop_assert_eq!(out.iter().rfind(of_key), Some(&last));
            }
        }
    }

    #[test]
    fn every_lane_is_bounded() {
        let limits = Limits {
            control_messages_max: 1,
            latest_keys_max: 2,
            durable_messages_max: 2,
            durable_bytes_max: 10,
            ..Limits::default()
        };
        let outbox = Outbox::new(&limits);
        assert_eq!(outbox.put(Lane::Control, frame("c")), Ok(()));
        assert_eq!(outbox.put(Lane::Control, frame("c")), Err(Overflow));
        for key in ["a", "b", "c"] {
            outbox.put(Lane::Latest(key.to_owned()), frame(key)).unwrap();
        }
        assert_eq!(outbox.put(Lane::Durable, frame("12345678")), Ok(()));
        assert_eq!(outbox.put(Lane::Durable, frame("123")), Err(Overflow), "too many bytes");
        assert_eq!(outbox.put(Lane::Durable, frame("12")), Ok(()));
        assert_eq!(outbox.put(Lane::Durable, frame("")), Err(Overflow), "too many messages");
        assert_eq!(sent(&outbox), ["c", "b", "c", "12345678", "12"]);
        assert_eq!(outbox.put(Lane::Durable, frame("much longer than ten bytes")), Ok(()), "one always fits");
    }

    #[test]
    fn a_connection_closes_once_after_what_waits_or_before_it() {
        let close = Close { code: 1012, reason: "restart".to_owned() };
        for (now, expected) in [(false, vec!["op"]), (true, vec![])] {
            let outbox = Outbox::new(&Limits::default());
            outbox.put(Lane::Durable, frame("op")).unwrap();
            outbox.close(close.clone(), now);
            outbox.put(Lane::Durable, frame("too late")).unwrap();
            assert_eq!(outbox.is_cut(), now);
            let mut texts = Vec::new();
            let closed = loop {
                match outbox.next() {
                    Next::Send(frame) => texts.push(frame.text().to_string()),
                    Next::Close(close) => break close,
                    Next::Idle => panic!("idle before the close"),
                }
            };
            assert_eq!((texts, closed), (expected.into_iter().map(str::to_owned).collect(), close.clone()));
            assert!(matches!(outbox.next(), Next::Idle));
        }
    }
}
