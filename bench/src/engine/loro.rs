//! Loro: a map of maps and a movable list of names.

use ::loro::{Container, ExportMode, LoroDoc, LoroMap, LoroMovableList, ValueOrContainer};

use super::site::{Edit, Site};
use crate::Failure;
use crate::timeline::{FIELDS, guid};

pub(crate) struct Loro {
    document: LoroDoc,
    order: LoroMovableList,
    clips: LoroMap,
}

impl Loro {
    fn new(number: u32) -> Result<Self, Failure> {
        let document = LoroDoc::new();
        document.set_peer_id(u64::from(number) + 1)?;
        let (order, clips) = (document.get_movable_list("order"), document.get_map("clips"));
        Ok(Self { document, order, clips })
    }

    fn fields(&self, clip: u32) -> Result<LoroMap, Failure> {
        match self.clips.get(&guid(clip)) {
            Some(ValueOrContainer::Container(Container::Map(fields))) => Ok(fields),
            _ => Err("no such clip".into()),
        }
    }

    fn do_edit(&self, edit: Edit) -> Result<(), Failure> {
        match edit {
            Edit::Set { clip, take } => self.fields(clip)?.insert("status", format!("take {take}"))?,
            Edit::Move { from, to } => self.order.mov(from as usize, to as usize)?,
            Edit::Insert { at, clip } => {
                self.order.insert(at as usize, guid(clip))?;
                let fields = self.clips.insert_container(&guid(clip), LoroMap::new())?;
                FIELDS.iter().try_for_each(|(key, value)| fields.insert(key, *value))?;
            }
            Edit::Remove { at } => self.order.delete(at as usize, 1)?,
        }
        self.document.commit();
        Ok(())
    }
}

impl Site for Loro {
    fn with_clips(count: u32) -> Result<Self, Failure> {
        let site = Self::new(0)?;
        (0..count).try_for_each(|clip| site.do_edit(Edit::Insert { at: clip, clip }))?;
        Ok(site)
    }

    fn fork(&self, number: u32) -> Result<Self, Failure> {
        let all = self.document.export(ExportMode::snapshot())?;
        let mut fork = Self::new(number)?;
        fork.receive(&all)?;
        // What is read lazily is read before the clock runs.
        fork.shown(0)?;
        Ok(fork)
    }

    fn edit(&mut self, time: u64, edit: Edit) -> Result<Vec<u8>, Failure> {
        let mut sent = self.edit_all(time, &[edit])?;
        sent.pop().ok_or_else(|| "nothing to send".into())
    }

    fn edit_all(&mut self, _: u64, edits: &[Edit]) -> Result<Vec<Vec<u8>>, Failure> {
        let before = self.document.oplog_vv();
        edits.iter().try_for_each(|edit| self.do_edit(*edit))?;
        Ok(vec![self.document.export(ExportMode::updates(&before))?])
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.document.import(bytes).map(drop)?)
    }

    fn receive_all(&mut self, messages: &[Vec<u8>]) -> Result<(), Failure> {
        messages.iter().try_for_each(|bytes| self.receive(bytes))
    }

    fn shown(&self, clip: u32) -> Result<(Vec<String>, String), Failure> {
        let mut order = Vec::new();
        self.order.for_each(|name| {
            order.extend(name.as_value().and_then(|name| name.as_string()).map(|name| name.to_string()));
        });
        let status = self.fields(clip)?.get("status");
        let status = status.as_ref().and_then(|status| status.as_value()?.as_string());
        Ok((order, status.map(|status| status.to_string()).unwrap_or_default()))
    }
}
