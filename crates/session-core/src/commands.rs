//! Carrying out commands: checked whole first, then made into operations or view messages.

mod annotate;
mod annotation_track;
mod carriage;
mod clip_timeline;
mod draft;
mod lookup;
mod note;
mod property;
mod roles;
mod structure;
mod sync_event;
mod timelines;
mod undo;
mod view;

pub use carriage::is_unreadable_elsewhere;
pub(crate) use carriage::{newer_schema_in, travels_as_set, unreadable_elsewhere, without_children};
pub(crate) use draft::{Draft, set_timestamp};
use lossless_json::{Object, Value};

use crate::clock::Now;
use crate::command::{Command, Reply};
use crate::discovery::Phase;
use crate::error::CommandError;
use crate::output::Output;
use crate::peer::Peer;
use crate::roles::Group;

impl Peer {
    /// Carries out a command. The answer comes as [`Output::Reply`] with the same `id`, after what it sent. A
    /// command that is refused has sent nothing and changed nothing.
    pub fn command(&mut self, now: Now, id: u64, command: Command) {
        self.now = now;
        let result = self.carry_out(command, now);
        self.output(Output::Reply { id, result });
    }

    fn carry_out(&mut self, command: Command, now: Now) -> Result<Reply, CommandError> {
        if command == Command::State {
            return Ok(self.state_reply());
        }
        self.may_take_part()?;
        match command {
            Command::SetProperty { target_uuid, path, value } => {
                self.set_property(&target_uuid, &path, value, now)
            }
            Command::InsertChild { parent_uuid, index, child_data } => {
                self.insert_child(&parent_uuid, index, child_data, now)
            }
            Command::MoveChild { parent_uuid, child_uuid, to_index } => {
                self.move_child(&parent_uuid, &child_uuid, to_index, now)
            }
            Command::RemoveChild { parent_uuid, child_uuid } => {
                self.remove_child(&parent_uuid, &child_uuid, now)
            }
            Command::AddTimeline { timeline } => self.add_timeline(timeline, now),
            Command::RenameTimeline { timeline_guid, name } => {
                self.rename_timeline(&timeline_guid, name, now)
            }
            Command::RemoveTimeline { timeline_guid } => self.remove_timeline(&timeline_guid, now),
            Command::ReplaceTimeline { timeline_guid, timeline } => {
                self.replace_timeline(&timeline_guid, timeline, now)
            }
            Command::Annotate { clip_guid, frame, events } => self.annotate(&clip_guid, frame, events, now),
            Command::ReplaceAnnotation { annotation_clip_guid, commands } => {
                self.replace_annotation(&annotation_clip_guid, commands, now)
            }
            Command::Note(note) => self.write_note(&note, now),
            Command::Play { frame } => self.set_playing(true, frame, now),
            Command::Pause { frame } => self.set_playing(false, frame, now),
            Command::Seek { frame, rate } => self.seek(frame, rate, now),
            Command::Select { clip_guid, view_mode, timeline_guid } => {
                self.select(clip_guid, view_mode, timeline_guid, now)
            }
            Command::Playback { fields } => self.change_playback(fields, now),
            Command::Display { fields } => self.change_display(&fields, now),
            Command::PartialAnnotation { clip_guid, frame, fps, events } => {
                self.show_partial(&clip_guid, frame, fps, events)
            }
            Command::SetPeerRole { user, peer_guid, role } => self.set_peer_role(&user, peer_guid, role, now),
            Command::Undo => self.take_back(now),
            Command::Redo => self.do_again(now),
            Command::State => Ok(self.state_reply()),
        }
    }

    /// Whether this peer may do anything at all now.
    fn may_take_part(&self) -> Result<(), CommandError> {
        if self.observes() {
            return Err(CommandError::ObserverOnly);
        }
        if self.phase != Phase::Synced {
            return Err(CommandError::NotSynced(self.phase.status().as_str()));
        }
        Ok(())
    }

    /// Whether this participant's role permits things of a group.
    pub(crate) fn permitted(&self, group: Group) -> Result<(), CommandError> {
        let role = self.own_role;
        role.permits(group).then_some(()).ok_or(CommandError::Role { role, group })
    }

    /// The whole state: timelines and their order, the digest, the view, who takes part.
    fn state_reply(&self) -> Reply {
        let mut state = match self.log.state().to_value() {
            Value::Object(state) => state,
            _ => Object::new(),
        };
        let clip_timelines = self.log.state().clip_timelines().iter();
        state.insert(
            "clip_timelines",
            clip_timelines.map(|(clip, guid)| (&**clip, &**guid)).collect::<Object>(),
        );
        state.insert("digest", self.log.digest());
        state.insert("operations", self.log.len() as u64);
        state.insert("status", self.phase.status().as_str());
        state.insert("active_timeline_guid", self.view.active_timeline().map(|guid| &**guid));
        state.insert("selected_clip_guid", self.view.selected_clip());
        state.insert("playback_state", self.view.playback());
        state.insert("display_state", self.view.display());
        state.insert("source_guid", &*self.own);
        state.insert("role", self.own_role.as_str());
        state.insert("master_guid", self.mastership.guid().map(|guid| &**guid));
        state.insert("host_guid", self.host.as_deref());
        let peers = self.roster.iter().map(|(guid, entry)| (&**guid, entry.to_object()));
        state.insert("peers", peers.collect::<Object>());
        Reply { state: Some(Value::Object(state)), ..Reply::default() }
    }
}
