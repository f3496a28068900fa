//! What the hub acknowledged is there after any crash, and a failing disk stops promises, not the session.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use common::{HUB, Player, Raw, add_timeline, agree, hub, peer, set_name, until};
use hub::{CommandFailure, Hub, HubConfig, RoomConfig, RoomEvent, StoreReport};
use session_core::{Command, Opening};
use session_log::Frontier;
use session_store::simulated::{Failure, SimulatedDisk, Tear};
use session_store::{Disk, Record, SessionInfo, Store};
use session_wire::{Envelope, Message};

fn info() -> SessionInfo {
    SessionInfo {
        session: "dailies".to_owned(),
        created: 1000.0,
        source_guid: HUB.to_owned(),
        hosted_files: Vec::new(),
    }
}

fn stored(store: (Store, Vec<Record>)) -> RoomConfig {
    let mut room = RoomConfig::new(peer("dailies", HUB, Opening::Host));
    room.store = Some(store);
    room
}

fn fresh(disk: &SimulatedDisk) -> RoomConfig {
    stored((Store::create_on(disk.boxed(), info()).unwrap(), Vec::new()))
}

fn reopened(disk: &SimulatedDisk) -> RoomConfig {
    let (store, recovered) = Store::open_on(disk.boxed()).unwrap();
    stored((store, recovered.records))
}

async fn acknowledged(player: &Player) -> Frontier {
    player.participant.inspect(|peer| peer.acknowledged().clone()).await.unwrap()
}

/// Whether all that is acknowledged stands in the records.
fn holds(records: &[Record], acknowledged: &Frontier) -> bool {
    let operations = records.iter().filter_map(|record| {
        let envelope = Envelope::decode(record.payload.as_bytes()).unwrap();
        envelope.operation.map(|operation| (envelope.source_guid, operation.run, operation.seq))
    });
    let present: std::collections::BTreeSet<_> = operations.collect();
    acknowledged.iter().all(|(source, run, upto)| {
        (1..=upto).all(|seq| present.contains(&(source.to_string(), run.to_string(), seq)))
    })
}

