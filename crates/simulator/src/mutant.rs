//! Rules broken on purpose, to see that it is noticed.
//!
//! The engine knows nothing of this: what is handed to one peer is changed on the way.

use std::sync::Arc;

use lossless_json::{Style, Value};
use session_log::{SessionLog, StateError, StatePieces, unpack_operations};
use session_wire::{Envelope, Message, SettledState};

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
    /// What the role of its author forbids takes effect.
    ForgetsWhoseRole,
    /// A settled state says something else.
    RewritesStates,
}

impl Mutant {
    /// All of them with their words.
    pub const WORDS: &[(Self, &'static str)] = &[
        (Self::IgnoresStamps, "ignores-stamps"),
        (Self::DropsAnchors, "drops-anchors"),
        (Self::SwallowsRedo, "swallows-redo"),
        (Self::SkipsRestore, "skips-restore"),
        (Self::RewritesGuids, "rewrites-guids"),
        (Self::ForgetsWhoseRole, "forgets-whose-role"),
        (Self::RewritesStates, "rewrites-states"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(mutant, _)| *mutant == self).map_or("", |(_, word)| word)
    }

    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(mutant, _)| *mutant)
    }

    /// What the peer of that log takes in for what came.
    pub(crate) fn changed(self, mut envelope: Envelope, now_us: u64, log: &SessionLog) -> Envelope {
        if let Message::Operations(answer) = &mut envelope.message {
            if let Some(lines) = answer.packed.take().and_then(|packed| unpack_operations(&packed).ok()) {
                let unpacked = lines.lines().filter_map(|line| Envelope::decode(line.as_bytes()).ok());
                answer.envelopes.extend(unpacked.map(|envelope| envelope.to_value()));
            }
            for value in &mut answer.envelopes {
                if let Ok(inner) = Envelope::from_value(value.clone()) {
                    *value = self.changed(inner, now_us, log).to_value();
                }
            }
            return envelope;
        }
        if let Message::SettledState(piece) = &mut envelope.message
            && self == Self::RewritesStates
        {
            // What cannot be read is refused as it came.
            let _ = rewrite_state(piece);
        }
        if envelope.message.is_durable() {
            self.change(&mut envelope, now_us, log);
        }
        envelope
    }

    fn change(self, envelope: &mut Envelope, now_us: u64, log: &SessionLog) {
        let stamp_us = stamp_us(envelope);
        let Some(fields) = envelope.operation.as_mut() else { return };
        match self {
            Self::IgnoresStamps => fields.hlc = Some(now_us),
            Self::DropsAnchors => (fields.after, fields.before) = (None, None),
            Self::SwallowsRedo => {
                let last = log.operations().next_back();
                fields.repair |= last.is_some_and(|last| stamp_us < last.stamp().hlc_us);
            }
            Self::RewritesGuids => rewrite_guid(&mut envelope.message),
            Self::ForgetsWhoseRole => fields.user = None,
            Self::SkipsRestore | Self::RewritesStates => {}
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

/// Makes a settled state say something else, under an id that it has then. Only one that comes in one piece.
fn rewrite_state(piece: &mut SettledState) -> Option<()> {
    let mut pieces = StatePieces::begin(piece).ok()?;
    pieces.add(piece).ok()?;
    let text = pieces.text().ok()?;
    let mut whole = lossless_json::parse(text.as_bytes(), &lossless_json::Limits::default()).ok()?.value;
    rename_first(whole.as_object_mut()?.get_mut("timelines")?)?;
    let other = whole.to_text(Style::Digest);
    // Its id is found by asking for one that it has not.
    let Err(StateError::OtherState { found, .. }) = session_log::SettledState::read("", &other) else {
        return None;
    };
    *piece = SettledState {
        target_guid: piece.target_guid.clone(),
        request: piece.request,
        ..StatePieces::whole(&found, &StatePieces::pack(&other).ok()?)
    };
    Some(())
}

/// Gives the first object that has a name another one.
fn rename_first(value: &mut Value) -> Option<()> {
    if let Value::Array(items) = value {
        return items.iter_mut().find_map(rename_first);
    }
    let object = value.as_object_mut()?;
    if let Some(Value::String(name)) = object.get_mut("name") {
        name.push('!');
        return Some(());
    }
    let keys: Vec<String> = object.keys().map(str::to_owned).collect();
    keys.iter().find_map(|key| rename_first(object.get_mut(key)?))
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
