//! The in-process bus, and with it the contract that every link keeps.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use bytes::Bytes;
use session_transport::{ConnectError, LinkEvent, MemoryBus, NotSent, limits};
use support::{down, event, hasty, message, send, up};

#[tokio::test]
async fn everybody_else_hears_what_one_sends_and_in_the_same_order() {
    let bus = MemoryBus::new();
    let mut links = Vec::new();
    for _ in 0..3 {
        links.push(bus.connect(hasty()).await.unwrap());
    }
    for link in &mut links {
        up(link).await;
    }
    for n in 0..50 {
        send(&links[0], &format!("a{n}")).await;
        send(&links[1], &format!("b{n}")).await;
    }
    let mut heard = Vec::new();
    for _ in 0..100 {
        heard.push(message(&mut links[2]).await);
    }
    for n in 0..50 {
        assert_eq!(message(&mut links[1]).await, format!("a{n}"));
        assert_eq!(message(&mut links[0]).await, format!("b{n}"));
    }
    let from_a: Vec<_> = heard.iter().filter(|text| text.starts_with(b"a")).collect();
    assert_eq!(
        from_a,
        (0..50).map(|n| Bytes::from(format!("a{n}"))).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_loss_is_a_down_and_an_up_and_what_was_put_in_meanwhile_arrives_in_order() {
    let bus = MemoryBus::new();
    let (mut one, mut two) = (bus.connect(hasty()).await.unwrap(), bus.connect(hasty()).await.unwrap());
    up(&mut one).await;
    up(&mut two).await;
    bus.set_available(false);
    bus.interrupt();
    down(&mut one).await;
    down(&mut two).await;
    for n in 0..10 {
        send(&one, &n.to_string()).await;
    }
    bus.set_available(true);
    up(&mut two).await;
    up(&mut one).await;
    // Which of the two comes back first is open: what went out before the other was there is its gap.
    send(&one, "last").await;
    let mut heard = Vec::new();
    while heard.last().is_none_or(|text: &Bytes| text != "last") {
        heard.push(message(&mut two).await);
    }
    let numbers: Vec<u32> =
        heard.iter().filter_map(|text| std::str::from_utf8(text).unwrap().parse().ok()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(one.counters.snapshot().reconnects, 1);
}

#[tokio::test]
async fn closing_sends_what_waits_first() {
    let bus = MemoryBus::new();
    let (mut one, mut two) = (bus.connect(hasty()).await.unwrap(), bus.connect(hasty()).await.unwrap());
    up(&mut one).await;
    up(&mut two).await;
    for n in 0..500 {
        send(&one, &n.to_string()).await;
    }
    let kept = one.outgoing.clone();
    assert_eq!(one.close().await, 0);
    assert!(kept.send(Bytes::new()).await.is_err(), "a closed link takes nothing");
    for n in 0..500 {
        assert_eq!(message(&mut two).await, n.to_string());
    }
    assert_eq!(bus.members(), 1);
}

#[tokio::test]
async fn dropping_the_sending_end_sends_what_waits_and_ends_the_link() {
    let bus = MemoryBus::new();
    let (mut one, mut two) = (bus.connect(hasty()).await.unwrap(), bus.connect(hasty()).await.unwrap());
    up(&mut two).await;
    up(&mut one).await;
    send(&one, "farewell").await;
    let session_transport::Link { outgoing, mut incoming, .. } = one;
    drop(outgoing);
    assert_eq!(message(&mut two).await, "farewell");
    assert_eq!(incoming.recv().await, None);
}

#[tokio::test]
async fn dropping_the_receiving_end_still_sends_what_waits() {
    let bus = MemoryBus::new();
    let (mut one, mut two) = (bus.connect(hasty()).await.unwrap(), bus.connect(hasty()).await.unwrap());
    up(&mut one).await;
    up(&mut two).await;
    let session_transport::Link { outgoing, incoming, .. } = one;
    outgoing.send(Bytes::from_static(b"last words")).await.unwrap();
    drop(incoming);
    assert_eq!(message(&mut two).await, "last words");
    outgoing.closed().await;
}

#[tokio::test]
async fn a_link_that_closes_while_down_says_what_it_could_not_send() {
    let bus = MemoryBus::new();
    let mut link = bus.connect(hasty()).await.unwrap();
    up(&mut link).await;
    bus.set_available(false);
    bus.interrupt();
    down(&mut link).await;
    send(&link, "one").await;
    send(&link, "two").await;
    assert_eq!(link.close().await, 2);
}

#[tokio::test]
async fn a_queue_that_is_full_while_the_link_is_down_is_told_and_counted() {
    let bus = MemoryBus::new();
    let mut link = bus.connect(hasty()).await.unwrap();
    up(&mut link).await;
    bus.set_available(false);
    bus.interrupt();
    down(&mut link).await;
    let outgoing = link.outgoing.clone();
    let sender = tokio::spawn(async move {
        for _ in 0..=limits::OUTBOX_MESSAGES {
            outgoing.send(Bytes::from_static(b"x")).await.unwrap();
        }
    });
    assert_eq!(event(&mut link).await, LinkEvent::NotSent { bytes: 1, reason: NotSent::QueueFull });
    sender.await.unwrap();
    assert_eq!(link.counters.snapshot().dropped, 1);
}

#[tokio::test]
async fn a_driver_that_does_not_read_learns_of_the_gap_and_nothing_grows_without_end() {
    let bus = MemoryBus::new();
    let (mut one, mut two) = (bus.connect(hasty()).await.unwrap(), bus.connect(hasty()).await.unwrap());
    up(&mut one).await;
    let beyond = limits::INBOX_MESSAGES + limits::CHANNEL_MESSAGES + 5000;
    for n in 0..beyond {
        send(&one, &n.to_string()).await;
        if n % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(one.close().await, 0);
    up(&mut two).await;
    for n in 0..limits::INBOX_MESSAGES {
        assert_eq!(message(&mut two).await, n.to_string());
    }
    let reason = down(&mut two).await;
    assert!(reason.contains("reads too slowly"), "{reason}");
    up(&mut two).await;
    assert!(two.counters.snapshot().dropped > 0);
}

#[tokio::test]
async fn the_first_connection_fails_at_once() {
    let bus = MemoryBus::new();
    bus.set_available(false);
    assert_eq!(bus.connect(hasty()).await.unwrap_err(), ConnectError::BusUnavailable);
}
