//! Whole timelines.

use lossless_json::Value;
use otio_document::{Document, PropertyPath, Reading};
use session_wire::{AddTimeline, RemoveTimeline, RenameTimeline, ReplaceTimeline};

use super::draft::Draft;
use crate::clock::Now;
use crate::command::Reply;
use crate::effect::Warning;
use crate::error::CommandError;
use crate::limits::NAME_BYTES_MAX;
use crate::peer::Peer;
use crate::roles::Group;

impl Peer {
    pub(crate) fn add_timeline(&mut self, timeline: Value, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        let document = self.read_timeline(timeline, None)?;
        let guid = root_guid(&document);
        if self.log.state().timeline(&guid).is_some() {
            return Err(CommandError::GuidTaken { guid });
        }
        let draft = Draft::new(AddTimeline::new(guid.as_str(), document.to_value(), 0.0));
        let reply = self.commit(vec![draft], now)?;
        Ok(Reply { guid: Some(guid), ..reply })
    }

    pub(crate) fn rename_timeline(
        &mut self,
        guid: &str,
        name: String,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        self.find_timeline(guid)?;
        if name.is_empty() {
            let reason = "it is empty, and peers of the reference ignore an empty name".to_owned();
            return Err(CommandError::Document { what: "name", reason });
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(CommandError::Limit { what: "name", found: name.len(), limit: NAME_BYTES_MAX });
        }
        let reply = self.commit(vec![Draft::new(RenameTimeline::new(guid, name, 0.0))], now)?;
        Ok(Reply { guid: Some(guid.to_owned()), ..reply })
    }

    pub(crate) fn remove_timeline(&mut self, guid: &str, now: Now) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        self.find_timeline(guid)?;
        if self.log.state().is_clip_timeline(guid) {
            return Err(CommandError::WouldFailElsewhere {
                what: "removing a clip timeline".into(),
                instead: "remove the clip from its sequence, or clear its annotations",
            });
        }
        let reply = self.commit(vec![Draft::new(RemoveTimeline::new(guid, 0.0))], now)?;
        Ok(Reply { guid: Some(guid.to_owned()), ..reply })
    }

    pub(crate) fn replace_timeline(
        &mut self,
        guid: &str,
        timeline: Value,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.permitted(Group::Structure)?;
        self.find_timeline(guid)?;
        self.check_replaceable(guid)?;
        let document = self.read_timeline(timeline, Some(guid))?;
        let found = root_guid(&document);
        if found != guid {
            let reason = format!("its GUID is {found:?}, not {guid:?}; leave it out or give the same");
            return Err(CommandError::Document { what: "timeline", reason });
        }
        let draft = Draft::new(ReplaceTimeline::new(guid, document.to_value(), 0.0));
        let reply = self.commit(vec![draft], now)?;
        Ok(Reply { guid: Some(guid.to_owned()), ..reply })
    }

    /// A reference peer would take the copy in a new clip timeline for the clip, and raise when that one is moved.
    pub(crate) fn check_replaceable(&self, guid: &str) -> Result<(), CommandError> {
        if self.log.state().is_clip_timeline(guid) {
            return Err(CommandError::WouldFailElsewhere {
                what: "replacing a clip timeline".into(),
                instead: "edit the clip in its sequence, and draw with annotate and replace_annotation",
            });
        }
        Ok(())
    }

    /// Reads a timeline, mints what GUIDs it lacks and warns of what was changed. Display settings are view state.
    fn read_timeline(&mut self, timeline: Value, guid: Option<&str>) -> Result<Document, CommandError> {
        let refused = |reason: String| CommandError::Document { what: "timeline", reason };
        let mut document =
            Document::from_value(timeline, Reading::Exact).map_err(|error| refused(error.to_string()))?;
        let Some(root) = document.root().filter(|root| document.is_timeline(*root)) else {
            return Err(refused("it is no Timeline".into()));
        };
        if let Ok(path) = PropertyPath::parse("metadata/display_settings") {
            document.remove_property(root, &path);
        }
        if let (None, Some(guid), Ok(path)) =
            (document.guid(root), guid, PropertyPath::parse("metadata/sync/guid"))
        {
            document.set_property(root, &path, guid.into()).map_err(|error| refused(error.to_string()))?;
        }
        let report = document.ensure_guids(&mut || self.mint.guid());
        for reminted in &report.reminted {
            let detail = format!(
                "GUID {} stood twice in the timeline; the later object is {} now",
                reminted.old, reminted.new
            );
            self.warn(Warning::Repaired, detail);
        }
        Ok(document)
    }
}

fn root_guid(document: &Document) -> String {
    document.root().and_then(|root| document.guid(root)).unwrap_or_default().to_owned()
}
