//! Whole sessions, told as scenarios.

#![allow(unreachable_pub, reason = "modules of a test see each other")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

mod a_command_that_cannot_be_carried_out_says_why_and_sends_nothing;
mod a_join_is_confirmed;
mod a_killed_peer_comes_back;
mod a_late_joiner_gets_everything;
mod a_mixed_session_goes_on_without_its_master;
mod a_partition_heals_within_three_heartbeats;
mod an_existing_peer_joins_ours;
mod annotations_stand_where_the_reference_looks_for_them;
mod applying_a_remote_message_sends_nothing;
mod existing_peers_are_given_the_state_again;
mod existing_peers_are_put_right;
mod existing_peers_without_a_usable_time_get_a_stamp;
mod hostile_messages_do_no_harm;
mod malicious_peers_cost_a_bounded_share_and_split_nobody;
mod mastership_cannot_be_taken_split_or_wiped;
mod newer_schemas_are_kept_from_existing_peers;
mod old_operations_are_let_go_together;
mod ours_joins_an_existing_peer;
mod random_edits_in_random_order_end_equal;
mod roles_are_kept_by_everybody;
mod two_hosts_meet;
mod undo_takes_back_ones_own_work;
mod view_state_is_shared;
