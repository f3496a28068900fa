//! A state from its text.

use std::sync::Arc;

use lossless_json::{Limits, Object, Value, parse};
use otio_document::{Document, NodeId, Reading};
use session_wire::split_frontier_key;

use super::Gaps;
use super::covered::Covered;
use super::existing::Existing;
use super::runs::Runs;
use super::writing::{id_of, text_of};
use crate::limits::RUNS_REMEMBERED_MAX;
use crate::nodes::Nodes;
use crate::replica::{Alias, TimelineReplica};
use crate::roles::Roles;
use crate::state::SessionState;
use crate::{Guid, OperationId, Stamp};

/// A state that a log can start from: that of another replica at a checkpoint.
#[derive(Debug)]
pub struct SettledState {
    pub(crate) id: String,
    pub(crate) upto: Stamp,
    pub(crate) covered: Covered,
    pub(crate) state: SessionState,
}

/// Why a text is no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It is no JSON.
    #[error("the settled state is no JSON: {0}")]
    Json(String),
    /// It cannot be unpacked.
    #[error("the settled state cannot be unpacked: {0}")]
    Packed(String),
    /// It is larger than is read.
    #[error("the settled state has {bytes} bytes; at most {max} are taken")]
    TooLarge {
        /// How many.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Something is missing or of another type.
    #[error("the settled state has no usable {0}")]
    Malformed(&'static str),
    /// A timeline or object in it cannot be read.
    #[error("the settled state holds an object that cannot be read: {0}")]
    Unreadable(String),
    /// It reads as a state that is written otherwise.
    #[error("the settled state does not say what it is: it reads as {found}, not {expected}")]
    OtherState {
        /// The id that it came under.
        expected: String,
        /// The id of what it reads as.
        found: String,
    },
}

type Read<T> = Result<T, StateError>;

impl SettledState {
    /// Reads the state of that id from what [`SessionLog::settled_text`](crate::SessionLog::settled_text) wrote.
    ///
    /// # Errors
    /// See [`StateError`]; a text that reads as another state than the one of that id is refused.
    pub fn read(id: &str, text: &str) -> Result<Self, StateError> {
        let parsed = parse(text.as_bytes(), &Limits::default())
            .map_err(|error| StateError::Json(error.to_string()))?;
        let mut whole = object(parsed.value, "object")?;
        let origins = origins(take(&mut whole, "origins")?)?;
        let upto = stamp(&take(&mut whole, "upto")?, &origins)?.ok_or(StateError::Malformed("upto"))?;
        let gaps = Gaps::of_value(&take(&mut whole, "gaps")?).ok_or(StateError::Malformed("gaps"))?;
        let runs = runs(&take(&mut whole, "runs")?, gaps, &take(&mut whole, "forgotten")?)?;
        let existing = Existing::of_value(&take(&mut whole, "existing")?);
        let covered = Covered { runs, existing: existing.ok_or(StateError::Malformed("existing"))? };
        let mut state =
            SessionState { roles: roles(&take(&mut whole, "roles")?)?, ..SessionState::default() };
        let reader = TimelineReader { origins: &origins };
        for timeline in array(take(&mut whole, "timelines")?, "timelines")? {
            let (replica, _) = reader.read(object(timeline, "timeline")?, &mut state)?;
            state.order.push(replica.guid.clone());
            state.timelines.insert(replica.guid.clone(), replica);
        }
        for grave in array(take(&mut whole, "graves")?, "graves")? {
            let (replica, by) = reader.read(object(grave, "grave")?, &mut state)?;
            state.bury_timeline(replica, &by.ok_or(StateError::Malformed("by"))?);
        }
        for (clip, guid) in texts(take(&mut whole, "clip_timelines")?, "clip_timelines")? {
            state.clip_timelines.insert(clip, guid);
        }
        let found = id_of(&text_of(&state, &upto, &covered));
        if found != id {
            return Err(StateError::OtherState { expected: id.to_owned(), found });
        }
        Ok(Self { id: found, upto, covered, state })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The last place that it holds.
    pub const fn upto(&self) -> &Stamp {
        &self.upto
    }
}

impl SessionState {
    /// Notes everything that a timeline holds, what was removed from it included.
    fn hold_whole(&mut self, replica: &TimelineReplica) {
        let tops = std::iter::once(&replica.root).chain(replica.gone.keys());
        for &top in tops {
            for node in replica.document.descend(top) {
                if let Some(guid) = replica.document.guid(node) {
                    self.hold(guid.into(), &replica.guid);
                }
            }
        }
        self.hold(replica.guid.clone(), &replica.guid);
        for alias in replica.aliases.keys() {
            self.hold(alias.clone(), &replica.guid);
        }
    }
}

/// Reads one timeline; stamps name their source and run by number.
struct TimelineReader<'a> {
    origins: &'a [(Guid, Arc<str>)],
}

impl TimelineReader<'_> {
    /// The timeline, and what took it away where it lies in a grave.
    fn read(
        &self,
        mut whole: Object,
        state: &mut SessionState,
    ) -> Read<(Box<TimelineReplica>, Option<Stamp>)> {
        let by = stamp(&take(&mut whole, "by")?, self.origins)?;
        let guid = text(&take(&mut whole, "guid")?, "guid")?;
        let mapped = stamp(&take(&mut whole, "mapped")?, self.origins)?;
        let document = Document::from_value(take(&mut whole, "document")?, Reading::Exact)
            .map_err(|error| StateError::Unreadable(error.to_string()))?;
        let mut replica = TimelineReplica::of_document(&guid, document, mapped)
            .map_err(|error| StateError::Unreadable(error.to_string()))?;
        let mut nodes: Vec<NodeId> = replica.document.descend(replica.root).collect();
        for removed in array(take(&mut whole, "removed")?, "removed")? {
            self.bury(&mut replica, &mut nodes, object(removed, "removed")?)?;
        }
        replica.nodes = named(&replica, &nodes);
        let at = |number: Option<&Value>| node_at(&nodes, number);
        for (guid, bearers) in object(take(&mut whole, "bearers")?, "bearers")? {
            let bearers = array(bearers, "bearers")?;
            let bearers: Vec<NodeId> = bearers.iter().map(|number| at(Some(number))).collect::<Read<_>>()?;
            replica.nodes.set(guid.as_str().into(), &bearers);
        }
        for entry in array(take(&mut whole, "placed")?, "placed")? {
            let (node, placed) = pair(&entry, "placed")?;
            replica.placed.insert(at(Some(node))?, self.required(placed)?);
        }
        for entry in array(take(&mut whole, "tags")?, "tags")? {
            let (node, tags) = pair(&entry, "tags")?;
            let tags = tags.as_array().ok_or(StateError::Malformed("tags"))?;
            let tags = tags.iter().map(|tag| stamp(tag, self.origins)).collect::<Read<_>>()?;
            replica.tags.insert(at(Some(node))?, tags);
        }
        for entry in array(take(&mut whole, "noted")?, "noted")? {
            let (node, noted) = pair(&entry, "noted")?;
            let noted = noted.as_object().ok_or(StateError::Malformed("noted"))?;
            let noted = noted.iter().map(|(path, by)| Ok((path.to_owned(), self.required(by)?)));
            replica.noted.insert(at(Some(node))?, noted.collect::<Read<_>>()?);
        }
        for (name, alias) in object(take(&mut whole, "aliases")?, "aliases")?.iter() {
            let (of, until) = pair(alias, "aliases")?;
            let alias = Alias { of: text(of, "aliases")?, until: stamp(until, self.origins)? };
            replica.aliases.insert(name.into(), alias);
        }
        replica.number = state.next_number();
        state.hold_whole(&replica);
        Ok((Box::new(replica), by))
    }

    fn required(&self, value: &Value) -> Read<Stamp> {
        stamp(value, self.origins)?.ok_or(StateError::Malformed("stamp"))
    }

    /// Brings a removed object, and puts its tombstone where it lay.
    fn bury(&self, replica: &mut TimelineReplica, nodes: &mut Vec<NodeId>, mut removed: Object) -> Read<()> {
        let unreadable = |error: &dyn ToString| StateError::Unreadable(error.to_string());
        let top =
            replica.document.adopt(take(&mut removed, "object")?).map_err(|error| unreadable(&error))?;
        match take(&mut removed, "grave")? {
            Value::Null => {}
            grave => {
                let (parent, place) = pair(&grave, "grave")?;
                let parent = node_at(nodes, Some(parent))?;
                let place = place.as_u64().and_then(|place| usize::try_from(place).ok());
                let place = place.filter(|&place| place <= replica.places(parent));
                replica.put_back(parent, place.ok_or(StateError::Malformed("grave"))?, top, true);
            }
        }
        replica.gone.insert(top, self.required(&take(&mut removed, "gone")?)?);
        nodes.extend(replica.document.descend(top));
        Ok(())
    }
}

