//! Scenarios over the built program and real peers: one file each, named as a sentence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where it cannot go on"
)]

mod common;

mod a_broker_that_goes_away_costs_nothing;
mod a_recording_replayed_is_the_same_state;
mod a_reference_peer_and_ours_stay_equal;
mod cat_writes_what_opentimelineio_writes;
mod fold_reaches_the_golden_states;
mod hostile_messages_are_refused_and_the_session_goes_on;
mod many_peers_edit_at_once_and_agree;
mod newer_schemas_are_kept_from_a_reference_peer;
mod the_doctor_names_who_is_there;
