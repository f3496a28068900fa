//! Who is there, and who may say something now.

use super::both;
use super::desk::Desk;
use crate::existing::editing::Edit;
use crate::existing::{App, Generation, Quirk};

fn claim(desk: &mut Desk, guid: &str, at: &str) {
    let body = format!(r#"{{"category":"structure","peer_guid":"{guid}","claim_ts":{at}}}"#);
    desk.tell("BROADCAST_OWNERSHIP_1.0", "CLAIM_OWNERSHIP", &body);
}

fn remove() -> Edit {
    Edit::Remove { parent: "tl-v1".to_owned(), child: "tl-c0".to_owned() }
}

#[test]
fn seed_peers_say_neither_that_they_are_there_nor_that_they_go() {
    let said = |has| {
        let latest = Generation::Latest.quirks();
        let quirks = if has { latest.with(Quirk::NeverAnnounces) } else { latest };
        let mut desk = Desk::idle(quirks, App::XStudio);
        desk.peer.start(desk.now());
        desk.wait(5_100_000);
        desk.peer.leave(desk.now());
        (desk.times("PEER_ANNOUNCE") > 0, desk.times("PEER_DEPART"))
    };
    assert_eq!(said(true), (false, 0));
    assert!(said(false).0);
}

#[test]
fn seed_peers_know_no_leases() {
    let sent = both(Quirk::KnowsNoLeases, |desk| {
        claim(desk, "other", "1.0");
        desk.edit(remove())
    });
    assert_eq!(sent, (true, false));
}

#[test]
fn a_lease_runs_out_while_its_owner_goes_on() {
    let sent = both(Quirk::RefreshesOwnLeasesOnly, |desk| {
        claim(desk, "other", "1.0");
        for _ in 0..5 {
            desk.wait(500_000);
            desk.set("tl-c1", "name", r#""busy""#);
        }
        desk.edit(remove())
    });
    assert_eq!(sent, (true, false));
}

#[test]
fn a_claim_whose_time_is_a_text_has_the_next_one_raise() {
    let raised = both(Quirk::ClaimsPoisonLeases, |desk| {
        claim(desk, "other", r#""now""#);
        let before = desk.raised().len();
        claim(desk, "another", "2.0");
        (before, desk.raised())
    });
    assert_eq!(raised, ((0, vec!["shape"]), (0, vec![])));
}

#[test]
fn inserts_and_properties_need_no_lease() {
    let sent = both(Quirk::InsertsWithoutLease, |desk| {
        claim(desk, "other", "1.0");
        let (target, path) = ("tl-c0".to_owned(), "name".to_owned());
        desk.edit(Edit::SetProperty { target, path, value: "new".into() })
    });
    assert_eq!(sent, (true, false));
}

#[test]
fn the_earlier_claim_wins_by_the_claimants_clocks() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    claim(&mut desk, "late", "11.0");
    claim(&mut desk, "early", "10.0");
    assert_eq!(desk.peer.leases.owner("structure", desk.now_us), Some("early"));
}

#[test]
fn who_is_silent_for_fifteen_seconds_is_gone() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    let announce = r#"{"peer_guid":"other","app":"openrv","capabilities":["visibility"]}"#;
    desk.tell("LiveSession.1", "PEER_ANNOUNCE", announce);
    desk.wait(14_000_000);
    assert!(desk.peer.peers.contains_key("other"));
    desk.wait(2_000_000);
    assert!(!desk.peer.peers.contains_key("other"));
}

#[test]
fn a_role_is_kept_by_the_sender_alone() {
    let mut desk = Desk::joined(Generation::Latest.quirks());
    desk.tell("LiveSession.1", "SET_PEER_ROLE", r#"{"user":"own","role":"viewer"}"#);
    assert!(!desk.edit(remove()), "it says nothing");
    desk.remove("tl-v1", "tl-c1");
    assert_eq!(desk.names("tl-v1"), ["tl-c0", "tl-c2"], "and takes everything");
}