/// The nodes of each GUID in the order of their numbers; the timeline also goes by the GUID that the session knows.
fn named(replica: &TimelineReplica, nodes: &[NodeId]) -> Nodes {
    let mut named = Nodes::default();
    for &node in nodes {
        if let Some(guid) = replica.document.guid(node) {
            named.add(guid.into(), node);
        }
    }
    if replica.document.guid(replica.root) != Some(&replica.guid) {
        named.add(replica.guid.clone(), replica.root);
    }
    named
}

fn node_at(nodes: &[NodeId], number: Option<&Value>) -> Read<NodeId> {
    let number = number.and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    number.and_then(|number| nodes.get(number).copied()).ok_or(StateError::Malformed("number of a node"))
}

fn take(object: &mut Object, key: &'static str) -> Read<Value> {
    object.remove(key).ok_or(StateError::Malformed(key))
}

fn object(value: Value, what: &'static str) -> Read<Object> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(StateError::Malformed(what)),
    }
}

fn array(value: Value, what: &'static str) -> Read<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(StateError::Malformed(what)),
    }
}

fn text(value: &Value, what: &'static str) -> Read<Guid> {
    value.as_str().map(Guid::from).ok_or(StateError::Malformed(what))
}

fn texts(value: Value, what: &'static str) -> Read<Vec<(Guid, Guid)>> {
    let pairs = object(value, what)?;
    pairs.iter().map(|(key, value)| Ok((key.into(), text(value, what)?))).collect()
}

