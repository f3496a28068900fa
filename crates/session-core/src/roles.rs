//! What a participant may ever do, for messages that are no operations (legacy-protocol §2.8).

pub use session_log::{Group, Role};
use session_wire::{Message, OperationFields, PlaybackSettings};

use crate::leases::Channel;

/// The groups of a message about what is looked at, or of a claim; none where anybody may send it. `active` is the
/// timeline that everybody sees: naming another one chooses what everybody sees.
pub(crate) fn groups_of(
    message: &Message,
    operation: Option<&OperationFields>,
    active: Option<&str>,
) -> Vec<Group> {
    match message {
        Message::PlaybackSettings(body) => groups_of_playback(body, operation, active),
        Message::DisplaySettings(_) => vec![Group::Display],
        Message::Selection(_) => vec![Group::Visibility],
        Message::PartialAnnotation(_) => vec![Group::Annotation],
        Message::ClaimOwnership(body) => {
            Channel::parse(&body.category).map(group_of_channel).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What is meant counts, not what a sender of ours repeats for existing peers.
fn groups_of_playback(
    body: &PlaybackSettings,
    operation: Option<&OperationFields>,
    active: Option<&str>,
) -> Vec<Group> {
    let asserts = operation.map_or(&[][..], |operation| &operation.asserts);
    let means = |field: &str| asserts.is_empty() || asserts.iter().any(|asserted| asserted == field);
    let elsewhere = match (body.timeline_guid.as_deref(), active) {
        (Some(named), Some(active)) => named != active,
        _ => false,
    };
    let looks = (body.view_mode.is_some() && means("view_mode"))
        || (body.clip_guid.is_some() && means("clip_guid"))
        || (elsewhere && means("timeline_guid"));
    let moves = (body.playing.is_some() && means("playing"))
        || (body.current_time.is_some() && means("current_time"))
        || (body.playback_mode.is_some() && means("playback_mode"))
        || (body.looping.is_some() && means("looping"));
    // One that means neither repeats all fields to existing peers: whoever may do neither has nothing to repeat.
    let groups = [(looks, Group::Visibility), (moves || !looks, Group::Position)];
    groups.into_iter().filter(|(meant, _)| *meant).map(|(_, group)| group).collect()
}

const fn group_of_channel(channel: Channel) -> Group {
    match channel {
        Channel::Position => Group::Position,
        Channel::Display => Group::Display,
        Channel::Structure => Group::Structure,
        Channel::Visibility => Group::Visibility,
    }
}
