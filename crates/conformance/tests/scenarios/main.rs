//! Scenarios over the built program and real peers: one file each, named as a sentence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where it cannot go on"
)]

mod common;

mod cat_writes_what_opentimelineio_writes;
mod fold_reaches_the_golden_states;
mod many_peers_edit_at_once_and_agree;
