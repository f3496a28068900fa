//! Automerge: a map of maps and a list of names.

use ::automerge::transaction::Transactable;
use ::automerge::{ActorId, AutoCommit, ObjId, ObjType, ROOT, ReadDoc};

use super::site::{Edit, Site};
use crate::Failure;
use crate::timeline::{FIELDS, guid};

pub(crate) struct Automerge {
    document: AutoCommit,
    order: ObjId,
    clips: ObjId,
}

impl Automerge {
    fn text(&self, object: &ObjId, at: impl Into<::automerge::Prop>) -> Result<String, Failure> {
        let (value, _) = self.document.get(object, at)?.ok_or("nothing there")?;
        Ok(value.as_str().ok_or("no text")?.to_owned())
    }

    fn fields(&self, clip: u32) -> Result<ObjId, Failure> {
        Ok(self.document.get(&self.clips, guid(clip))?.ok_or("no such clip")?.1)
    }

    fn do_edit(&mut self, edit: Edit) -> Result<(), Failure> {
        match edit {
            Edit::Set { clip, take } => {
                let fields = self.fields(clip)?;
                self.document.put(fields, "status", format!("take {take}"))?;
            }
            Edit::Move { from, to } => {
                let name = self.text(&self.order, from as usize)?;
                self.document.delete(&self.order, from as usize)?;
                self.document.insert(&self.order, to as usize, name)?;
            }
            Edit::Insert { at, clip } => {
                self.document.insert(&self.order, at as usize, guid(clip))?;
                let fields = self.document.put_object(&self.clips, guid(clip), ObjType::Map)?;
                for (key, value) in FIELDS {
                    self.document.put(&fields, key, value)?;
                }
            }
            Edit::Remove { at } => self.document.delete(&self.order, at as usize)?,
        }
        Ok(())
    }
}

impl Site for Automerge {
    fn with_clips(count: u32) -> Result<Self, Failure> {
        let mut document = AutoCommit::new().with_actor(ActorId::from([1u8, 0]));
        let order = document.put_object(ROOT, "order", ObjType::List)?;
        let clips = document.put_object(ROOT, "clips", ObjType::Map)?;
        let mut site = Self { document, order, clips };
        (0..count).try_for_each(|clip| site.do_edit(Edit::Insert { at: clip, clip }))?;
        site.document.commit();
        Ok(site)
    }

    fn fork(&self, number: u32) -> Result<Self, Failure> {
        let actor = ActorId::from([1u8, u8::try_from(number)?]);
        let mut document = self.document.clone().with_actor(actor);
        // What is sent from here on is what comes from here on.
        document.save_incremental();
        Ok(Self { document, order: self.order.clone(), clips: self.clips.clone() })
    }

    fn edit(&mut self, time: u64, edit: Edit) -> Result<Vec<u8>, Failure> {
        let mut sent = self.edit_all(time, &[edit])?;
        sent.pop().ok_or_else(|| "nothing to send".into())
    }

    fn edit_all(&mut self, _: u64, edits: &[Edit]) -> Result<Vec<Vec<u8>>, Failure> {
        let before = self.document.get_heads();
        for edit in edits {
            self.do_edit(*edit)?;
            self.document.commit();
        }
        Ok(vec![self.document.save_after(&before)])
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.document.load_incremental(bytes).map(drop)?)
    }

    fn receive_all(&mut self, messages: &[Vec<u8>]) -> Result<(), Failure> {
        messages.iter().try_for_each(|bytes| self.receive(bytes))
    }

    fn shown(&self, clip: u32) -> Result<(Vec<String>, String), Failure> {
        let count = self.document.length(&self.order);
        let order = (0..count).map(|at| self.text(&self.order, at)).collect::<Result<_, _>>()?;
        Ok((order, self.text(&self.fields(clip)?, "status")?))
    }
}
