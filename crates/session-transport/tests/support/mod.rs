//! What the scenario tests share.

#![allow(dead_code, unreachable_pub)] // Each test file uses its own part.

use std::time::Duration;

use bytes::Bytes;
use session_transport::{Link, LinkEvent, LinkOptions, Reconnect};

/// Long enough that only a failure takes it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Comes back at once, so that tests do not wait.
pub fn hasty() -> LinkOptions {
    let (base, cap, steady) = (Duration::from_millis(20), Duration::from_millis(100), Duration::ZERO);
    LinkOptions { reconnect: Reconnect { base, cap, steady, hopeless: 3 }, ..LinkOptions::default() }
}

pub async fn event(link: &mut Link) -> LinkEvent {
    let event = tokio::time::timeout(PATIENCE, link.incoming.recv()).await;
    event.expect("an event within the test's patience").expect("the link to go on")
}

pub async fn up(link: &mut Link) {
    assert_eq!(event(link).await, LinkEvent::Up);
}

/// Waits for a `Down`, past messages, and gives its reason.
pub async fn down(link: &mut Link) -> String {
    loop {
        match event(link).await {
            LinkEvent::Down { reason } => return reason,
            LinkEvent::Message(_) => {}
            other => panic!("expected Down, got {other:?}"),
        }
    }
}

pub async fn message(link: &mut Link) -> Bytes {
    match event(link).await {
        LinkEvent::Message(message) => message,
        other => panic!("expected a message, got {other:?}"),
    }
}

pub async fn send(link: &Link, text: &str) {
    link.outgoing.send(Bytes::copy_from_slice(text.as_bytes())).await.expect("the link to take a message");
}

/// Ends a link while keeping its events: everything it still reports.
pub async fn end(link: Link) -> Vec<LinkEvent> {
    let Link { outgoing, mut incoming, .. } = link;
    drop(outgoing);
    let mut events = Vec::new();
    let all = async {
        while let Some(event) = incoming.recv().await {
            events.push(event);
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("the link to end");
    events
}
