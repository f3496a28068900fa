//! What those need who play a plan with real processes (`crates/conformance`).

use std::collections::BTreeMap;

use lossless_json::Value;
use otio_document::{Document, Reading};
use session_core::Command;
use session_log::SessionState;

use crate::commands::command;
use crate::doing::Doing;
use crate::existing::{App, Generation, digest_text};
use crate::objects::timeline;
use crate::plan::{ExistingPlan, Step};
use crate::random::pick;
use crate::sight::Sight;

impl Step {
    /// What a participant does at this step, one after the other; nothing where something is done to it.
    pub fn doings(&self) -> Vec<Doing> {
        match self.doing {
            Doing::TurnAround => {
                let turned = pick(Doing::TURNED, self.picks[2] / 7);
                turned.map(|doing| vec![*doing, Doing::Undo, Doing::Redo]).unwrap_or_default()
            }
            doing if doing.is_command() => vec![doing],
            _ => Vec::new(),
        }
    }

    /// The command by which a participant who sees this does one of them; none where what it would name is not there.
    pub fn command(&self, doing: Doing, state: &SessionState) -> Option<Command> {
        command(self, doing, &Sight::of(state), state)
    }
}

impl ExistingPlan {
    /// What its application has open, if anything.
    pub fn own_timeline(&self) -> Option<Value> {
        self.opens.then(|| timeline(&format!("{}-own", self.name)))
    }
}

impl App {
    /// Its name, as peers announce it.
    pub fn name(self) -> &'static str {
        self.word()
    }
}

impl Generation {
    /// Its word.
    pub fn name(self) -> &'static str {
        self.word()
    }
}

/// Our timelines as an existing peer holds what it reads: by GUID, in digest form, without what belongs to the view.
pub fn as_existing_read(state: &SessionState) -> BTreeMap<String, String> {
    let read = |document: &Document| {
        let value = document.to_value();
        let like = Document::from_value(value.clone(), Reading::LikeOpentimelineio);
        digest_text(like.map_or(value, |like| like.to_value()))
    };
    state.timelines().map(|(guid, document)| (guid.to_string(), read(document))).collect()
}

/// The timelines of an existing peer in the same form.
pub fn as_held(timelines: &Value) -> BTreeMap<String, String> {
    let timelines = timelines.as_object().into_iter().flat_map(lossless_json::Object::iter);
    timelines.map(|(guid, timeline)| (guid.to_owned(), digest_text(timeline.clone()))).collect()
}
