//! Commands on what everybody looks at. A claim of the channel's lease goes first, for existing peers.

use std::sync::Arc;

use lossless_json::{Object, Value};
use session_log::Guid;
use session_wire::{ClaimOwnership, Envelope, Message, OperationFields, PartialAnnotation};

use crate::clock::{Now, seconds};
use crate::command::Reply;
use crate::ephemeral::{display_message, playback_message};
use crate::error::CommandError;
use crate::leases::Channel;
use crate::peer::Peer;
use crate::roles::Group;
use crate::view::ViewStamp;

/// Frames a second where nothing says otherwise.
const RATE_DEFAULT: f64 = 24.0;

impl Peer {
    pub(crate) fn set_playing(
        &mut self,
        playing: bool,
        frame: Option<f64>,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Position)?;
        let mut fields = Object::new();
        fields.insert("playing", playing);
        if let Some(frame) = frame {
            fields.insert("current_time", self.time(frame, None));
        }
        self.assert_playback(&[Channel::Position], fields, now)
    }

    pub(crate) fn seek(&mut self, frame: f64, rate: Option<f64>, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Position)?;
        let mut fields = Object::new();
        fields.insert("playing", self.view.playing());
        fields.insert("current_time", self.time(frame, rate));
        self.assert_playback(&[Channel::Position], fields, now)
    }

    pub(crate) fn select(
        &mut self,
        clip: Option<String>,
        mode: Option<String>,
        timeline: Option<String>,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Visibility)?;
        if let Some(clip) = &clip {
            let found = self.find("the clip", clip)?;
            if found.document.is_timeline(found.node) || found.document.is_composition(found.node) {
                return Err(found.wrong_kind("a clip"));
            }
        }
        if let Some(timeline) = &timeline {
            self.find_timeline(timeline)?;
        }
        let derived = if clip.is_some() { "source" } else { "sequence" };
        let mode = mode.unwrap_or_else(|| derived.to_owned());
        let mut fields = Object::new();
        fields.insert("view_mode", mode);
        fields.insert("clip_guid", clip);
        if let Some(timeline) = timeline {
            fields.insert("timeline_guid", timeline);
        }
        self.assert_playback(&[Channel::Visibility], fields, now)
    }

    /// Asserts playback fields as they come; what looks and what moves are two permissions and two channels.
    pub(crate) fn change_playback(&mut self, fields: Object, now: Now) -> Result<Reply, CommandError> {
        if fields.is_empty() {
            let expected =
                "at least one of playing, current_time, playback_mode, view_mode, clip_guid, timeline_guid";
            return Err(CommandError::MissingField { command: "playback", field: "playing", expected });
        }
        let says =
            |keys: &[&str]| keys.iter().any(|key| fields.get(key).is_some_and(|value| !value.is_null()));
        let mut channels = Vec::new();
        if says(&["view_mode", "clip_guid"]) {
            self.permitted(Group::Visibility)?;
            channels.push(Channel::Visibility);
        }
        if channels.is_empty() || says(&["playing", "current_time", "playback_mode", "looping"]) {
            self.permitted(Group::Position)?;
            channels.push(Channel::Position);
        }
        if playback_message(fields.clone()).is_none() {
            return Err(CommandError::Document {
                what: "playback",
                reason: "a field has the wrong kind".into(),
            });
        }
        self.assert_playback(&channels, fields, now)
    }

    /// Asserts fields and sends the whole of playback as it then stands: existing peers replace theirs by it and
    /// would lose what is absent. Only the time is left out where it runs on by itself; it is known where it starts.
    fn assert_playback(
        &mut self,
        channels: &[Channel],
        mut fields: Object,
        now: Now,
    ) -> Result<Reply, CommandError> {
        let stamp_us = self.clock.tick(now.wall_us);
        if fields.get("timeline_guid").is_none()
            && let Some(active) = self.view.active_timeline()
        {
            fields.insert("timeline_guid", &**active);
        }
        let own = Guid::clone(&self.own);
        let stamp = ViewStamp::of(Some(seconds(stamp_us)), &own, now);
        let ran = self.view.playing();
        self.view.assert_playback(&fields, &stamp);
        let mut whole = self.view.playback();
        if ran && self.view.playing() && fields.get("current_time").is_none() {
            whole.remove("current_time");
        }
        whole.insert("sync_timestamp", seconds(stamp_us));
        let message = playback_message(whole).ok_or_else(|| CommandError::Document {
            what: "playback",
            reason: "a field has the wrong kind".into(),
        })?;
        self.claim(channels, now);
        self.send_view(message, &fields);
        self.after_change(now);
        Ok(Reply::default())
    }

    pub(crate) fn change_display(&mut self, fields: &Object, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Display)?;
        check_display(fields)?;
        let stamp_us = self.clock.tick(now.wall_us);
        let own = Guid::clone(&self.own);
        self.view.assert_display(fields, &ViewStamp::of(Some(seconds(stamp_us)), &own, now));
        let mut whole = self.view.display();
        whole.insert("sync_timestamp", seconds(stamp_us));
        let message = display_message(whole).ok_or_else(|| CommandError::Document {
            what: "display",
            reason: "a field has the wrong kind".into(),
        })?;
        self.claim(&[Channel::Display], now);
        self.send_view(message, fields);
        Ok(Reply::default())
    }

    /// Sends all of a view to those that replace theirs by it, telling peers of ours what is meant.
    fn send_view(&mut self, message: impl Into<Message>, meant: &Object) {
        let asserts = meant.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.to_owned());
        let operation = OperationFields { asserts: asserts.collect(), ..OperationFields::new(&*self.run, 0) };
        let envelope = Envelope::new(self.config.session.as_str(), &*self.own, message);
        self.send_envelope(Arc::new(envelope.with_operation(operation)), None);
    }

    pub(crate) fn show_partial(
        &mut self,
        clip: &str,
        frame: f64,
        fps: f64,
        events: Vec<Value>,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Annotation)?;
        self.find("the clip", clip)?;
        self.send(PartialAnnotation::new(clip, frame, fps, events), None);
        Ok(Reply::default())
    }

    /// Claims channels before sending on them.
    pub(super) fn claim(&mut self, channels: &[Channel], now: Now) {
        let own = Guid::clone(&self.own);
        for &channel in channels {
            let ts = now.wall_seconds();
            self.leases.claim(channel, &own, ts, now);
            self.leases.refresh(channel, &own, now);
            self.send(ClaimOwnership::new(channel.as_str(), &*own, ts), None);
        }
    }

    /// A frame as a `RationalTime` at a rate, else at that of playback so far.
    fn time(&self, frame: f64, rate: Option<f64>) -> Object {
        let known = self.view.playback_field("current_time").and_then(|time| time.get("rate")?.as_f64());
        let mut time = Object::new();
        time.insert("OTIO_SCHEMA", "RationalTime.1");
        time.insert("value", frame);
        time.insert("rate", rate.or(known).unwrap_or(RATE_DEFAULT));
        time
    }
}

/// The known display fields have their kinds; others are anybody's.
fn check_display(fields: &Object) -> Result<(), CommandError> {
    let wrong = |field: &'static str, expected: &'static str, value: &Value| {
        let found = value.kind().to_owned();
        Err(CommandError::WrongField { command: "display", field, expected, found })
    };
    if fields.is_empty() {
        return Err(CommandError::MissingField {
            command: "display",
            field: "zoom",
            expected: "at least one of pan, zoom, exposure, channel, annotations_visible",
        });
    }
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let numbers =
            |value: &Value| value.as_array().is_some_and(|xy| xy.len() == 2 && xy.iter().all(is_finite));
        match key {
            "pan" if !numbers(value) => return wrong("pan", "two numbers", value),
            "zoom" if !is_finite(value) => return wrong("zoom", "a number", value),
            "exposure" if !is_finite(value) => return wrong("exposure", "a number", value),
            "channel" if value.as_str().is_none() => return wrong("channel", "RGBA, R, G, B or A", value),
            "annotations_visible" if value.as_bool().is_none() => {
                return wrong("annotations_visible", "true or false", value);
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_finite(value: &Value) -> bool {
    value.as_f64().is_some_and(f64::is_finite)
}
