//! The entries of an object that is being read field by field.

use std::borrow::Cow;

use lossless_json::{Cursor, Object, Value};

/// Entries with distinct keys, which may still stand in the text that is read.
#[derive(Default)]
pub(crate) struct Fields<'text> {
    /// A value is gone once it was taken.
    entries: Vec<(Cow<'text, str>, Option<Value>)>,
}

impl<'text> Fields<'text> {
    /// The most entries that are read straight from text: they are compared each with each.
    const READ_MAX: usize = 16;

    /// The object that comes next in a text; none where it is not as simple as that, or a key stands there twice.
    pub(crate) fn read(cursor: &mut Cursor<'text>) -> Option<Self> {
        let mut entries: Vec<(Cow<'text, str>, Option<Value>)> = Vec::with_capacity(Self::READ_MAX / 2);
        cursor.begin_object()?;
        while let Some(key) = cursor.key()? {
            let is_new = entries.len() < Self::READ_MAX && entries.iter().all(|(known, _)| *known != key);
            is_new.then_some(())?;
            entries.push((Cow::Borrowed(key), Some(cursor.value()?)));
        }
        Some(Self { entries })
    }

    /// Takes a value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.entries.iter_mut().find(|(known, _)| known == key)?.1.take()
    }

    /// What was not taken, in order.
    pub(crate) fn into_object(self) -> Object {
        // Nearly always nothing; collected in place, nothing would keep the room of everything.
        if self.entries.iter().all(|(_, value)| value.is_none()) {
            return Object::new();
        }
        let left = self.entries.into_iter().filter_map(|(key, value)| Some((key.into_owned(), value?)));
        Object::from_distinct(left.collect())
    }
}

impl From<Object> for Fields<'_> {
    fn from(object: Object) -> Self {
        Self { entries: object.into_iter().map(|(key, value)| (Cow::Owned(key), Some(value))).collect() }
    }
}
