//! Our own engine: envelopes of JSON into a session log.

use std::sync::Arc;

use lossless_json::{Limits, Value, parse};
use otio_document::{Document, NodeId};
use session_log::{Operation, Outcome, SessionLog};
use session_wire::{
    AddTimeline, Anchor, Envelope, InsertChild, Message, MoveChild, OperationFields, RemoveChild, SetProperty,
};

use super::site::{Edit, Site};
use crate::Failure;
use crate::timeline::{self, guid};

const SESSION: &str = "dailies";
const TIMELINE: &str = "6f1d7c02-58b4-4a39-9d0e-2f5f0c9b7a11";
const RUN: &str = "9f3c61d07a";
/// A clock of microseconds has come so far in 2026.
const NOW_US: u64 = 1_795_251_807_662_459;

pub(crate) struct Ours {
    log: SessionLog,
    track: String,
    source: String,
    seq: u64,
}

impl Ours {
    fn named(number: u32, log: SessionLog) -> Result<Self, Failure> {
        let document = log.state().timeline(TIMELINE).ok_or("no timeline")?;
        let track = document.descend(document.root().ok_or("no root")?).nth(2).ok_or("no track")?;
        let track = document.guid(track).ok_or("no GUID")?.to_owned();
        Ok(Self { log, track, source: guid(1_000_000 + number), seq: 0 })
    }

    fn track(&self) -> Result<(&Document, NodeId), Failure> {
        let (timeline, track) = self.log.state().locate(&self.track).ok_or("no track")?;
        Ok((self.log.state().timeline(&timeline).ok_or("no timeline")?, track))
    }

    fn name_at(&self, at: u32) -> Result<&str, Failure> {
        let (document, track) = self.track()?;
        let child = document.children(track).get(at as usize).ok_or("no such place")?;
        document.guid(child).ok_or_else(|| "no GUID".into())
    }

    /// What a peer of ours says for an edit: for a place its neighbours too.
    fn author(&mut self, time: u64, edit: Edit) -> Result<Envelope, Failure> {
        let us = NOW_US + time * 1_000;
        #[expect(clippy::cast_precision_loss, reason = "as on the wire")]
        let seconds = us as f64 / 1e6;
        self.seq += 1;
        let mut fields = OperationFields::new(RUN, self.seq);
        let message: Message = match edit {
            Edit::Set { clip, take } => {
                SetProperty::new(guid(clip), "metadata/status", format!("take {take}").into(), seconds).into()
            }
            Edit::Move { from, to } => {
                // The index counts without the child.
                let index = |at: u32| at + u32::from(at >= from);
                (fields.after, fields.before) = self.between(to.checked_sub(1).map(index), index(to))?;
                MoveChild::new(self.track.as_str(), self.name_at(from)?, i64::from(to), seconds).into()
            }
            Edit::Insert { at, clip } => {
                (fields.after, fields.before) = self.between(at.checked_sub(1), at)?;
                InsertChild::new(self.track.as_str(), i64::from(at), clip_value(clip)?, seconds).into()
            }
            Edit::Remove { at } => RemoveChild::new(self.track.as_str(), self.name_at(at)?, seconds).into(),
        };
        Ok(Envelope::new(SESSION, self.source.as_str(), message).with_operation(fields))
    }

    /// The clips at two indices as neighbours of what is to come between them.
    fn between(&self, left: Option<u32>, right: u32) -> Result<(Option<Anchor>, Option<Anchor>), Failure> {
        let (document, track) = self.track()?;
        let anchor = |at: Option<u32>| {
            let child = at.and_then(|at| document.children(track).get(at as usize));
            Some(child.and_then(|child| document.guid(child)).map_or(Anchor::EDGE, Anchor::beside))
        };
        Ok((anchor(left), anchor(Some(right))))
    }

    fn make(&mut self, time: u64, edit: Edit) -> Result<Vec<u8>, Failure> {
        let envelope = self.author(time, edit)?;
        let bytes = envelope.encode().into_bytes();
        insert(&mut self.log, envelope)?;
        Ok(bytes)
    }
}

pub(crate) fn read(bytes: &[u8]) -> Result<Operation, Failure> {
    let envelope = Arc::new(Envelope::decode(bytes)?);
    Operation::from_envelope(&envelope, 0)?.ok_or_else(|| "no operation".into())
}

fn insert(log: &mut SessionLog, envelope: Envelope) -> Result<(), Failure> {
    let operation = Operation::from_envelope(&Arc::new(envelope), 0)?.ok_or("no operation")?;
    is_new(&log.insert(operation).outcome)
}

fn is_new(outcome: &Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::New { effect: Ok(_), .. } => Ok(()),
        other => Err(format!("an edit did not take: {other:?}").into()),
    }
}

fn clip_value(clip: u32) -> Result<Value, Failure> {
    Ok(parse(timeline::clip(clip).as_bytes(), &Limits::default())?.value)
}

/// A session that has nothing but a timeline, and the bytes that brought it.
pub(crate) fn first_message(clips: u32) -> Result<Vec<u8>, Failure> {
    let value = parse(timeline::of_clips(clips).as_bytes(), &Limits::default())?.value;
    #[expect(clippy::cast_precision_loss, reason = "as on the wire")]
    let message = AddTimeline::new(TIMELINE, value, NOW_US as f64 / 1e6);
    let envelope = Envelope::new(SESSION, guid(1_000_000), message);
    Ok(envelope.with_operation(OperationFields::new(RUN, 1)).encode().into_bytes())
}

impl Site for Ours {
    fn with_clips(count: u32) -> Result<Self, Failure> {
        let mut log = SessionLog::new();
        is_new(&log.insert(read(&first_message(count)?)?).outcome)?;
        Self::named(0, log)
    }

    fn fork(&self, number: u32) -> Result<Self, Failure> {
        let mut log = SessionLog::new();
        for operation in self.log.operations() {
            log.insert(operation.clone());
        }
        Self::named(number, log)
    }

    fn edit(&mut self, time: u64, edit: Edit) -> Result<Vec<u8>, Failure> {
        self.make(time, edit)
    }

    fn edit_all(&mut self, time: u64, edits: &[Edit]) -> Result<Vec<Vec<u8>>, Failure> {
        edits.iter().zip(0..).map(|(edit, number)| self.make(time + number * 2, *edit)).collect()
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let operation = read(bytes)?;
        is_new(&self.log.insert(operation).outcome)
    }

    fn receive_all(&mut self, messages: &[Vec<u8>]) -> Result<(), Failure> {
        let operations = messages.iter().map(|bytes| read(bytes)).collect::<Result<Vec<_>, _>>()?;
        self.log.insert_batch(operations).iter().try_for_each(|inserted| is_new(&inserted.outcome))
    }

    fn shown(&self, clip: u32) -> Result<(Vec<String>, String), Failure> {
        let (document, track) = self.track()?;
        let order = document.children(track).iter().filter_map(|child| document.guid(child));
        let node = document.find(&guid(clip));
        let status = node.and_then(|node| document.metadata(node)?.get("status")?.as_str());
        Ok((order.map(str::to_owned).collect(), status.unwrap_or_default().to_owned()))
    }
}
