//! People work together through a hub.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{Player, add_timeline, agree, hub, move_clip, peer, room, set_name, until};
use hub::{ParticipantEvent, RoomConfig};
use session_core::{Command, Effect, Opening};
use session_transport::MemoryBus;

#[tokio::test(flavor = "multi_thread")]
async fn three_peers_edit_at_once_and_all_show_the_same_bytes() {
    let hub = hub(vec![room("dailies")]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 8).await;
    let a = Player::join(hub.local_addr(), "dailies", "a").await;
    let b = Player::join(hub.local_addr(), "dailies", "b").await;
    let c = Player::join(hub.local_addr(), "dailies", "c").await;
    let start = agree(&session, &[&a, &b, &c]).await;
    let mut sent = 1;
    for round in 0..20_i64 {
        let clip = usize::try_from(round % 8).unwrap();
        let replies = tokio::join!(
            a.command(set_name("t-c1", &format!("a{round}"))),
            b.command(move_clip("t", clip, round % 3)),
            c.command(set_name("t-c1", &format!("c{round}"))),
        );
        sent += [replies.0, replies.1, replies.2].iter().map(|reply| reply.operations.len()).sum::<usize>();
    }
    let end = agree(&session, &[&a, &b, &c]).await;
    assert_ne!(start, end);
    assert!(sent > 50);
    assert_eq!(a.operations().await, sent);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_joiner_shows_what_the_others_show() {
    let hub = hub(vec![room("dailies")]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 3).await;
    let a = Player::join(hub.local_addr(), "dailies", "a").await;
    for round in 0..10 {
        a.command(set_name("t-c0", &format!("take {round}"))).await;
    }
    let late = Player::join(hub.local_addr(), "dailies", "late").await;
    agree(&session, &[&a, &late]).await;
    late.command(set_name("t-c2", "by the late one")).await;
    agree(&session, &[&a, &late]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_dies_and_comes_back_agrees_again() {
    let hub = hub(vec![room("dailies")]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 3).await;
    let mut a = Player::join(hub.local_addr(), "dailies", "a").await;
    let b = Player::join(hub.local_addr(), "dailies", "b").await;
    b.command(set_name("t-c0", "before")).await;
    agree(&session, &[&a, &b]).await;
    b.participant.abandon();
    a.wait_effect(|effect| matches!(effect, Effect::Left { guid } if &**guid == "b")).await;
    until(&session, |report| report.peers == ["a"]).await;
    a.command(set_name("t-c0", "meanwhile")).await;
    let b = Player::join(hub.local_addr(), "dailies", "b").await;
    b.command(set_name("t-c1", "after")).await;
    agree(&session, &[&a, &b]).await;
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_of_one_hub_do_not_mix() {
    let hub = hub(vec![room("one"), room("two")]).await;
    let (one, two) = (hub.room("one").unwrap(), hub.room("two").unwrap());
    add_timeline(&one, "t", 2).await;
    add_timeline(&two, "t", 2).await;
    let a = Player::join(hub.local_addr(), "one", "a").await;
    let b = Player::join(hub.local_addr(), "two", "b").await;
    a.command(set_name("t-c0", "only in one")).await;
    b.command(set_name("t-c1", "only in two")).await;
    let (first, second) = (agree(&one, &[&a]).await, agree(&two, &[&b]).await);
    assert_ne!(first, second);
    assert_eq!(until(&two, |report| report.peers.len() == 1).await.peers, ["b"]);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn view_state_reaches_everybody_and_is_no_operation() {
    let hub = hub(vec![room("dailies")]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 3).await;
    let a = Player::join(hub.local_addr(), "dailies", "a").await;
    let mut b = Player::join(hub.local_addr(), "dailies", "b").await;
    let before = b.operations().await;
    for frame in 0..200 {
        a.command(Command::Seek { frame: f64::from(frame), rate: Some(24.0) }).await;
    }
    b.wait_effect(|effect| {
        matches!(effect, Effect::Playback { state, .. }
            if state.get("current_time").and_then(|time| time.get("value")?.as_f64()) == Some(199.0))
    })
    .await;
    assert_eq!(b.operations().await, before);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_stops_says_good_bye_and_its_peers_wait_for_it() {
    let hub = hub(vec![room("dailies")]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 1).await;
    let mut a = Player::join(hub.local_addr(), "dailies", "a").await;
    let mut raw = common::Raw::join(hub.local_addr(), "dailies", "raw", "r").await;
    until(&session, |report| report.peers.len() == 2).await;
    hub.shutdown().await;
    assert_eq!(
        raw.expect_close().await,
        (session_transport::close_code::GOING_AWAY, "the hub stops".to_owned())
    );
    let reason = a
        .wait(|event| match event {
            ParticipantEvent::LinkDown { reason } => Some(reason),
            _ => None,
        })
        .await;
    assert!(reason.contains("the hub stops"), "{reason}");
    assert!(session.command(Command::State).await.is_err(), "a closed room takes no command");
    a.participant.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_on_sockets_and_on_a_bus_are_in_one_session_without_echoes() {
    let bus = MemoryBus::new();
    let mut room = RoomConfig::new(peer("dailies", common::HUB, Opening::Host));
    room.links.push(("bus".to_owned(), bus.connect(common::quick()).await.unwrap()));
    let hub = hub(vec![room]).await;
    let session = hub.room("dailies").unwrap();
    add_timeline(&session, "t", 4).await;
    let a = Player::join(hub.local_addr(), "dailies", "a").await;
    let b = Player::join(hub.local_addr(), "dailies", "b").await;
    let c = Player::on_bus(&bus, "dailies", "c").await;
    for round in 0..10 {
        a.command(set_name("t-c0", &format!("a{round}"))).await;
        c.command(set_name("t-c1", &format!("c{round}"))).await;
        b.command(move_clip("t", 2, round % 4)).await;
    }
    agree(&session, &[&a, &b, &c]).await;
    let report = session.report().await.unwrap();
    assert_eq!(report.counts.refused, std::collections::BTreeMap::new());
    assert_eq!(report.links, [("bus".to_owned(), true)]);
    hub.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_links_that_carry_each_others_messages_make_no_loop() {
    let (left, right) = (MemoryBus::new(), MemoryBus::new());
    let mut first = RoomConfig::new(peer("dailies", "hub-1", Opening::Host));
    first.links.push(("left".to_owned(), left.connect(common::quick()).await.unwrap()));
    first.links.push(("right".to_owned(), right.connect(common::quick()).await.unwrap()));
    // A second hub between the same two buses closes a ring.
    let mut second = RoomConfig::new(peer("dailies", "hub-2", Opening::Join { or_host: false }));
    second.links.push(("left".to_owned(), left.connect(common::quick()).await.unwrap()));
    second.links.push(("right".to_owned(), right.connect(common::quick()).await.unwrap()));
    let (first, second) = (hub(vec![first]).await, hub(vec![second]).await);
    let (one, two) = (first.room("dailies").unwrap(), second.room("dailies").unwrap());
    add_timeline(&one, "t", 4).await;
    until(&two, |report| report.status == "SYNCED").await;
    let a = Player::on_bus(&left, "dailies", "a").await;
    let b = Player::on_bus(&right, "dailies", "b").await;
    for round in 0..20 {
        a.command(set_name("t-c0", &format!("a{round}"))).await;
        b.command(set_name("t-c0", &format!("b{round}"))).await;
    }
    agree(&one, &[&a, &b]).await;
    agree(&two, &[&a, &b]).await;
    let received = one.report().await.unwrap().counts.received;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let later = one.report().await.unwrap().counts;
    assert!(later.received - received < 100, "messages go round: {received} then {later:?}");
    first.shutdown().await;
    second.shutdown().await;
}
