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
use session_core::{Checkpoints, Command, Opening};
use session_log::{Frontier, Guid};
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

/// How many of the acknowledged operations neither stand in the records nor are in the state that these begin with.
fn lost(records: &[Record], acknowledged: &Frontier) -> u64 {
    let (mut present, mut settled) = (std::collections::BTreeSet::new(), Frontier::new());
    for record in records {
        let envelope = Envelope::decode(record.payload.as_bytes()).unwrap();
        let Some(operation) = envelope.operation else { continue };
        match operation.seen.filter(|_| matches!(envelope.message, Message::SettledState(_))) {
            Some(seen) => settled = Frontier::from_wire(&seen),
            None => drop(present.insert((envelope.source_guid, operation.run, operation.seq))),
        }
    }
    let all =
        acknowledged.iter().flat_map(|(source, run, upto)| (1..=upto).map(move |seq| (source, run, seq)));
    let is_lost = |(source, run, seq): &(&Guid, &Arc<str>, u64)| {
        *seq > settled.get(source, run) && !present.contains(&(source.to_string(), run.to_string(), *seq))
    };
    all.filter(is_lost).count() as u64
}

fn holds(records: &[Record], acknowledged: &Frontier) -> bool {
    lost(records, acknowledged) == 0
}

/// Logs are shortened often, so that checkpoints come while the test lasts.
const OFTEN: Checkpoints = Checkpoints { after: 60, keeps: 20, patience_us: 2_000_000, remembers: 100 };

