//! The RabbitMQ link against a real broker: the one that `OTIO_SYNC_TEST_AMQP` names, an AMQP URL without a session.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/relay.rs"]
mod relay;
mod support;

use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use lapin::options::{BasicPublishOptions, ExchangeDeclareOptions, ExchangeDeleteOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, ConnectionProperties, ExchangeKind};
use relay::Relay;
use session_transport::{
    Address, ConnectError, Link, LinkError, LinkEvent, LinkOptions, NotSent, connect, limits,
};
use support::{PATIENCE, down, event, hasty, message, send, up};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// The broker's URL, or a line that says why nothing is tested.
fn broker() -> Option<String> {
    let url = std::env::var("OTIO_SYNC_TEST_AMQP").ok();
    if url.is_none() {
        println!("skipped: OTIO_SYNC_TEST_AMQP names no broker");
    }
    url
}

/// A session nobody else uses.
fn session(of: &str) -> String {
    format!("{of}-{:x}", getrandom::u64().unwrap())
}

fn address(url: &str, session: &str) -> Address {
    format!("{url}#{session}").parse().unwrap()
}

/// The same broker with another place, user and virtual host.
fn altered(url: &str, session: &str, alter: impl Fn(&mut session_transport::AmqpAddress)) -> Address {
    let Address::Amqp(mut address) = address(url, session) else { panic!("{url} is no AMQP URL") };
    alter(&mut address);
    Address::Amqp(address)
}

async fn open(url: &str, session: &str) -> Link {
    let mut link = connect(&address(url, session), hasty()).await.unwrap();
    up(&mut link).await;
    link
}

async fn relayed(url: &str, session: &str) -> (Link, Relay) {
    let Address::Amqp(broker) = address(url, session) else { panic!("{url} is no AMQP URL") };
    let relay = Relay::to(broker.place()).await;
    let through = altered(url, session, |address| {
        address.host = relay.address.ip().to_string();
        address.port = relay.address.port();
    });
    let mut link = connect(&through, hasty()).await.unwrap();
    up(&mut link).await;
    (link, relay)
}

async fn other_client(url: &str) -> lapin::Channel {
    let connection = lapin::Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    // The channel lives as long as its connection.
    std::mem::forget(connection);
    channel
}

#[tokio::test]
async fn peers_of_one_session_hear_each_other_and_no_other_session() {
    let Some(url) = broker() else { return };
    let (here, there) = (session("here"), session("there"));
    let (mut one, mut two, mut other) =
        (open(&url, &here).await, open(&url, &here).await, open(&url, &there).await);
    for n in 0..2000 {
        send(&one, &n.to_string()).await;
    }
    for n in 0..2000 {
        assert_eq!(message(&mut two).await, n.to_string());
        assert_eq!(message(&mut one).await, n.to_string(), "a fanout echoes");
    }
    assert!(other.incoming.try_recv().is_err());
    assert_eq!(one.counters.snapshot().sent, 2000);
}

#[tokio::test]
async fn large_messages_pass_and_larger_ones_are_told() {
    let Some(url) = broker() else { return };
    let mut link = open(&url, &session("large")).await;
    let large = Bytes::from(vec![b'x'; 8 << 20]);
    link.outgoing.send(large.clone()).await.unwrap();
    assert_eq!(message(&mut link).await, large);
    link.outgoing.send(Bytes::from(vec![b'x'; limits::MESSAGE_BYTES + 1])).await.unwrap();
    let limit = limits::MESSAGE_BYTES;
    assert_eq!(
        event(&mut link).await,
        LinkEvent::NotSent { bytes: limit + 1, reason: NotSent::TooLarge { limit } }
    );
}

#[tokio::test]
async fn closing_sends_all_that_waits() {
    let Some(url) = broker() else { return };
    let name = session("close");
    let (one, mut two) = (open(&url, &name).await, open(&url, &name).await);
    for n in 0..1000 {
        send(&one, &n.to_string()).await;
    }
    assert_eq!(one.close().await, 0);
    for n in 0..1000 {
        assert_eq!(message(&mut two).await, n.to_string());
    }
}