fn pair<'a>(value: &'a Value, what: &'static str) -> Read<(&'a Value, &'a Value)> {
    match value.as_array() {
        Some([first, second]) => Ok((first, second)),
        _ => Err(StateError::Malformed(what)),
    }
}

fn origins(value: Value) -> Read<Vec<(Guid, Arc<str>)>> {
    let origins = array(value, "origins")?;
    origins
        .iter()
        .map(|origin| {
            let (source, run) = pair(origin, "origins")?;
            Ok((text(source, "origins")?, text(run, "origins")?))
        })
        .collect()
}

fn stamp(value: &Value, origins: &[(Guid, Arc<str>)]) -> Read<Option<Stamp>> {
    if value.is_null() {
        return Ok(None);
    }
    let malformed = StateError::Malformed("stamp");
    let Some([hlc_us, origin, seq]) = value.as_array() else { return Err(malformed) };
    let origin = origin.as_u64().and_then(|number| origins.get(usize::try_from(number).ok()?));
    let (Some(hlc_us), Some((source, run)), Some(seq)) = (hlc_us.as_u64(), origin, seq.as_u64()) else {
        return Err(malformed);
    };
    Ok(Some(Stamp { hlc_us, id: OperationId { source: source.clone(), run: run.clone(), seq } }))
}

fn runs(value: &Value, gaps: Gaps, forgotten_us: &Value) -> Read<Runs> {
    let malformed = StateError::Malformed("runs");
    let forgotten_us = forgotten_us.as_u64().ok_or(StateError::Malformed("forgotten"))?;
    let Some(runs) = value.as_object().filter(|runs| runs.len() <= RUNS_REMEMBERED_MAX) else {
        return Err(malformed);
    };
    let entries = runs.iter().map(|(key, entry)| {
        let (source, run) = split_frontier_key(key)?;
        let (seq, clock_us) = pair(entry, "runs").ok()?;
        Some((source.into(), run.into(), seq.as_u64()?, clock_us.as_u64()?))
    });
    let entries: Option<Vec<_>> = entries.collect();
    Ok(Runs::of(entries.ok_or(malformed)?, gaps, forgotten_us))
}

fn roles(value: &Value) -> Read<Roles> {
    let given = |key: &str| -> Option<Vec<(String, String)>> {
        let given = value.get(key)?.as_object()?;
        given.iter().map(|(who, role)| Some((who.to_owned(), role.as_str()?.to_owned()))).collect()
    };
    let default_role = value.get("default_role").and_then(Value::as_str);
    match (default_role, given("of_users"), given("of_peers")) {
        (Some(default_role), Some(of_users), Some(of_peers)) => {
            Ok(Roles::of_bound(default_role, of_users, of_peers))
        }
        _ => Err(StateError::Malformed("roles")),
    }
}
