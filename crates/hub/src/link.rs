//! Carries a transport link's messages to a room and back.

use std::sync::Arc;

use bytes::Bytes;
use session_transport::{Link, LinkEvent};
use tokio::sync::mpsc;

use crate::outbox::{Next, Outbox};
use crate::room::{ConnectionId, Request, Room, decode};

/// Runs until the link gives up or the room closes it; what waits is then sent.
pub(crate) async fn run(mut link: Link, id: ConnectionId, outbox: Arc<Outbox>, room: Room) {
    loop {
        tokio::select! {
            event = link.incoming.recv() => match event {
                Some(event) => {
                    let is_last = matches!(event, LinkEvent::Failed(_));
                    if pass_on(&room, id, event).await.is_none() || is_last {
                        break;
                    }
                }
                None => break,
            },
            may_go_on = send_next(&link.outgoing, &outbox) => if !may_go_on {
                break;
            },
        }
    }
    link.close().await;
}

/// Gives an event to the room; `None` where it is closed.
async fn pass_on(room: &Room, from: ConnectionId, event: LinkEvent) -> Option<()> {
    let request = match event {
        LinkEvent::Message(bytes) => match decode(bytes).await {
            Ok((envelope, frame, turn)) => Request::Message { from, envelope, frame, turn },
            Err(detail) => Request::Unreadable { from, reason: "malformed", detail },
        },
        event => Request::Link { from, event },
    };
    room.request(request).await.ok()
}

/// Hands one message to the link; `false` where the link is to end.
async fn send_next(outgoing: &mpsc::Sender<Bytes>, outbox: &Outbox) -> bool {
    // The place is taken first: a message is out of the outbox only when it is in the link.
    let Ok(place) = outgoing.reserve().await else { return false };
    loop {
        match outbox.next() {
            Next::Send(frame) => {
                place.send(frame.bytes());
                return true;
            }
            Next::Close(_) => return false,
            Next::Idle => outbox.changed().await,
        }
    }
}