#[tokio::test]
async fn leaving_is_no_loss() {
    let Some(url) = broker() else { return };
    let mut link = open(&url, &session("leave")).await;
    send(&link, "echo").await;
    assert_eq!(message(&mut link).await, "echo");
    assert_eq!(support::end(link).await, []);
}

#[tokio::test]
async fn nothing_put_in_is_lost_or_reordered_however_often_the_connection_is_cut() {
    let Some(url) = broker() else { return };
    let name = session("cut");
    let mut observer = open(&url, &name).await;
    let (link, relay) = relayed(&url, &name).await;
    let cutter = tokio::spawn(async move {
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(120)).await;
            relay.cut();
        }
    });
    let outgoing = link.outgoing.clone();
    let sender = tokio::spawn(async move {
        for n in 0..2999_u32 {
            outgoing.send(Bytes::from(n.to_string())).await.unwrap();
            if n % 20 == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        cutter.await.unwrap();
        outgoing.send(Bytes::from("2999")).await.unwrap();
    });
    let (mut next, mut again) = (0_u32, 0_usize);
    while next < 3000 {
        let n: u32 = std::str::from_utf8(&message(&mut observer).await).unwrap().parse().unwrap();
        assert!(n <= next, "{n} came before {next}");
        if n == next { next += 1 } else { again += 1 }
    }
    sender.await.unwrap();
    let counters = std::sync::Arc::clone(&link.counters);
    let told = support::end(link).await;
    let reconnects = usize::try_from(counters.snapshot().reconnects).unwrap();
    println!("{reconnects} reconnects, {again} messages came twice");
    assert!(reconnects > 0);
    assert!(again <= reconnects * limits::UNCONFIRMED_PUBLISHES);
    let ups = told.iter().filter(|event| matches!(event, LinkEvent::Up)).count();
    let downs = told.iter().filter(|event| matches!(event, LinkEvent::Down { .. })).count();
    assert_eq!((ups, downs), (reconnects, reconnects), "every loss is told");
}

#[tokio::test]
async fn a_link_waits_out_a_broker_that_is_away() {
    let Some(url) = broker() else { return };
    let name = session("away");
    let mut observer = open(&url, &name).await;
    let (mut link, relay) = relayed(&url, &name).await;
    relay.set_open(false);
    relay.cut();
    down(&mut link).await;
    send(&link, "meanwhile").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(link.incoming.try_recv().is_err(), "it neither gives up nor comes up");
    relay.set_open(true);
    up(&mut link).await;
    assert_eq!(message(&mut observer).await, "meanwhile");
    send(&observer, "welcome back").await;
    while message(&mut link).await != "welcome back" {}
}

#[tokio::test]
async fn wrong_password_vhost_port_and_exchange_are_told_apart() {
    let Some(url) = broker() else { return };
    let name = session("wrong");
    let password =
        altered(&url, &name, |address| address.password = session_transport::Secret::new("no-such-password"));
    let no = connect(&password, hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::WrongCredentials { .. }), "{no:?}");
    assert!(!no.to_string().contains("no-such-password"), "{no}");
    let vhost = altered(&url, &name, |address| "no-such-vhost".clone_into(&mut address.vhost));
    let no = connect(&vhost, hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::WrongVhost { .. }), "{no:?}");
    let port = altered(&url, &name, |address| address.port = 1);
    let no = connect(&port, hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::Refused { .. }), "{no:?}");

    let channel = other_client(&url).await;
    let exchange = format!("sync_session_{name}");
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declared = channel.exchange_declare(
        exchange.as_str().into(),
        ExchangeKind::Fanout,
        durable,
        FieldTable::default(),
    );
    declared.await.unwrap();
    let no = connect(&address(&url, &name), hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::ExchangeMismatch { .. }), "{no:?}");
    assert!(no.to_string().contains(&exchange), "{no}");
    channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_session_that_nobody_opened_is_not_opened_by_who_only_looks() {
    let Some(url) = broker() else { return };
    let name = session("unopened");
    let looks = || LinkOptions { opens: false, ..hasty() };
    for _ in 0..2 {
        let no = connect(&address(&url, &name), looks()).await.unwrap_err();
        assert!(matches!(no, ConnectError::ExchangeMissing { .. }), "{no:?}");
    }
    let opened = open(&url, &name).await;
    let mut looking = connect(&address(&url, &name), looks()).await.unwrap();
    up(&mut looking).await;
    send(&opened, "heard").await;
    assert_eq!(message(&mut looking).await, "heard");
}

