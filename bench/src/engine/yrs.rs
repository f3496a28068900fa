//! Yrs: a map of maps and an array of names.

use ::yrs::updates::decoder::Decode;
use ::yrs::{Any, Array, ArrayRef, Doc, Map, MapPrelim, MapRef, Out, ReadTxn, StateVector, Transact, Update};

use super::site::{Edit, Site};
use crate::Failure;
use crate::timeline::{FIELDS, guid};

pub(crate) struct Yrs {
    document: Doc,
    order: ArrayRef,
    clips: MapRef,
}

impl Yrs {
    fn new(number: u32) -> Self {
        let document = Doc::with_client_id(u64::from(number) + 1);
        let (order, clips) = (document.get_or_insert_array("order"), document.get_or_insert_map("clips"));
        Self { document, order, clips }
    }

    fn do_edit(&self, edit: Edit) -> Result<Vec<u8>, Failure> {
        let mut change = self.document.transact_mut();
        match edit {
            Edit::Set { clip, take } => match self.clips.get(&change, &guid(clip)) {
                Some(Out::YMap(fields)) => drop(fields.insert(&mut change, "status", format!("take {take}"))),
                _ => return Err("no such clip".into()),
            },
            Edit::Move { from, to } => {
                let name = self.order.get(&change, from).ok_or("no such place")?.to_string(&change);
                self.order.remove(&mut change, from);
                self.order.insert(&mut change, to, name);
            }
            Edit::Insert { at, clip } => {
                self.order.insert(&mut change, at, guid(clip));
                self.clips.insert(&mut change, guid(clip), fields());
            }
            Edit::Remove { at } => self.order.remove(&mut change, at),
        }
        Ok(change.encode_update_v1())
    }
}

fn fields() -> MapPrelim {
    FIELDS.iter().map(|(key, value)| (*key, Any::from(*value))).collect()
}

impl Site for Yrs {
    fn with_clips(count: u32) -> Result<Self, Failure> {
        let site = Self::new(0);
        for clip in 0..count {
            site.do_edit(Edit::Insert { at: clip, clip })?;
        }
        Ok(site)
    }

    fn fork(&self, number: u32) -> Result<Self, Failure> {
        let all = self.document.transact().encode_state_as_update_v1(&StateVector::default());
        let mut fork = Self::new(number);
        fork.receive(&all)?;
        Ok(fork)
    }

    fn edit(&mut self, _: u64, edit: Edit) -> Result<Vec<u8>, Failure> {
        self.do_edit(edit)
    }

    fn edit_all(&mut self, _: u64, edits: &[Edit]) -> Result<Vec<Vec<u8>>, Failure> {
        let before = self.document.transact().state_vector();
        edits.iter().try_for_each(|edit| self.do_edit(*edit).map(drop))?;
        Ok(vec![self.document.transact().encode_state_as_update_v1(&before)])
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.document.transact_mut().apply_update(Update::decode_v1(bytes)?)?)
    }

    fn receive_all(&mut self, messages: &[Vec<u8>]) -> Result<(), Failure> {
        messages.iter().try_for_each(|bytes| self.receive(bytes))
    }

    fn shown(&self, clip: u32) -> Result<(Vec<String>, String), Failure> {
        let now = self.document.transact();
        let order = self.order.iter(&now).map(|name| name.to_string(&now)).collect();
        match self.clips.get(&now, &guid(clip)) {
            Some(Out::YMap(fields)) => Ok((
                order,
                fields.get(&now, "status").map(|status| status.to_string(&now)).unwrap_or_default(),
            )),
            _ => Err("no such clip".into()),
        }
    }
}
