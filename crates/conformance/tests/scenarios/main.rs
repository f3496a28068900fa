//! Scenarios over the built program and real peers: one file each, named as a sentence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where it cannot go on"
)]

mod common;

mod a_reference_peer_and_ours_stay_equal;
mod cat_writes_what_opentimelineio_writes;
mod fold_reaches_the_golden_states;
mod many_peers_edit_at_once_and_agree;