#[tokio::test]
async fn something_that_is_no_broker_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let address: Address = format!("amqp://127.0.0.1:{port}#d").parse().unwrap();
    let no = connect(&address, hasty()).await.unwrap_err();
    assert!(matches!(no, ConnectError::NotAmqp { .. }), "{no:?}");
}

#[tokio::test]
async fn a_link_that_cannot_return_for_a_lasting_reason_gives_up() {
    let Some(url) = broker() else { return };
    let name = session("hopeless");
    let (mut link, relay) = relayed(&url, &name).await;
    let channel = other_client(&url).await;
    let exchange = format!("sync_session_{name}");
    channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
    let kind = ExchangeKind::Topic;
    let options = ExchangeDeclareOptions::default();
    channel.exchange_declare(exchange.as_str().into(), kind, options, FieldTable::default()).await.unwrap();
    relay.cut();
    down(&mut link).await;
    let LinkEvent::Failed(LinkError::CannotReturn { error, .. }) = event(&mut link).await else {
        panic!("not failed")
    };
    assert!(matches!(error, ConnectError::ExchangeMismatch { .. }), "{error:?}");
    channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_queue_that_somebody_deletes_is_a_gap() {
    let Some(url) = broker() else { return };
    let name = session("deleted");
    let mut link = open(&url, &name).await;
    let channel = other_client(&url).await;
    // Deleting the exchange takes the binding away and closes the channel at the next publish.
    let exchange = format!("sync_session_{name}");
    channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await.unwrap();
    send(&link, "into the void").await;
    down(&mut link).await;
    up(&mut link).await;
    assert_eq!(message(&mut link).await, "into the void");
}

#[tokio::test]
async fn whatever_somebody_publishes_arrives_as_it_is() {
    let Some(url) = broker() else { return };
    let name = session("raw");
    let mut link = open(&url, &name).await;
    let channel = other_client(&url).await;
    for body in [&b""[..], b"\xff\x00", b"{}"] {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let exchange = format!("sync_session_{name}");
        channel.basic_publish(exchange.into(), "".into(), options, body, properties).await.unwrap();
        assert_eq!(message(&mut link).await, body);
    }
}

/// `OTIO_SYNC_PYTHON` names a Python that has pika.
#[tokio::test]
async fn a_reference_peer_and_this_link_hear_each_other() {
    let Some(url) = broker() else { return };
    let Ok(python) = std::env::var("OTIO_SYNC_PYTHON") else {
        println!("skipped: OTIO_SYNC_PYTHON names no Python with pika");
        return;
    };
    for link_first in [true, false] {
        let name = session("reference");
        let first = if link_first { Some(open(&url, &name).await) } else { None };
        let mut peer = tokio::process::Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/reference_peer.py"))
            .args([&url, &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(peer.stdout.take().unwrap()).lines();
        let mut hears =
            async || tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
        assert_eq!(hears().await, "bound");
        let mut link = match first {
            Some(opened) => opened,
            None => open(&url, &name).await,
        };
        send(&link, r#"{"session": "x", "n": "é"}"#).await;
        assert_eq!(hears().await, r#"{"session": "x", "n": "é"}"#);
        assert_eq!(message(&mut link).await, r#"{"session": "x", "n": "é"}"#);
        peer.stdin.as_mut().unwrap().write_all(b"from python\n").await.unwrap();
        assert_eq!(message(&mut link).await, "from python");
        assert_eq!(hears().await, "from python");
    }
}