async fn until_acknowledged(player: &Player, count: u64) {
    for _ in 0..2_000 {
        if acknowledged(player).await.iter().map(|(_, _, upto)| upto).sum::<u64>() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{count} acknowledgements did not come");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_comes_back_from_its_store_exactly_as_it_was() {
    let disk = SimulatedDisk::new();
    let first = hub(vec![fresh(&disk)]).await;
    let session = first.room("dailies").unwrap();
    add_timeline(&session, "t", 4).await;
    let a = Player::join(first.local_addr(), "dailies", "a").await;
    for round in 0..25 {
        a.command(set_name("t-c1", &format!("take {round}"))).await;
    }
    let digest = agree(&session, &[&a]).await;
    until_acknowledged(&a, 25).await;
    first.shutdown().await;

    let second = hub(vec![reopened(&disk.crash(Tear::LoseAll))]).await;
    let restored = second.room("dailies").unwrap();
    let seen = restored.inspect(|peer| (peer.log().digest().to_string(), peer.log().len())).await.unwrap();
    assert_eq!(seen, (digest, 26));
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged() {
    let mut disk = SimulatedDisk::new();
    let mut current = hub(vec![fresh(&disk)]).await;
    let address = current.local_addr();
    add_timeline(&current.room("dailies").unwrap(), "t", 4).await;
    let player = Player::join(address, "dailies", "a").await;
    let mut named = 0;
    for round in 0..8_u64 {
        for _ in 0..20 {
            named += 1;
            player.command(set_name("t-c1", &format!("take {named}"))).await;
        }
        tokio::time::sleep(Duration::from_micros(round * 700)).await;
        let promised = acknowledged(&player).await;
        let after = disk.crash(Tear::LoseAll);
        current.shutdown().await;
        let (store, recovered) = Store::open_on(after.boxed()).unwrap();
        assert!(holds(&recovered.records, &promised), "round {round}: acknowledged and lost");
        disk = after;
        current = rebind(address, stored((store, recovered.records))).await;
        agree(&current.room("dailies").unwrap(), &[&player]).await;
    }
    assert_eq!(player.operations().await, usize::try_from(named + 1).unwrap());
    current.shutdown().await;
}

async fn rebind(address: std::net::SocketAddr, room: RoomConfig) -> hub::RunningHub {
    Hub::bind(HubConfig::new(address, vec![room])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hub_lost_before_its_disk_had_it_comes_back_from_whoever_saw_it() {
    let disk = SimulatedDisk::new();
    let room = fresh(&disk);
    let empty = disk.crash(Tear::LoseAll);
    let first = hub(vec![room]).await;
    let (address, session) = (first.local_addr(), first.room("dailies").unwrap());
    add_timeline(&session, "t", 4).await;
    let author = Player::join(address, "dailies", "author").await;
    let witness = Player::join(address, "dailies", "witness").await;
    author.command(set_name("t-c1", "seen by the witness")).await;
    let digest = agree(&session, &[&author, &witness]).await;
    author.participant.abandon();
    first.shutdown().await;
    let second = rebind(address, reopened(&empty)).await;
    assert_eq!(agree(&second.room("dailies").unwrap(), &[&witness]).await, digest);
    assert_eq!(witness.operations().await, 2);
    second.shutdown().await;
    let (_, recovered) = Store::open_on(empty.boxed()).unwrap();
    assert_eq!(recovered.records.len(), 2, "and is stored now");
}

/// A disk whose syncs wait until they are let go.
struct Gated {
    disk: Box<dyn Disk>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl Disk for Gated {
    fn place(&self) -> String {
        self.disk.place()
    }
    fn lock(&mut self) -> std::io::Result<()> {
        self.disk.lock()
    }
    fn list(&mut self) -> std::io::Result<Vec<String>> {
        self.disk.list()
    }
    fn read(&mut self, name: &str) -> std::io::Result<Vec<u8>> {
        self.disk.read(name)
    }
    fn create(&mut self, name: &str) -> std::io::Result<()> {
        self.disk.create(name)
    }
    fn append(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<usize> {
        self.disk.append(name, bytes)
    }
    fn truncate(&mut self, name: &str, length: u64) -> std::io::Result<()> {
        self.disk.truncate(name, length)
    }
    fn sync(&mut self, name: &str) -> std::io::Result<()> {
        let (open, changed) = &*self.gate;
        drop(changed.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
        self.disk.sync(name)
    }
    fn rename(&mut self, from: &str, to: &str) -> std::io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&mut self, name: &str) -> std::io::Result<()> {
        self.disk.remove(name)
    }
    fn sync_directory(&mut self) -> std::io::Result<()> {
        self.disk.sync_directory()
    }
}

fn set_gate(gate: &(Mutex<bool>, Condvar), open: bool) {
    *gate.0.lock().unwrap() = open;
    gate.1.notify_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_passed_on_at_once_and_acknowledged_when_the_disk_has_it() {
    let gate = Arc::new((Mutex::new(true), Condvar::new()));
    let disk = Box::new(Gated { disk: SimulatedDisk::new().boxed(), gate: Arc::clone(&gate) });
    let hub = hub(vec![stored((Store::create_on(disk, info()).unwrap(), Vec::new()))]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 2).await;
    until(&session, |report| report.store == StoreReport::Working { unsynced: 0 }).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let mut b = Raw::join(hub.local_addr(), "dailies", "b", "r").await;
    until(&session, |report| report.peers.len() == 2).await;

    set_gate(&gate, false);
    let text = a.rename("r", "t-c0", "new");
    a.send_text(text.clone()).await;
    let relayed = b.expect("SET_PROPERTY").await;
    assert_eq!(relayed, Envelope::decode(text.as_bytes()).unwrap());
    let early = tokio::time::timeout(Duration::from_millis(300), a.expect("ACK")).await;
    assert!(early.is_err(), "acknowledged before the disk had it");
    let report = session.report().await.unwrap();
    assert_eq!(report.store, StoreReport::Working { unsynced: 1 });

    set_gate(&gate, true);
    let Message::Ack(ack) = a.expect("ACK").await.message else { panic!("no ACK") };
    assert_eq!(ack.frontier, [("a/r".to_owned(), 1)].into());
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_promises_and_not_the_session() {
    let disk = SimulatedDisk::new();
    let hub = hub(vec![fresh(&disk)]).await;
    let session = hub.room("dailies").unwrap();
    let mut events = session.events();
    add_timeline(&session, "t", 2).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let first = a.rename("r", "t-c0", "kept");
    a.send_text(first).await;
    a.expect("ACK").await;
    for call in 0..4 {
        disk.fail(disk.calls() + call, Failure::NoSpace);
    }
    let second = a.rename("r", "t-c0", "never acknowledged");
    a.send_text(second).await;
    until(&session, |report| matches!(report.store, StoreReport::Failed { .. })).await;
    let third = a.rename("r", "t-c0", "refused");
    a.send_text(third).await;
    let refusal = a.expect_refusal().await;
    assert_eq!((refusal.reason.as_str(), refusal.seq), ("store_failed", Some(3)));
    assert!(refusal.detail.contains("free or repair the disk"), "{}", refusal.detail);
    let own = session.command(set_name("t-c1", "not by the hub either")).await;
    assert!(matches!(own, Err(CommandFailure::Store(_))), "{own:?}");
    assert!(session.command(Command::State).await.is_ok(), "reading goes on");

    let late = Player::join(hub.local_addr(), "dailies", "late").await;
    agree(&session, &[&late]).await;
    let answer = common::http(hub.local_addr(), "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\"store\": \"failed\""), "{answer}");
    let told = async { while !matches!(events.recv().await.unwrap(), RoomEvent::StoreFailed { .. }) {} };
    tokio::time::timeout(common::PATIENCE, told).await.unwrap();
    hub.shutdown().await;
    let (_, recovered) = Store::open_on(disk.crash(Tear::LoseAll).boxed()).unwrap();
    assert_eq!(recovered.records.len(), 2, "what was acknowledged, and nothing after it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_missed_an_acknowledgement_gets_it_when_it_comes_back() {
    let hub = hub(vec![fresh(&SimulatedDisk::new())]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 1).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let text = a.rename("r", "t-c0", "new");
    a.send_text(text).await;
    until(&session, |report| report.operations == 2 && report.store == StoreReport::Working { unsynced: 0 })
        .await;
    drop(a);
    until(&session, |report| report.peers.is_empty()).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let Message::Ack(ack) = a.expect("ACK").await.message else { panic!("no ACK") };
    assert_eq!(ack.frontier, [("a/r".to_owned(), 1)].into());
    hub.shutdown().await;
}

const CHILD_DIRECTORY: &str = "HUB_TEST_DIRECTORY";

/// Not a test of its own: the hub process that the next one kills.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_hosts_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD_DIRECTORY) else { return };
    let address = std::env::var("HUB_TEST_ADDRESS").unwrap().parse().unwrap();
    let (store, recovered) = Store::open(path).unwrap();
    let is_new = recovered.records.is_empty();
    let hub = rebind(address, stored((store, recovered.records))).await;
    if is_new {
        add_timeline(&hub.room("dailies").unwrap(), "t", 2).await;
    }
    println!("\nlistening {}", hub.local_addr());
    std::io::stdout().flush().unwrap();
    std::future::pending::<()>().await;
}

fn start_child(place: &Path, address: &str) -> (Child, std::net::SocketAddr) {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_hosts_until_it_is_killed", "--nocapture"])
        .env(CHILD_DIRECTORY, place)
        .env("HUB_TEST_ADDRESS", address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening ")?.parse().ok());
    (child, address.expect("the child listens"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_process_that_is_killed_loses_nothing_that_it_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    drop(Store::create(place.path(), info()).unwrap());
    let (mut child, address) = start_child(place.path(), "127.0.0.1:0");
    let player = Player::join(address, "dailies", "a").await;
    let (mut sent, mut promised) = (0, Frontier::new());
    for round in 0..6_u64 {
        for _ in 0..15 {
            sent += 1;
            player.command(set_name("t-c1", &format!("take {sent}"))).await;
        }
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        promised.merge(&acknowledged(&player).await);
        let (store, recovered) = Store::open(place.path()).unwrap();
        assert!(holds(&recovered.records, &promised), "round {round}: acknowledged and lost");
        drop(store);
        child = start_child(place.path(), &address.to_string()).0;
    }
    until_acknowledged(&player, sent).await;
    println!("sent {sent}, acknowledged {sent}, lost 0");
    child.kill().unwrap();
    child.wait().unwrap();
    let (_, recovered) = Store::open(place.path()).unwrap();
    assert!(holds(&recovered.records, &acknowledged(&player).await));
    player.participant.abandon();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_record_of_another_program_stops_the_start_with_its_number() {
    let disk = SimulatedDisk::new();
    let mut store = Store::create_on(disk.boxed(), info()).unwrap();
    store.append(r#"{"not": "a message"}"#, 1000.0).unwrap();
    store.sync().unwrap();
    drop(store);
    let config = HubConfig::new("127.0.0.1:0".parse().unwrap(), vec![reopened(&disk)]);
    let error = Hub::bind(config).await.unwrap_err().to_string();
    assert!(error.contains("record 1 of the stored session \"dailies\""), "{error}");
}
