//! Strangers, broken clients and slow ones: refused or cut with a reason, and nobody else notices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::time::{Duration, Instant};

use common::{HUB, OURS, Player, Raw, add_timeline, agree, hub, hub_with, open, room, set_name, until};
use futures_util::SinkExt;
use hub::{Hub, HubConfig, HubError, Limits, RunningHub};
use session_core::{Command, Role};
use session_transport::close_code;
use session_wire::{Envelope, Heartbeat, Operations, PeerAnnounce, PeerDepart, StateRequest};
use tokio_tungstenite::tungstenite::{self, Message as Frame};

async fn dailies(limits: Limits) -> RunningHub {
    let hub = hub_with(vec![room("dailies")], limits).await;
    add_timeline(&hub.room("dailies").unwrap(), "t", 3).await;
    hub
}

/// The status and words of a refused upgrade.
async fn refused(hub: &RunningHub, query: &str, headers: &[(&'static str, &str)]) -> (u16, String) {
    match open(hub.local_addr(), query, headers).await {
        Err(tungstenite::Error::Http(response)) => {
            let words = String::from_utf8(response.body().clone().unwrap_or_default()).unwrap();
            (response.status().as_u16(), words)
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_answered_in_words() {
    let hub = hub(vec![room("dailies")]).await;
    let (status, words) = refused(&hub, "?session=dailys", &[OURS]).await;
    assert_eq!(
        (status, words.as_str()),
        (404, "this hub has no session \"dailys\"; check the name with whoever hosts\n")
    );
    let (status, words) = refused(&hub, "", &[OURS]).await;
    assert!(status == 400 && words.contains("/ws?session=NAME"), "{status} {words}");
    let (status, words) = refused(&hub, "?session=dailies", &[("sec-websocket-protocol", "chat")]).await;
    assert!(status == 400 && words.contains("otio-sync.v1"), "{status} {words}");
    let (status, words) =
        refused(&hub, "?session=dailies", &[OURS, ("origin", "https://evil.example")]).await;
    assert!(status == 403 && words.contains("another origin"), "{status} {words}");
    let own = format!("http://{}", hub.local_addr());
    assert!(open(hub.local_addr(), "?session=dailies", &[OURS, ("origin", &own)]).await.is_ok());
    let plain = common::http(hub.local_addr(), "/ws?session=dailies").await;
    assert!(plain.contains("WebSocket"), "{plain}");
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_says_what_it_is_and_how_it_is() {
    let hub = dailies(Limits::default()).await;
    let page = common::http(hub.local_addr(), "/").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("otio-sync join ws://"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'") && !page.contains("<script"));
    let health = common::http(hub.local_addr(), "/healthz").await;
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"session\": \"dailies\""), "{health}");
    let metrics = common::http(hub.local_addr(), "/metrics").await;
    assert!(metrics.contains("content-type: application/openmetrics-text"), "{metrics}");
    assert!(metrics.contains("otio_sync_room_operations{session=\"dailies\"} 1\n"), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    assert!(common::http(hub.local_addr(), "/nothing").await.starts_with("HTTP/1.1 404"));
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    let hub = hub(vec![room("dailies")]).await;
    let error = Hub::bind(HubConfig::new(hub.local_addr(), Vec::new())).await.unwrap_err();
    assert!(matches!(error, HubError::Listen { .. }));
    assert!(error.to_string().contains("another program listens there"), "{error}");
    let twice = Hub::bind(HubConfig::new("127.0.0.1:0".parse().unwrap(), vec![room("x"), room("x")])).await;
    assert!(matches!(twice, Err(HubError::SameName(name)) if name == "x"));
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_say_hello_is_sent_away() {
    let limits =
        Limits { hello_time: Duration::from_millis(200), early_messages_max: 2, ..Limits::default() };
    let hub = dailies(limits).await;
    let mut silent = Raw::silent(hub.local_addr(), "dailies", "a").await;
    assert_eq!(silent.expect_close().await.0, close_code::HELLO_TIMEOUT);
    let mut wrong = Raw::silent(hub.local_addr(), "dailies", "a").await;
    for _ in 0..3 {
        wrong.send(StateRequest::new(HUB, "a")).await;
    }
    let (code, reason) = wrong.expect_close().await;
    assert_eq!(code, close_code::BAD_HELLO);
    assert_eq!(reason, "3 messages came before HELLO, STATE_REQUEST the last");
    let mut garbage = Raw::silent(hub.local_addr(), "dailies", "a").await;
    garbage.send_text("{").await;
    assert_eq!(garbage.expect_close().await.0, close_code::BAD_HELLO);
    let mut other = Raw::silent(hub.local_addr(), "dailies", "a").await;
    other.session = "other".to_owned();
    other.send(session_wire::Hello::new("a", "r", std::collections::BTreeMap::new())).await;
    assert_eq!(other.expect_close().await.0, close_code::BAD_HELLO);
    assert_eq!(hub.room("dailies").unwrap().report().await.unwrap().peers, Vec::<String>::new());
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_or_never_finish_a_request_are_let_go() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let hub = dailies(Limits { silence: Duration::from_millis(300), ..Limits::default() }).await;
    for said in ["", "GET /healthz HTTP/1.1\r\nHost: x\r\n"] {
        let mut stream = tokio::net::TcpStream::connect(hub.local_addr()).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut Vec::new())).await;
        ended.expect("the connection stays open for ever").ok();
    }
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_whose_text_would_be_too_long_to_read_back_is_refused_and_the_next_one_is_taken() {
    let hub = dailies(Limits::default()).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let long = a.rename("long", "t-c0", &"é".repeat(11 << 20));
    a.send_text(long).await;
    let refusal = a.expect_refusal().await;
    assert_eq!(
        (refusal.reason.as_str(), refusal.run.as_deref()),
        ("limit", Some("long")),
        "{}",
        refusal.detail
    );
    let next = a.rename("r", "t-c0", "short");
    a.send_text(next.replace("\"seq\": 2", "\"seq\": 1")).await;
    until(&hub.room("dailies").unwrap(), |report| report.operations == 2).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_long_messages_at_once_all_arrive() {
    let hub = dailies(Limits::default()).await;
    let mut peers = Vec::new();
    for number in 0..6 {
        let guid = format!("p{number}");
        peers.push(Raw::join(hub.local_addr(), "dailies", &guid, "r").await);
    }
    let long = "x".repeat(300 * 1024);
    for round in 0..3 {
        for peer in &mut peers {
            let text = peer.rename("r", &format!("t-c{round}"), &long);
            peer.send_text(text).await;
        }
    }
    until(&hub.room("dailies").unwrap(), |report| report.operations == 1 + 18).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_returning_link_sends_before_its_hello_is_not_lost() {
    let hub = dailies(Limits::default()).await;
    let mut a = Raw::silent(hub.local_addr(), "dailies", "a").await;
    let text = a.rename("r", "t-c0", "early");
    a.send_text(text).await;
    a.send(session_wire::Hello::new("a", "r", std::collections::BTreeMap::new())).await;
    until(&hub.room("dailies").unwrap(), |report| report.operations == 2).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guid_has_one_connection() {
    let limits = Limits { alive: Duration::from_millis(800), ..Limits::default() };
    let hub = dailies(limits).await;
    let session = hub.room("dailies").unwrap();
    let mut first = Raw::join(hub.local_addr(), "dailies", "a", "run-1").await;
    until(&session, |report| report.peers == ["a"]).await;
    let mut thief = Raw::join(hub.local_addr(), "dailies", "a", "run-2").await;
    assert_eq!(thief.expect_refusal().await.reason, "guid_taken");
    assert_eq!(thief.expect_close().await.0, close_code::GUID_TAKEN);
    let mut own = Raw::join(hub.local_addr(), "dailies", HUB, "run-2").await;
    assert_eq!(own.expect_refusal().await.reason, "source_guid");

    let mut again = Raw::join(hub.local_addr(), "dailies", "a", "run-1").await;
    assert_eq!(
        first.expect_close().await,
        (close_code::GUID_TAKEN, "this peer has connected again".to_owned())
    );
    let text = again.rename("run-1", "t-c0", "still here");
    again.send_text(text).await;
    until(&session, |report| report.operations == 2).await;

    tokio::time::sleep(Duration::from_millis(900)).await;
    let mut restarted = Raw::join(hub.local_addr(), "dailies", "a", "run-2").await;
    assert_eq!(again.expect_close().await.0, close_code::GUID_TAKEN, "a silent one gives way to a new start");
    let text = restarted.rename("run-2", "t-c0", "back");
    restarted.send_text(text).await;
    until(&session, |report| report.operations == 3 && report.peers == ["a"]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_another() {
    let hub = dailies(Limits::default()).await;
    let session = hub.room("dailies").unwrap();
    let victim = Player::join(hub.local_addr(), "dailies", "victim").await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let own = a.rename("r", "t-c0", "stolen");
    let forged = own.replace(r#""source_guid": "a""#, r#""source_guid": "victim""#);
    a.send_text(forged).await;
    let refusal = a.expect_refusal().await;
    assert_eq!(
        (refusal.reason.as_str(), refusal.seq, refusal.event.as_deref()),
        ("source_guid", Some(1), Some("SET_PROPERTY"))
    );
    a.send_text(own.replace(r#""session": "dailies""#, r#""session": "other""#)).await;
    assert_eq!(a.expect_refusal().await.reason, "session");
    a.send(PeerDepart::new("victim")).await;
    assert_eq!(a.expect_refusal().await.reason, "source_guid");
    let handed_on = format!(
        r#"{{"session": "dailies", "source_guid": "a", "payload": {{"command_schema": "SESSION_LOG_1.0", "command":
           {{"event": "OPERATIONS", "payload": {{"target_guid": "{HUB}", "request": 1, "part": 0, "last": true,
           "envelopes": [{}]}}}}}}}}"#,
        own.replace(r#""source_guid": "a""#, r#""source_guid": "victim""#)
    );
    a.send_text(handed_on).await;
    let report = until(&session, |report| report.counts.refused.get("source_guid") == Some(&3)).await;
    assert_eq!((report.operations, report.counts.refused.get("session")), (1, Some(&1)));
    agree(&session, &[&victim]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_skips_the_check_of_its_role_is_refused_with_a_reason_and_nobody_sees_its_edit() {
    let hub = dailies(Limits::default()).await;
    let session = hub.room("dailies").unwrap();
    let mut player = Player::join(hub.local_addr(), "dailies", "player").await;
    player
        .command(Command::SetPeerRole { user: "mallory".into(), peer_guid: None, role: Role::Viewer })
        .await;
    agree(&session, &[&player]).await;
    let mut m = Raw::silent(hub.local_addr(), "dailies", "m").await;
    let mut hello = session_wire::Hello::new("m", "r", std::collections::BTreeMap::new());
    hello.user = Some("mallory".to_owned());
    m.send(hello).await;
    let edit = m.rename("r", "t-c0", "stolen");
    m.send_text(edit.as_str()).await;
    let refusal = m.expect_refusal().await;
    assert_eq!(
        (refusal.reason.as_str(), refusal.seq, refusal.event.as_deref()),
        ("role", Some(1), Some("SET_PROPERTY"))
    );
    assert_eq!(refusal.detail, "a viewer may not change timelines: ask a driver for another role");
    // Under another account name, without one, and as an existing peer would send it.
    let named = |user: &str| edit.replace(r#""seq": 1"#, &format!(r#""seq": 1, "user": "{user}""#));
    m.send_text(named("alice")).await;
    assert_eq!(m.expect_refusal().await.reason, "foreign_identity");
    m.send_text(named("mallory")).await;
    assert_eq!(m.expect_refusal().await.reason, "role");
    m.send_text(edit.replace(r#", "op": {"run": "r", "seq": 1}"#, "")).await;
    assert_eq!(m.expect_refusal().await.reason, "role");
    m.send(session_wire::ClaimOwnership::new("visibility", "m", 1.0)).await;
    assert_eq!(
        m.expect_refusal().await.detail,
        "a viewer may not choose what everybody sees: ask a driver for another role"
    );
    m.send(session_wire::SetPeerRole::new("mallory", "driver")).await;
    assert_eq!(m.expect_refusal().await.reason, "role");
    let report = session.report().await.unwrap();
    assert_eq!((report.operations, report.counts.refused.get("role")), (2, Some(&5)));
    player.command(set_name("t-c1", "goes on")).await;
    agree(&session, &[&player]).await;
    let theirs = player.wait(|event| match event {
        hub::ParticipantEvent::Effect(effect) => Some(effect.name()),
        _ => None,
    });
    assert_ne!(theirs.await, "set_property");
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_two_things_under_one_number_is_told_and_sent_away() {
    let hub = dailies(Limits::default()).await;
    let session = hub.room("dailies").unwrap();
    let player = Player::join(hub.local_addr(), "dailies", "player").await;
    let mut m = Raw::join(hub.local_addr(), "dailies", "m", "r").await;
    let edit = m.rename("r", "t-c0", "one");
    m.send_text(edit.as_str()).await;
    m.send_text(edit.replace("\"one\"", "\"two\"")).await;
    let refusal = m.expect_refusal().await;
    assert_eq!((refusal.reason.as_str(), refusal.seq), ("equivocation", Some(1)));
    let (code, reason) = m.expect_close().await;
    assert_eq!(code, close_code::POLICY);
    assert!(reason.contains("two operations under one number"), "{reason}");
    player.command(set_name("t-c1", "goes on")).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    agree(&session, &[&player]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stamp_of_the_year_2100_is_refused_and_moves_no_clock() {
    let hub = dailies(Limits::default()).await;
    let session = hub.room("dailies").unwrap();
    let player = Player::join(hub.local_addr(), "dailies", "player").await;
    let mut m = Raw::join(hub.local_addr(), "dailies", "m", "r").await;
    let edit = m.rename("r", "t-c0", "for ever");
    m.send_text(edit.replace(r#""seq": 1"#, r#""seq": 1, "hlc": 4102444800000000"#)).await;
    let refusal = m.expect_refusal().await;
    assert_eq!(refusal.reason, "clock");
    assert!(refusal.detail.ends_with("set the clock of that machine right"), "{}", refusal.detail);
    player.command(set_name("t-c0", "now")).await;
    agree(&session, &[&player]).await;
    assert_eq!(session.report().await.unwrap().operations, 2);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_messages_cost_their_sender_and_nobody_else() {
    let hub = dailies(Limits::default()).await;
    let session = hub.room("dailies").unwrap();
    let player = Player::join(hub.local_addr(), "dailies", "player").await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let body = |body: &str| {
        format!(
            r#"{{"session": "dailies", "source_guid": "a", "payload": {{"command_schema": "OTIO_SESSION_1.0",
               "command": {{"event": "SET_PROPERTY", "payload": {body}}}}}}}"#
        )
    };
    let hostile = [
        String::new(),
        "not json".to_owned(),
        "[]".to_owned(),
        "{".repeat(10_000),
        deep.clone(),
        body(&deep),
        body(&format!(r#"{{"target_uuid": "{}", "path": "name", "value": 1}}"#, "x".repeat(100_000))),
        body(&format!(r#"{{"target_uuid": "t-c0", "path": "{}", "value": 1}}"#, "a/".repeat(5_000))),
        body(r#"{"target_uuid": {}, "path": [], "value": 1}"#),
    ];
    for text in &hostile {
        a.send_text(text.as_str()).await;
        let refusal = a.expect_refusal().await;
        assert!(!refusal.detail.is_empty() && refusal.detail.len() < 2_000, "{refusal:?}");
    }
    a.socket.send(Frame::binary(b"\xff\x00".to_vec())).await.unwrap();
    assert_eq!(a.expect_refusal().await.reason, "malformed");
    player.command(set_name("t-c0", "still works")).await;
    agree(&session, &[&player]).await;
    let text = a.rename("r", "t-c1", "a still takes part");
    a.send_text(text).await;
    until(&session, |report| report.operations == 3).await;
    let refusals: u64 = session.report().await.unwrap().counts.refused.values().sum();
    assert_eq!(refusals, hostile.len() as u64 + 1);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_on_sending_garbage_is_sent_away() {
    let limits = Limits { refusals_burst: 20, ..Limits::default() };
    let hub = dailies(limits).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    for _ in 0..40 {
        a.socket.feed(Frame::text("garbage")).await.unwrap();
    }
    a.socket.flush().await.unwrap();
    assert_eq!(a.expect_close().await.0, close_code::POLICY);
    until(&hub.room("dailies").unwrap(), |report| report.peers.is_empty()).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_ends_its_connection() {
    let limits = Limits { message_bytes_max: 100_000, ..Limits::default() };
    let hub = dailies(limits).await;
    let mut a = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    let _ = a.socket.send(Frame::text(" ".repeat(200_000))).await;
    let (code, reason) = a.expect_close().await;
    assert!(code == close_code::TOO_BIG || code == 0, "{code} {reason}");
    until(&hub.room("dailies").unwrap(), |report| report.peers.is_empty()).await;
    let player = Player::join(hub.local_addr(), "dailies", "player").await;
    player.command(set_name("t-c0", "still works")).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_slowed_down_and_nobody_else_waits() {
    let limits = Limits { rate_per_second: 200, rate_burst: 50, ..Limits::default() };
    let hub = dailies(limits).await;
    let session = hub.room("dailies").unwrap();
    let (a, b) = (
        Player::join(hub.local_addr(), "dailies", "a").await,
        Player::join(hub.local_addr(), "dailies", "b").await,
    );
    let mut flood = Raw::join(hub.local_addr(), "dailies", "flood", "r").await;
    let beat =
        Envelope::new("dailies", "flood", Heartbeat { run: "r".to_owned(), ..Heartbeat::default() }).encode();
    let flooding =
        tokio::spawn(async move { while flood.socket.send(Frame::text(beat.as_str())).await.is_ok() {} });
    let started = Instant::now();
    for round in 0..40 {
        a.command(set_name("t-c0", &format!("take {round}"))).await;
    }
    agree(&session, &[&a, &b]).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    flooding.abort();
    let counts = session.report().await.unwrap().counts;
    let allowed = 50 + 200 * (started.elapsed().as_secs() + 1) + 500;
    assert!(counts.received < allowed && counts.throttled > 0, "{counts:?}");
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_operations_count_as_long_as_they_may_become() {
    let limits = Limits { rate_per_second: 200, rate_burst: 50, ..Limits::default() };
    let hub = dailies(limits).await;
    let mut packer = Raw::join(hub.local_addr(), "dailies", "packer", "r").await;
    let mut answer = Operations::new(HUB, 1, 0, true, Vec::new());
    answer.packed = Some("A".repeat(64 << 10));
    let answer = Envelope::new("dailies", "packer", answer).encode();
    for _ in 0..5 {
        packer.socket.send(Frame::text(answer.as_str())).await.unwrap();
    }
    until(&hub.room("dailies").unwrap(), |report| report.counts.throttled > 0).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_falls_behind_is_cut_while_the_others_go_on() {
    let limits = Limits { durable_messages_max: 40, ..Limits::default() };
    let hub = dailies(limits).await;
    let session = hub.room("dailies").unwrap();
    let a = Player::join(hub.local_addr(), "dailies", "a").await;
    let mut b = Player::join(hub.local_addr(), "dailies", "b").await;
    let mut slow = Raw::join(hub.local_addr(), "dailies", "slow", "r").await;
    slow.send(PeerAnnounce::new("slow", "laptop", Vec::new())).await;
    until(&session, |report| report.peers.len() == 3).await;
    let long = "x".repeat(300_000);
    let mut rounds = 0;
    while session.report().await.unwrap().counts.slow_readers == 0 {
        rounds += 1;
        assert!(rounds < 500, "nobody was cut");
        a.command(set_name("t-c0", &format!("{rounds} {long}"))).await;
        if rounds % 10 == 0 {
            agree(&session, &[&a, &b]).await;
        }
    }
    b.wait_effect(|effect| matches!(effect, session_core::Effect::Left { guid } if &**guid == "slow")).await;
    agree(&session, &[&a, &b]).await;
    assert_eq!(session.report().await.unwrap().peers, ["a", "b"]);
    drop(slow);
    let back = Player::join(hub.local_addr(), "dailies", "slow").await;
    agree(&session, &[&a, &b, &back]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_reader_that_reads_on_learns_why() {
    let limits = Limits { durable_messages_max: 1, ..Limits::default() };
    let hub = dailies(limits).await;
    let session = hub.room("dailies").unwrap();
    let a = Player::join(hub.local_addr(), "dailies", "a").await;
    let mut slow = Raw::join(hub.local_addr(), "dailies", "slow", "r").await;
    until(&session, |report| report.peers.len() == 2).await;
    let reading = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            match slow.next().await {
                Some(Frame::Close(Some(frame))) => return (u16::from(frame.code), frame.reason.to_string()),
                Some(_) => {}
                None => return (0, String::new()),
            }
        }
    });
    let long = "x".repeat(300_000);
    for round in 0.. {
        if reading.is_finished() || round > 500 {
            break;
        }
        a.command(set_name("t-c0", &format!("{round} {long}"))).await;
    }
    let (code, reason) = reading.await.unwrap();
    assert_eq!(code, close_code::TRY_LATER, "{reason}");
    assert!(reason.contains("reads too slowly"), "{reason}");
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_or_hub_says_so() {
    let limits = Limits { peers_max: 1, sockets_max: 3, ..Limits::default() };
    let hub = dailies(limits).await;
    let _first = Raw::join(hub.local_addr(), "dailies", "a", "r").await;
    until(&hub.room("dailies").unwrap(), |report| report.peers == ["a"]).await;
    let mut second = Raw::join(hub.local_addr(), "dailies", "b", "r").await;
    assert_eq!(second.expect_close().await.0, close_code::TRY_LATER);
    let mut waiting = Vec::new();
    let refusal = loop {
        match open(hub.local_addr(), "?session=dailies", &[OURS]).await {
            Ok(socket) => waiting.push(socket),
            Err(tungstenite::Error::Http(response)) => break response,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(refusal.status().as_u16(), 503);
    assert!(waiting.len() <= 2, "{} sockets too many", waiting.len());
    hub.shutdown().await;
}
