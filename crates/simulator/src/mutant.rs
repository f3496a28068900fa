//! Rules broken on purpose, to see that it is noticed.
//!
//! The engine knows nothing of this: what is handed to one peer is changed on the way.

use std::sync::Arc;

use lossless_json::Value;
use session_log::unpack_operations;
use session_wire::{Envelope, Message};

/// A rule that one peer breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mutant {
    /// Received operations are stamped with the time of their receipt.
    IgnoresStamps,
    /// Received inserts and moves have lost their neighbours.
    DropsAnchors,
    /// What comes late is held, and never done.
    SwallowsRedo,
    /// The last own operation is not restored, and its number given again.
    SkipsRestore,
    /// Inserted objects get another GUID.
    RewritesGuids,
}

impl Mutant {
    /// All of them with their words.
    pub const WORDS: &[(Self, &'static str)] = &[
        (Self::IgnoresStamps, "ignores-stamps"),
        (Self::DropsAnchors, "drops-anchors"),
        (Self::SwallowsRedo, "swallows-redo"),
        (Self::SkipsRestore, "skips-restore"),
        (Self::RewritesGuids, "rewrites-guids"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(mutant, _)| *mutant == self).map_or("", |(_, word)| word)
    }

    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(mutant, _)| *mutant)
    }

    /// What the peer takes in for what came. `last_us` is the highest stamp in its log.
    pub(crate) fn changed(self, mut envelope: Envelope, now_us: u64, last_us: u64) -> Envelope {
        if let Message::Operations(answer) = &mut envelope.message {
            if let Some(lines) = answer.packed.take().and_then(|packed| unpack_operations(&packed).ok()) {
                let unpacked = lines.lines().filter_map(|line| Envelope::decode(line.as_bytes()).ok());
                answer.envelopes.extend(unpacked.map(|envelope| envelope.to_value()));
            }
            for value in &mut answer.envelopes {
                if let Ok(inner) = Envelope::from_value(value.clone()) {
                    *value = self.changed(inner, now_us, last_us).to_value();
                }
            }
            return envelope;
        }
        if envelope.message.is_durable() {
            self.change(&mut envelope, now_us, last_us);
        }
        envelope
    }

    fn change(self, envelope: &mut Envelope, now_us: u64, last_us: u64) {
        let stamp_us = stamp_us(envelope);
        let Some(fields) = envelope.operation.as_mut() else { return };
        match self {
            Self::IgnoresStamps => fields.hlc = Some(now_us),
            Self::DropsAnchors => (fields.after, fields.before) = (None, None),
            Self::SwallowsRedo => fields.repair |= stamp_us < last_us,
            Self::RewritesGuids => rewrite_guid(&mut envelope.message),
            Self::SkipsRestore => {}
        }
    }

    /// What the peer restores of what its disk has.
    pub(crate) fn restored(self, disk: &[Arc<Envelope>], own: &str) -> Vec<Arc<Envelope>> {
        let mut restored = disk.to_vec();
        let is_own = |envelope: &Arc<Envelope>| envelope.source_guid == own && envelope.message.is_durable();
        if self == Self::SkipsRestore
            && let Some(last) = restored.iter().rposition(is_own)
        {
            restored.remove(last);
        }
        restored
    }
}

fn stamp_us(envelope: &Envelope) -> u64 {
    let operation = session_log::Operation::from_envelope(&Arc::new(envelope.clone()), 0);
    operation.ok().flatten().map_or(0, |operation| operation.stamp().hlc_us)
}

fn rewrite_guid(message: &mut Message) {
    let Message::InsertChild(insert) = message else { return };
    let metadata = insert.child_data.as_object_mut().and_then(|object| object.get_mut("metadata"));
    let sync = metadata.and_then(Value::as_object_mut).and_then(|metadata| metadata.get_mut("sync"));
    let Some(sync) = sync.and_then(Value::as_object_mut) else { return };
    let guid = sync.get("guid").and_then(Value::as_str).unwrap_or_default();
    let guid = format!("{guid}-else");
    sync.insert("guid", guid);
}
