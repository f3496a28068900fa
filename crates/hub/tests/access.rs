//! Who is let in, and what a link does not allow: every case of `data/refusals.json`, and what is allowed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use common::{Player, Raw, add_timeline, agree, hub, link, peer, room, set_name, until};
use hub::{Access, Grant, Room, RoomConfig, RunningHub};
use lossless_json::Value;
use session_core::{Command, Opening, PeerConfig, Role};
use session_transport::close_code;
use session_wire::{Envelope, Hello, Message, Operations, SetPeerRole, WireFrontier};

const CASES: &str = include_str!("data/refusals.json");

fn cases(of: &str) -> Vec<Value> {
    let cases = lossless_json::parse(CASES.as_bytes(), &lossless_json::Limits::default()).unwrap().value;
    cases.get(of).unwrap().as_array().unwrap().to_vec()
}

fn text<'a>(case: &'a Value, key: &str) -> Option<&'a str> {
    case.get(key).and_then(Value::as_str)
}

fn guarded() -> RoomConfig {
    let link = |name: &str, role| Grant::new(name, &format!("{name}-secret-0001"), role);
    let ended = link("ended", Role::Driver).until(1);
    let (none, once) = (link("none", Role::Driver).times(0), link("once", Role::Driver).times(1));
    let of_role = [("driver", Role::Driver), ("reviewer", Role::Reviewer), ("viewer", Role::Viewer)];
    let of_role = of_role.map(|(name, role)| link(name, role));
    let grants = [ended, none, once, link("revoked", Role::Driver)].into_iter().chain(of_role);
    RoomConfig { access: Some(Access::new(grants.collect())), ..room("dailies") }
}

async fn open() -> (RunningHub, Room) {
    let other = Access::new(vec![Grant::new("other", "other-secret-0001", Role::Driver)]);
    let hub = hub(vec![guarded(), RoomConfig { access: Some(other), ..room("other") }]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 3).await;
    session.revoke("revoked").await.unwrap();
    let by_account = Command::SetPeerRole { user: "anna".to_owned(), peer_guid: None, role: Role::Driver };
    session.command(by_account).await.unwrap();
    // Time that a guest can stamp something into, after what the session holds and before it was let in.
    tokio::time::sleep(Duration::from_millis(400)).await;
    (hub, session)
}

async fn greet(hub: &RunningHub, guid: &str, secret: Option<&str>) -> Raw {
    greet_as(hub, guid, secret, &Value::Null).await
}

/// As a case says: with a role asked for, an account, and what is held that the hub will ask for.
async fn greet_as(hub: &RunningHub, guid: &str, secret: Option<&str>, case: &Value) -> Raw {
    let mut raw = Raw::silent(hub.local_addr(), "dailies", guid).await;
    let held = match text(case, "does").unwrap_or_default() {
        "hand_over_of_another" => WireFrontier::from([("somebody/r".to_owned(), 1)]),
        does if does.starts_with("hand_over") => WireFrontier::from([(format!("{guid}/r"), 1)]),
        _ => WireFrontier::new(),
    };
    let mut hello = Hello::new(guid, "r", held);
    hello.secret = secret.map(Into::into);
    hello.role = text(case, "asks").map(str::to_owned);
    hello.user = text(case, "user").map(str::to_owned);
    raw.send(hello).await;
    raw
}

/// A program that joins by a link.
async fn join(hub: &RunningHub, guid: &str, secret: &str) -> Player {
    let opening = Opening::Join { or_host: false };
    let config = PeerConfig { secret: Some(secret.into()), ..peer("dailies", guid, opening) };
    Player::with(config, link(hub.local_addr(), "dailies").await).await
}

