//! Datagrams between two links of one machine.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::{SocketAddrV4, UdpSocket};

use bytes::Bytes;
use session_transport::{Address, ConnectError, Link, LinkEvent, LinkOptions, NotSent, connect, limits};
use support::{event, hasty, message, send, up};

/// A port nobody uses.
fn free_port() -> u16 {
    UdpSocket::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

async fn open(address: &str, options: LinkOptions) -> Link {
    let mut link = connect(&address.parse::<Address>().unwrap(), options).await.unwrap();
    up(&mut link).await;
    link
}

/// Two links that talk unicast, each on a port of its own.
async fn pair() -> (Link, Link) {
    let (a, b) = (free_port(), free_port());
    let at = |port| Some(SocketAddrV4::new([127, 0, 0, 1].into(), port));
    let one =
        open(&format!("udp://127.0.0.1:{b}/dailies"), LinkOptions { udp_listen: at(a), ..hasty() }).await;
    let two =
        open(&format!("udp://127.0.0.1:{a}/dailies"), LinkOptions { udp_listen: at(b), ..hasty() }).await;
    (one, two)
}

#[tokio::test]
async fn peers_on_the_loopback_broadcast_address_hear_each_other() {
    let address = format!("udp://127.255.255.255:{}/dailies", free_port());
    let (one, mut two) = (open(&address, hasty()).await, open(&address, hasty()).await);
    send(&one, r#"{"session": "dailies", "n": 1}"#).await;
    assert_eq!(message(&mut two).await, r#"{"session": "dailies", "n": 1}"#);
}

#[tokio::test]
async fn other_sessions_on_the_same_port_are_left_out_unless_told_not_to() {
    let port = free_port();
    let mut dailies = open(&format!("udp://127.255.255.255:{port}/dailies"), hasty()).await;
    let every = LinkOptions { filter_session: false, ..hasty() };
    let mut all = open(&format!("udp://127.255.255.255:{port}/dailies"), every).await;
    let other = open(&format!("udp://127.255.255.255:{port}/other"), hasty()).await;
    send(&other, r#"{"session": "other"}"#).await;
    send(&other, r#"{"session": "dailies"}"#).await;
    assert_eq!(message(&mut dailies).await, r#"{"session": "dailies"}"#);
    assert_eq!(message(&mut all).await, r#"{"session": "other"}"#);
    assert_eq!(dailies.counters.snapshot().other_session, 1);
}

#[tokio::test]
async fn the_largest_datagram_arrives_and_a_larger_one_is_told() {
    let (mut one, mut two) = pair().await;
    let largest = Bytes::from("x".repeat(limits::DATAGRAM_BYTES));
    one.outgoing.send(largest.clone()).await.unwrap();
    assert_eq!(message(&mut two).await, largest);
    one.outgoing.send(Bytes::from("x".repeat(limits::DATAGRAM_BYTES + 1))).await.unwrap();
    let expected = LinkEvent::NotSent { bytes: 65_508, reason: NotSent::TooLarge { limit: 65_507 } };
    assert_eq!(event(&mut one).await, expected);
    assert_eq!(one.counters.snapshot().dropped, 1);
    send(&two, "still here").await;
    assert_eq!(message(&mut one).await, "still here");
}

#[tokio::test]
async fn what_is_not_utf8_is_dropped_and_counted() {
    let (one, mut two) = pair().await;
    one.outgoing.send(Bytes::from_static(b"\xff\xfe")).await.unwrap();
    send(&one, "text").await;
    assert_eq!(message(&mut two).await, "text");
    assert_eq!(two.counters.snapshot().dropped, 1);
}

#[tokio::test]
async fn closing_sends_what_waits() {
    let (one, mut two) = pair().await;
    for n in 0..100 {
        send(&one, &n.to_string()).await;
    }
    assert_eq!(one.close().await, 0);
    for n in 0..100 {
        assert_eq!(message(&mut two).await, n.to_string());
    }
}

#[tokio::test]
async fn a_port_that_is_taken_by_another_program_is_told() {
    let taken = UdpSocket::bind(("0.0.0.0", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let address: Address = format!("udp://127.0.0.1:{port}/dailies").parse().unwrap();
    let error = connect(&address, hasty()).await.unwrap_err();
    assert!(matches!(error, ConnectError::CannotListen { .. }), "{error:?}");
    assert!(error.to_string().contains("choose another port"), "{error}");
}

#[tokio::test]
async fn a_target_without_a_route_is_told_for_each_message() {
    let port = free_port();
    // 240.0.0.0/4 is reserved: no machine routes it.
    let mut link = open(&format!("udp://240.0.0.1:{port}/dailies"), hasty()).await;
    send(&link, "lost").await;
    let told = tokio::time::timeout(std::time::Duration::from_secs(2), event(&mut link)).await;
    // Where the system takes it all the same, nothing can be told.
    if let Ok(event) = told {
        assert!(matches!(event, LinkEvent::NotSent { reason: NotSent::Socket(_), .. }), "{event:?}");
    }
}
