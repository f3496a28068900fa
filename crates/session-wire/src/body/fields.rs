//! The entries of an object that is being read field by field.

use lossless_json::{Object, Value};

/// Entries of an object.
pub(crate) struct Fields {
    /// A value is gone once it was taken.
    entries: Vec<(String, Option<Value>)>,
}

impl Fields {
    /// Takes a value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.entries.iter_mut().find(|(known, _)| known == key)?.1.take()
    }

    /// What was not taken, in order.
    pub(crate) fn rest(&mut self) -> Object {
        // Nearly always nothing; collected in place, nothing would keep the room of everything.
        if self.entries.iter().all(|(_, value)| value.is_none()) {
            return Object::new();
        }
        let left = std::mem::take(&mut self.entries);
        let left = left.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Object::from_distinct(left.collect())
    }
}

impl From<Object> for Fields {
    fn from(object: Object) -> Self {
        Self { entries: object.into_iter().map(|(key, value)| (key, Some(value))).collect() }
    }
}

/// Entries under keys that are not known, read straight from text.
#[derive(Default)]
pub(crate) struct Extra {
    entries: Vec<(String, Option<Value>)>,
}

impl Extra {
    /// The most that are read so: they are compared each with each.
    const MAX: usize = 16;

    /// Where the value of a key goes; none where there are too many.
    pub(crate) fn place(&mut self, key: &str) -> Option<&mut Option<Value>> {
        if let Some(at) = self.entries.iter().position(|(known, _)| known == key) {
            return Some(&mut self.entries[at].1);
        }
        (self.entries.len() < Self::MAX).then_some(())?;
        self.entries.push((key.to_owned(), None));
        self.entries.last_mut().map(|(_, value)| value)
    }

    pub(crate) fn into_object(self) -> Object {
        Fields { entries: self.entries }.rest()
    }
}

/// Notes what a key says; none where it stands there for the second time.
pub(crate) fn fill<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}