async fn state(session: &Room) -> (String, usize) {
    session.inspect(|peer| (peer.log().digest().to_owned(), peer.log().len())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_secret_that_holds_learns_only_that() {
    let (hub, session) = open().await;
    let first = greet(&hub, "first", Some("once-secret-0001")).await;
    until(&session, |report| report.peers == ["first"]).await;
    let before = state(&session).await;
    for (number, case) in cases("door").iter().enumerate() {
        let name = text(case, "name").unwrap();
        let counted = format!("secret_{}", text(case, "why").unwrap());
        let count = |report: &hub::RoomReport| report.counts.refused.get(&counted).copied().unwrap_or(0);
        let refusals = count(&session.report().await.unwrap());
        let mut stranger = greet(&hub, &format!("stranger-{number}"), text(case, "secret")).await;
        let said = stranger.expect_refusal().await;
        let words = "this session is entered by a link that holds: ask whoever hosts for one";
        assert_eq!((said.reason.as_str(), said.detail.as_str()), ("secret", words), "{name}");
        assert_eq!(stranger.expect_close().await, (close_code::WRONG_SECRET, words.to_owned()), "{name}");
        assert_eq!(count(&session.report().await.unwrap()), refusals + 1, "{name}: {counted}");
    }
    assert_eq!(state(&session).await, before);
    assert_eq!(session.report().await.unwrap().peers, ["first"]);
    drop(first);
    hub.shutdown().await;
}

/// The text of a rename; where it is `backdated`, of before the guest was let in, when nobody had given it a role.
fn rename(raw: &mut Raw, backdated: bool) -> String {
    let text = raw.rename("r", "t-c0", "by a guest");
    let mut envelope = Envelope::decode(text.as_bytes()).unwrap();
    if backdated && let Message::SetProperty(body) = &mut envelope.message {
        body.sync_timestamp = body.sync_timestamp.map(|time| time - 0.3);
    }
    envelope.encode()
}

async fn misbehave(raw: &mut Raw, what: &str) {
    let backdated = what.ends_with("_backdated");
    let message = match what.trim_end_matches("_backdated") {
        "rename" => rename(raw, backdated),
        "speak_for_another" => {
            let guid = raw.guid.clone();
            rename(raw, false).replace(&format!("\"{guid}\""), "\"somebody\"")
        }
        "hand_over" | "hand_over_of_another" => {
            let mut rename = Envelope::decode(rename(raw, backdated).as_bytes()).unwrap();
            if what == "hand_over_of_another" {
                "somebody".clone_into(&mut rename.source_guid);
            }
            let asked = tokio::time::timeout(Duration::from_secs(5), raw.expect("OPERATIONS_REQUEST")).await;
            let Message::OperationsRequest(asked) = asked.expect(what).message else { panic!("{what}") };
            let part = Operations::new(common::HUB, asked.request, 0, true, vec![rename.to_value()]);
            Envelope::new("dailies", raw.guid.as_str(), part).encode()
        }
        "play" => format!(
            r#"{{"session": "dailies", "source_guid": "{}", "payload": {{"command_schema": "PLAYBACK_SETTINGS_1.0",
               "command": {{"event": "SET", "payload": {{"playing": true}}}}}}}}"#,
            raw.guid
        ),
        "promote" => {
            let mut role = SetPeerRole::new("", "driver");
            role.peer_guid = Some(raw.guid.clone());
            Envelope::new("dailies", raw.guid.as_str(), role).encode()
        }
        other => panic!("{other}?"),
    };
    raw.send_text(message).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_does_not_allow_is_refused_with_a_reason_and_changes_nothing() {
    let (hub, session) = open().await;
    for (number, case) in cases("inside").iter().enumerate() {
        let name = text(case, "name").unwrap();
        let guid = format!("guest-{number}");
        let mut guest = greet_as(&hub, &guid, text(case, "secret"), case).await;
        until(&session, |report| report.peers == [guid.as_str()]).await;
        let before = state(&session).await;
        misbehave(&mut guest, text(case, "does").unwrap()).await;
        match text(case, "reason") {
            Some(reason) => {
                let refusal = tokio::time::timeout(Duration::from_secs(5), guest.expect_refusal()).await;
                assert_eq!(refusal.expect(name).reason, reason, "{name}");
            }
            None => tokio::time::sleep(Duration::from_millis(200)).await,
        }
        assert_eq!(state(&session).await, before, "{name}");
        session.send_away(&guid).await.unwrap();
    }
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_told_its_role_and_a_driver_may_give_it_another() {
    let (hub, session) = open().await;
    let driver = join(&hub, "driver", "driver-secret-0001").await;
    let guest = join(&hub, "guest", "viewer-secret-0001").await;
    agree(&session, &[&driver, &guest]).await;
    assert_eq!(guest.participant.inspect(session_core::Peer::role).await.unwrap(), Role::Viewer);
    assert!(guest.participant.command(set_name("t-c0", "by a viewer")).await.is_err());
    let promotion =
        Command::SetPeerRole { user: String::new(), peer_guid: Some("guest".to_owned()), role: Role::Driver };
    driver.command(promotion).await;
    agree(&session, &[&driver, &guest]).await;
    guest.command(set_name("t-c0", "by a driver now")).await;
    agree(&session, &[&driver, &guest]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_sent_away_stays_away_once_its_link_is_revoked_and_the_others_stay() {
    let (hub, session) = open().await;
    let driver = join(&hub, "driver", "driver-secret-0001").await;
    let mut guest = greet(&hub, "guest", Some("reviewer-secret-0001")).await;
    until(&session, |report| report.peers.len() == 2).await;
    assert!(session.send_away("guest").await.unwrap());
    assert!(!session.send_away("guest").await.unwrap(), "it is gone");
    assert_eq!(guest.expect_close().await.0, close_code::SENT_AWAY);
    let mut back = greet(&hub, "guest", Some("reviewer-secret-0001")).await;
    until(&session, |report| report.peers.len() == 2).await;
    assert_eq!(session.revoke("reviewer").await.unwrap(), 1);
    assert_eq!(back.expect_close().await.0, close_code::SENT_AWAY);
    let mut again = greet(&hub, "guest", Some("reviewer-secret-0001")).await;
    assert_eq!(again.expect_close().await.0, close_code::WRONG_SECRET);
    agree(&session, &[&driver]).await;
    assert_eq!(session.report().await.unwrap().peers, ["driver"]);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_comes_back_is_no_further_use_of_a_link() {
    let (hub, session) = open().await;
    for _ in 0..3 {
        let once = greet(&hub, "laptop", Some("once-secret-0001")).await;
        until(&session, |report| report.peers == ["laptop"]).await;
        drop(once);
        until(&session, |report| report.peers.is_empty()).await;
    }
    hub.shutdown().await;
}
