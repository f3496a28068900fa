//! What a role forbids is refused twice: by the program before it sends, and by the host where something else sends it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use common::session::Host;
use common::{PATIENCE, Process, example, json};
use lossless_json::Value;
use session_transport::{Address, Link, LinkEvent, LinkOptions, connect};
use session_wire::{Envelope, Hello, Message, OperationFields, Refusal, SetProperty};

/// A connection without a peer of ours behind it, which checks nothing before it sends.
struct Raw {
    link: Link,
    session: String,
    user: &'static str,
    seq: u64,
}

impl Raw {
    async fn join(address: &str, user: &'static str, role: &str) -> Self {
        let parsed: Address = address.parse().unwrap();
        let session = address.rsplit('/').next().unwrap().to_owned();
        let link = connect(&parsed, LinkOptions::default()).await.unwrap();
        let mut raw = Self { link, session, user, seq: 0 };
        let mut hello = Hello::new(user, "raw-run", BTreeMap::new());
        (hello.user, hello.role) = (Some(user.to_owned()), Some(role.to_owned()));
        raw.send(hello.into(), None).await;
        raw
    }

    async fn send(&mut self, message: Message, operation: Option<OperationFields>) {
        let mut envelope = Envelope::new(self.session.as_str(), self.user, message);
        envelope.operation = operation.map(Box::new);
        self.link.outgoing.send(envelope.encode().into()).await.unwrap();
    }

    async fn rename(&mut self, clip: &str, name: &str) {
        self.seq += 1;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        let user = Some(self.user.to_owned());
        let operation = OperationFields { user, ..OperationFields::new("raw-run", self.seq) };
        self.send(SetProperty::new(clip, "name", name.into(), now).into(), Some(operation)).await;
    }

    async fn refusal(&mut self) -> Refusal {
        let reading = async {
            loop {
                let Some(LinkEvent::Message(bytes)) = self.link.incoming.recv().await else { continue };
                if let Message::Refusal(refusal) = Envelope::decode(&bytes).unwrap().message {
                    return refusal;
                }
            }
        };
        *tokio::time::timeout(PATIENCE, reading).await.expect("nothing is refused")
    }
}

fn first_clip(peer: &mut Process) -> String {
    let state = json(&peer.state());
    let timeline = state.get("timeline_order").and_then(Value::as_array).unwrap()[0].clone();
    let tracks = state.at(&["timelines", timeline.as_str().unwrap(), "tracks", "children"]).unwrap();
    let clip = tracks.as_array().unwrap()[0].get("children").and_then(Value::as_array).unwrap()[0].clone();
    clip.at(&["metadata", "sync", "guid"]).and_then(Value::as_str).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewers_edit_is_refused_by_its_own_program_and_sent_raw_by_the_host() {
    let host = Host::start(&[&example("dailies.otio")]);
    let mut driver = host.join(&["--name", "Mika"]);
    let clip = first_clip(&mut driver);
    let mut viewer = host.join(&["--role", "viewer"]);
    let reply =
        viewer.ask("set_property", &format!(r#""target_uuid":"{clip}","path":"name","value":"mine""#));
    let error = reply.at(&["error", "message"]).or_else(|| reply.get("error")).unwrap();
    let words = error.to_text(lossless_json::Style::Strict);
    assert!(words.contains("role viewer may not change timelines: ask a driver for another role"), "{words}");
    let before = driver.state();

    let mut asked = Raw::join(&host.address, "asked-to-be-a-viewer", "viewer").await;
    asked.rename(&clip, "raw").await;
    let refusal = asked.refusal().await;
    assert_eq!((refusal.reason.as_str(), refusal.event.as_deref()), ("role", Some("SET_PROPERTY")));
    assert_eq!(refusal.detail, "a viewer may not change timelines: ask a driver for another role");
    assert_eq!((refusal.run.as_deref(), refusal.seq), (Some("raw-run"), Some(1)));

    driver.done("set_peer_role", r#""user":"mallory","role":"viewer""#);
    let mut made = Raw::join(&host.address, "mallory", "driver").await;
    made.rename(&clip, "raw").await;
    assert_eq!(made.refusal().await.reason, "role");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let name = |state: &str| json(state).get("timelines").unwrap().clone();
    assert_eq!(name(&driver.state()), name(&before), "nothing of it came through");
}
