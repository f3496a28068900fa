//! What a person asks for, with things called by their names or the beginnings of their GUIDs.

use otio_document::{Document, NodeId};
use session_core::{Command, Note};
use session_log::SessionState;

/// The shortest beginning of a GUID that stands for it.
const BEGINNING_MIN: usize = 4;

/// A command whose things still have to be found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wish {
    Select { clip: String },
    Rename { thing: String, name: String },
    Move { thing: String, index: i64 },
    Remove { thing: String },
    Note { clip: String, frame: i64, text: String },
}

impl Wish {
    /// The command, with GUIDs.
    ///
    /// # Errors
    /// In words, where nothing or more than one thing is called so.
    pub(crate) fn command(self, state: &SessionState) -> Result<Command, String> {
        Ok(match self {
            Self::Select { clip } => Command::Select {
                clip_guid: Some(guid_of(state, &clip)?),
                view_mode: None,
                timeline_guid: None,
            },
            Self::Rename { thing, name } => Command::SetProperty {
                target_uuid: guid_of(state, &thing)?,
                path: "name".to_owned(),
                value: name.into(),
            },
            Self::Move { thing, index } => {
                let (parent_uuid, child_uuid) = with_parent(state, &thing)?;
                Command::MoveChild { parent_uuid, child_uuid, to_index: index }
            }
            Self::Remove { thing } => {
                let (parent_uuid, child_uuid) = with_parent(state, &thing)?;
                Command::RemoveChild { parent_uuid, child_uuid }
            }
            Self::Note { clip, frame, text } => {
                Command::Note(Note { clip_guid: guid_of(state, &clip)?, frame, text, ..Note::default() })
            }
        })
    }
}

fn with_parent(state: &SessionState, thing: &str) -> Result<(String, String), String> {
    let guid = guid_of(state, thing)?;
    let found = state.locate(&guid).and_then(|(timeline, node)| Some((state.timeline(&timeline)?, node)));
    let parent = found.and_then(|(timeline, node)| timeline.guid(timeline.parent(node)?).map(str::to_owned));
    parent
        .map(|parent| (parent, guid))
        .ok_or_else(|| format!("{thing} stands inside nothing that can be rearranged"))
}

/// The GUID of the one thing that is called so: by its GUID, the beginning of it, or its name.
fn guid_of(state: &SessionState, called: &str) -> Result<String, String> {
    if state.locate(called).is_some() {
        return Ok(called.to_owned());
    }
    let fits = |timeline: &Document, node: NodeId, guid: &str| {
        timeline.name(node) == called || (called.len() >= BEGINNING_MIN && guid.starts_with(called))
    };
    let mut found: Vec<String> = Vec::new();
    for (_, timeline) in state.timelines().filter(|(guid, _)| !state.is_clip_timeline(guid)) {
        let nodes = timeline.root().into_iter().flat_map(|root| timeline.descend(root));
        found.extend(nodes.filter_map(|node| {
            timeline.guid(node).filter(|guid| fits(timeline, node, guid)).map(str::to_owned)
        }));
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(format!("nothing is called {called}; `show` lists what there is")),
        many => Err(format!("{many} things are called {called}; write more of a GUID, which `show` lists")),
    }
}
