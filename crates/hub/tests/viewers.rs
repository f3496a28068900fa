//! A thousand viewers of one session, one of whom does not read. No test asserts a time: what the others wait is printed.
//!
//! By hand, on a quiet machine: `OTIO_SYNC_ROUNDS=8 cargo test --release -p hub --test viewers -- --nocapture`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{Player, Raw, add_timeline, agree, hub_with, room, until};
use futures_util::StreamExt;
use hub::{Limits, Room};
use session_wire::Refusal;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message as Frame;

const VIEWERS: usize = 1_000;
/// Operations of one phase; more than wait for a reader before it is cut.
const OPERATIONS: usize = 60;
const WAITING_MAX: usize = 30;
const EVERY: Duration = Duration::from_millis(30);
/// However slow the machine is, nobody who reads may be further behind than this.
const AHEAD_MAX: usize = 10;

/// When each operation was sent, and how long each took to each viewer, in microseconds.
#[derive(Clone, Debug, Default)]
struct Times {
    sent: Arc<Mutex<Vec<Instant>>>,
    waits: Arc<Mutex<Vec<u64>>>,
}

impl Times {
    fn note(&self, text: &str) {
        let number =
            text.split_once("take ").and_then(|(_, rest)| rest.split('"').next()?.parse::<usize>().ok());
        let sent = number.and_then(|number| self.sent.lock().unwrap().get(number).copied());
        if let Some(sent) = sent {
            self.waits.lock().unwrap().push(u64::try_from(sent.elapsed().as_micros()).unwrap());
        }
    }

    /// What every reader waited since this was last asked.
    fn take(&self) -> Vec<u64> {
        let mut waits = std::mem::take(&mut *self.waits.lock().unwrap());
        waits.sort_unstable();
        waits
    }
}

/// Reads for ever.
fn read(mut viewer: Raw, times: Times) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Some(Ok(frame)) = viewer.socket.next().await {
            if let Frame::Text(text) = frame {
                times.note(&text);
            }
        }
    })
}

/// Waits until every viewer has seen so many operations of a phase.
async fn until_seen(times: &Times, count: usize) {
    let started = Instant::now();
    while times.waits.lock().unwrap().len() < count * VIEWERS {
        assert!(started.elapsed() < 3 * common::PATIENCE, "{} came", times.waits.lock().unwrap().len());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Renames a clip some times and waits until every viewer has seen each.
async fn play(author: &mut Raw, times: &Times) -> Vec<u64> {
    for sent in 0..OPERATIONS {
        until_seen(times, sent.saturating_sub(AHEAD_MAX)).await;
        let number = times.sent.lock().unwrap().len();
        let text = author.rename("r", "t-c0", &format!("take {number}"));
        times.sent.lock().unwrap().push(Instant::now());
        author.send_text(text).await;
        tokio::time::sleep(EVERY).await;
    }
    until_seen(times, OPERATIONS).await;
    times.take()
}

/// Somebody who takes part and reads nothing; all that its socket can hold is full.
async fn join_without_reading(
    session: &Room,
    author: &mut Raw,
    address: std::net::SocketAddr,
    guid: &str,
) -> Raw {
    let deaf = Raw::join(address, "dailies", guid, "r").await;
    until(session, |report| report.peers.iter().any(|peer| peer == guid)).await;
    let long = "x".repeat(60_000);
    for _ in 0..200 {
        author.send(Refusal::new(guid, "test", long.as_str())).await;
    }
    deaf
}

fn at(waits: &[u64], percent: usize) -> u64 {
    waits.get(waits.len() * percent / 100).copied().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn compare(all_read: &[u64], one_does_not: &[u64]) -> String {
    let [a, b] = [all_read, one_does_not].map(|waits| (at(waits, 50), at(waits, 99)));
    let change = (b.1 as f64 / a.1 as f64 - 1.0) * 100.0;
    format!(
        "all read: p50 {} µs, p99 {} µs; one does not: p50 {} µs, p99 {} µs ({change:+.1} %)",
        a.0, a.1, b.0, b.1
    )
}

fn rounds() -> u32 {
    std::env::var("OTIO_SYNC_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_thousand_viewers_who_does_not_read_is_cut_and_catches_up_and_the_others_miss_nothing() {
    let limits = Limits { durable_messages_max: WAITING_MAX, ..Limits::default() };
    let hub = hub_with(vec![room("dailies")], limits).await;
    let (address, session) = (hub.local_addr(), hub.room("dailies").unwrap());
    add_timeline(&session, "t", 3).await;
    let times = Times::default();
    let mut readers = Vec::with_capacity(VIEWERS);
    for number in 0..VIEWERS {
        let viewer = Raw::join(address, "dailies", &format!("viewer-{number}"), "r").await;
        readers.push(read(viewer, times.clone()));
    }
    let mut author = Raw::join(address, "dailies", "author", "r").await;
    until(&session, |report| report.peers.len() == VIEWERS + 1).await;
    play(&mut author, &times).await;
    let (mut all_read, mut one_does_not) = (Vec::new(), Vec::new());
    for round in 0..rounds() {
        all_read.extend(play(&mut author, &times).await);
        let guid = format!("deaf-{round}");
        let deaf = join_without_reading(&session, &mut author, address, &guid).await;
        one_does_not.extend(play(&mut author, &times).await);
        until(&session, |report| report.counts.slow_readers == u64::from(round) + 1).await;
        drop(deaf);
        let back = Player::join(address, "dailies", &guid).await;
        agree(&session, &[&back]).await;
        back.participant.quit().await;
        until(&session, |report| report.peers.len() == VIEWERS + 1).await;
    }
    all_read.sort_unstable();
    one_does_not.sort_unstable();
    println!("{VIEWERS} viewers, {} rounds: {}", rounds(), compare(&all_read, &one_does_not));
    readers.iter().for_each(JoinHandle::abort);
    hub.shutdown().await;
}
