//! W: the spellings of the ASWF page "OTIO-Based Synchronized Review Messaging", in its two drafts.

use lossless_json::{Object, Value};

use super::timestamp::seconds_since_1970;
use super::{Dialect, Nested};
use crate::message::families;

/// The marks of the page on an envelope; they stay on it when it is relayed.
const MARKS: [&str; 2] = ["live_schema", "live_review_schema"];

/// Moves the payload of the page's envelope to where everybody else has it.
pub(super) fn rename_payload(outer: &mut Object) {
    for key in ["live_payload", "live_review_payload"] {
        if !outer.contains_key("payload")
            && let Some(payload) = outer.remove(key)
        {
            outer.insert("payload", payload);
        }
    }
}

/// The page prints `events` once.
pub(super) fn mend_event_key(command: &mut Object) {
    if !command.contains_key("event")
        && let Some(event) = command.remove("events")
    {
        command.insert("event", event);
    }
}

/// Spells a message of the page as the reference does, as far as it maps; everything that does not stays as it is.
pub(super) fn translate(outer: &mut Object, nested: &mut Nested) {
    let marked = MARKS.iter().any(|mark| outer.contains_key(mark));
    let translated = translate_message(nested);
    if !marked && translated {
        outer.insert(MARKS[0], "SyncReview.1");
    }
    if marked || translated {
        nested.dialect = Dialect::Wiki;
    }
}

/// Whether the family and event were of the page and have a counterpart.
fn translate_message(nested: &mut Nested) -> bool {
    let Some((family, event, reshape)) = counterpart(&nested.family, &nested.event) else { return false };
    let time = nested.body.get("timestamp").or_else(|| nested.command_extra.get("timestamp"));
    let time = time.and_then(Value::as_str).and_then(seconds_since_1970);
    let body = std::mem::take(&mut nested.body);
    match reshape(body, time) {
        Ok(body) => {
            (nested.family, nested.event) = (family.to_owned(), event.to_owned());
            nested.body = Value::Object(body);
            true
        }
        Err(body) => {
            nested.body = body;
            false
        }
    }
}

/// Turns a body of the page and its time into one of the reference; gives it back where it is of another shape.
type Reshape = fn(Value, Option<f64>) -> Result<Object, Value>;

/// Family, event and body in the reference's spelling.
fn counterpart(family: &str, event: &str) -> Option<(&'static str, &'static str, Reshape)> {
    Some(match (family, event) {
        ("LiveSession.1", "NewPresenter") | ("LIVE_SESSION_1.0", "NEW_PRESENTER") => {
            (families::LIVE_SESSION, "NEW_PRESENTER", |body, _| word(body, "presenter_hash"))
        }
        ("LiveSession.1", "NewParticipants") | ("LIVE_SESSION_1.0", "NEW_PARTICIPANTS") => {
            (families::LIVE_SESSION, "NEW_PARTICIPANT", |body, _| empty(body))
        }
        ("SharedKey.1", "Get") | ("SHAREDKEY_1.0", "GET") => {
            (families::LIVE_SESSION, "SHARED_KEY_REQUEST", |body, _| word(body, "key"))
        }
        ("SharedKey.1", "Set") | ("SHAREDKEY_1.0", "SET") => {
            (families::LIVE_SESSION, "SHARED_KEY_RESPONSE", |body, _| word(body, "key"))
        }
        ("OtioSession.1", "Get") | ("OTIO_SESSION_1.0", "GET") => {
            (families::LIVE_SESSION, "STATE_REQUEST", |body, _| empty(body))
        }
        ("OtioSession.1", "Set") | ("OTIO_SESSION_1.0", "SET") => {
            (families::LIVE_SESSION, "STATE_SNAPSHOT", snapshot)
        }
        ("PlaybackSettings.1", "Set") => (families::PLAYBACK_SETTINGS, "SET", playback),
        ("PlaybackSettings.1", "SetCurrentFrame") => (families::PLAYBACK_SETTINGS, "SET", |body, time| {
            renamed(body, time, "start_time", "current_time")
        }),
        ("PlaybackSettings.1", "Play") => {
            (families::PLAYBACK_SETTINGS, "SET", |body, time| renamed(body, time, "value", "playing"))
        }
        ("PlaybackSettings.1", "Loop") => {
            (families::PLAYBACK_SETTINGS, "SET", |body, time| renamed(body, time, "value", "looping"))
        }
        _ => return None,
    })
}

/// A body that is one word on the page and one field in the reference.
fn word(body: Value, field: &str) -> Result<Object, Value> {
    match body {
        Value::Object(body) => Ok(body),
        Value::String(_) => Ok([(field, body)].into_iter().collect()),
        other => Err(other),
    }
}

/// A body that says nothing, or nothing that the reference has a field for.
fn empty(body: Value) -> Result<Object, Value> {
    match body {
        Value::Object(body) => Ok(body),
        Value::Null => Ok(Object::new()),
        other => Err(other),
    }
}

/// `OtioSession.1 / Set`: one timeline, and blocks of applications that stay unknown fields. A timeline without a
/// GUID stands under the empty one, and the receiver mints it.
fn snapshot(body: Value, time: Option<f64>) -> Result<Object, Value> {
    let taken =
        ["timelines", "active_timeline_guid", "snapshot_timestamp"].iter().any(|key| body.get(key).is_some());
    if taken || body.get("otio").and_then(Value::as_object).is_none() {
        return Err(body);
    }
    let Value::Object(mut body) = body else { return Err(body) };
    let timeline = body.remove("otio").unwrap_or_default();
    let guid =
        timeline.at(&["metadata", "sync", "guid"]).and_then(Value::as_str).unwrap_or_default().to_owned();
    let timelines: Object = [(guid.as_str(), timeline)].into_iter().collect();
    body.insert("timelines", timelines);
    body.insert("active_timeline_guid", guid);
    if let Some(time) = time {
        body.insert("snapshot_timestamp", time);
    }
    Ok(body)
}

/// `PlaybackSettings.1 / Set`: the fields are spelled alike.
fn playback(body: Value, time: Option<f64>) -> Result<Object, Value> {
    let Value::Object(mut body) = body else { return Err(body) };
    if let Some(time) = time
        && !body.contains_key("sync_timestamp")
    {
        body.insert("sync_timestamp", time);
    }
    Ok(body)
}

/// One field that the page spells otherwise.
fn renamed(body: Value, time: Option<f64>, from: &str, to: &str) -> Result<Object, Value> {
    if !body.as_object().is_some_and(|body| body.contains_key(from) && !body.contains_key(to)) {
        return Err(body);
    }
    let mut body = playback(body, time)?;
    if let Some(value) = body.remove(from) {
        body.insert(to, value);
    }
    Ok(body)
}