fn often(mut room: RoomConfig) -> RoomConfig {
    room.peer.checkpoints = OFTEN;
    room
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

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_log_was_shortened_comes_back_exactly_as_it_was() {
    let disk = SimulatedDisk::new();
    let first = hub(vec![often(fresh(&disk))]).await;
    let (address, session) = (first.local_addr(), first.room("dailies").unwrap());
    add_timeline(&session, "t", 4).await;
    let a = Player::join(address, "dailies", "a").await;
    for round in 0..3 {
        for take in 0..70 {
            a.command(set_name(&format!("t-c{}", take % 4), &format!("take {round}.{take}"))).await;
        }
        until(&session, |report| report.counts.checkpoints > round).await;
    }
    a.command(set_name("t-c1", "after the last checkpoint")).await;
    let digest = agree(&session, &[&a]).await;
    until_acknowledged(&a, 211).await;
    let (promised, held) = (acknowledged(&a).await, a.operations().await);
    assert!(held < 100, "{held} operations");
    first.shutdown().await;

    let after = disk.crash(Tear::LoseAll);
    let (store, recovered) = Store::open_on(after.boxed()).unwrap();
    assert!(recovered.checkpoint.is_some() && recovered.records.len() < 100, "{}", recovered.records.len());
    assert!(holds(&recovered.records, &promised));
    let second = rebind(address, often(stored((store, recovered.records)))).await;
    let restored = second.room("dailies").unwrap();
    let seen = restored.inspect(|peer| (peer.log().digest().to_string(), peer.log().len())).await.unwrap();
    assert_eq!(seen, (digest.clone(), held));
    let mut raw = Raw::join(second.local_addr(), "dailies", "raw", "r").await;
    let text = raw.rename("r", "t-c0", "on top");
    raw.send_text(text).await;
    raw.expect("ACK").await;
    assert_ne!(agree(&restored, &[&a]).await, digest);
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_comes_back_to_a_shortened_log_is_told_what_the_disk_has() {
    let disk = SimulatedDisk::new();
    let first = hub(vec![often(fresh(&disk))]).await;
    let (address, session) = (first.local_addr(), first.room("dailies").unwrap());
    add_timeline(&session, "t", 1).await;
    let a = Player::join(address, "dailies", "a").await;
    for take in 0..120 {
        a.command(set_name("t-c0", &format!("take {take}"))).await;
    }
    until_acknowledged(&a, 120).await;
    until(&session, |report| report.counts.checkpoints > 0).await;
    let promised = acknowledged(&a).await;
    first.shutdown().await;
    a.participant.abandon();
    let second = rebind(address, often(reopened(&disk.crash(Tear::LoseAll)))).await;
    let (source, run, upto) =
        promised.iter().next().map(|(a, b, c)| (a.to_string(), b.to_string(), c)).unwrap();
    let mut raw = Raw::join(second.local_addr(), "dailies", &source, &run).await;
    let Message::Ack(ack) = raw.expect("ACK").await.message else { panic!("no ACK") };
    assert_eq!(ack.frontier.get(&format!("{source}/{run}")), Some(&upto));
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_while_logs_are_shortened_loses_nothing_that_was_acknowledged() {
    let mut disk = SimulatedDisk::new();
    let mut current = hub(vec![often(fresh(&disk))]).await;
    let address = current.local_addr();
    add_timeline(&current.room("dailies").unwrap(), "t", 4).await;
    let player = Player::join(address, "dailies", "a").await;
    let (mut named, mut from_checkpoint) = (0_u64, 0);
    for round in 0..12_u64 {
        for _ in 0..25 {
            named += 1;
            player.command(set_name("t-c1", &format!("take {named}"))).await;
        }
        tokio::time::sleep(Duration::from_millis(round % 4 * 500)).await;
        let promised = acknowledged(&player).await;
        let tears = [Tear::LoseAll, Tear::KeepBytes(70), Tear::KeepSectors(0x5555_5555_5555_5555)];
        let after = disk.crash(tears[usize::try_from(round % 3).unwrap()]);
        current.shutdown().await;
        let (store, recovered) = Store::open_on(after.boxed()).unwrap();
        assert_eq!(lost(&recovered.records, &promised), 0, "round {round}: acknowledged and lost");
        from_checkpoint += u64::from(recovered.checkpoint.is_some());
        disk = after;
        current = rebind(address, often(stored((store, recovered.records)))).await;
        agree(&current.room("dailies").unwrap(), &[&player]).await;
    }
    until_acknowledged(&player, named).await;
    println!(
        "12 power cuts, {from_checkpoint} of them after a checkpoint: sent {named}, acknowledged {named}, lost 0"
    );
    assert!(from_checkpoint > 0, "no checkpoint was made in time");
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
    fn length(&mut self, name: &str) -> std::io::Result<u64> {
        self.disk.length(name)
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

/// Sends renames, each when the one before is acknowledged, and says how many were. A disk that fails keeps one waiting.
async fn send_while_acknowledged(peer: &mut Raw, count: u64) -> u64 {
    let mut acknowledged = 0;
    for sent in 1..=count {
        let text = peer.rename("r", "t-c0", &format!("take {sent}"));
        peer.send_text(text).await;
        while acknowledged < sent {
            let answer = tokio::time::timeout(Duration::from_millis(200), peer.expect("ACK")).await;
            let Ok(Message::Ack(ack)) = answer.map(|envelope| envelope.message) else { return acknowledged };
            acknowledged = ack.frontier.values().copied().max().unwrap_or(0);
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_at_any_call_of_the_disk_ends_promises_and_is_told_while_reading_goes_on() {
    const OPERATIONS: u64 = 8;
    let (mut rounds, mut sent, mut acknowledged, mut present, mut lost, mut failed) = (0, 0, 0, 0, 0, 0);
    for failure in [Failure::NoSpace, Failure::Io, Failure::ShortWrite(25)] {
        for call in 0..2 * OPERATIONS {
            let disk = SimulatedDisk::new();
            let hub = hub(vec![fresh(&disk)]).await;
            let session = hub.room("dailies").unwrap();
            add_timeline(&session, "t", 1).await;
            until(&session, |report| report.store == StoreReport::Working { unsynced: 0 }).await;
            let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
            disk.fail(disk.calls() + call, failure);
            let promised = send_while_acknowledged(&mut a, OPERATIONS).await;
            let has_failed = matches!(session.report().await.unwrap().store, StoreReport::Failed { .. });
            if has_failed {
                failed += 1;
                let text = a.rename("r", "t-c0", "refused");
                a.send_text(text).await;
                assert_eq!(a.expect_refusal().await.reason, "store_failed");
                assert!(session.command(Command::State).await.is_ok(), "reading goes on");
                let health = common::http(hub.local_addr(), "/healthz").await;
                assert!(health.starts_with("HTTP/1.1 503"), "{health}");
            } else {
                assert_eq!(promised, OPERATIONS, "{failure:?} at {call} went unnoticed");
            }
            hub.shutdown().await;
            let (_, recovered) = Store::open_on(disk.crash(Tear::LoseAll).boxed()).unwrap();
            let frontier = Frontier::from_wire(&[("a/r".to_owned(), promised)].into());
            rounds += 1;
            sent += OPERATIONS;
            acknowledged += promised;
            present += recovered.records.len() as u64 - 1;
            lost += self::lost(&recovered.records, &frontier);
        }
    }
    println!(
        "failure at every call: {rounds} rounds, {failed} of them failed for good, sent {sent}, \
         acknowledged {acknowledged}, present {present}, lost but acknowledged {lost}"
    );
    assert_eq!(lost, 0);
    assert!(failed >= 2 * 2 * OPERATIONS);
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
    let hub = rebind(address, often(stored((store, recovered.records)))).await;
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
    let (mut sent, mut promised, mut present, mut missing) = (0, Frontier::new(), 0, 0);
    let rounds = rounds();
    for round in 0..rounds {
        for _ in 0..25 {
            sent += 1;
            player.command(set_name("t-c1", &format!("take {sent}"))).await;
        }
        tokio::time::sleep(Duration::from_millis(round * 7 % 60 * (round % 5 + 1))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        promised.merge(&acknowledged(&player).await);
        let (store, recovered) = Store::open(place.path()).unwrap();
        missing += lost(&recovered.records, &promised);
        present = recovered.records.len();
        drop(store);
        child = start_child(place.path(), &address.to_string()).0;
    }
    until_acknowledged(&player, sent).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let (store, recovered) = Store::open(place.path()).unwrap();
    missing += lost(&recovered.records, &acknowledged(&player).await);
    println!(
        "kill -9 of the hub: {rounds} rounds, sent {sent}, acknowledged {sent}, {present} records before the last round, \
         lost but acknowledged {missing}"
    );
    assert_eq!(missing, 0);
    let folded_again =
        rebind("127.0.0.1:0".parse().unwrap(), often(stored((store, recovered.records)))).await;
    let room = folded_again.room("dailies").unwrap();
    let digest = room.inspect(|peer| peer.log().digest().to_owned()).await.unwrap();
    assert_eq!(digest, player.digest().await);
    folded_again.shutdown().await;
    player.participant.abandon();
}

/// How often the hub is killed; `OTIO_SYNC_ROUNDS=500` for a long run by hand.
fn rounds() -> u64 {
    std::env::var("OTIO_SYNC_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
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
