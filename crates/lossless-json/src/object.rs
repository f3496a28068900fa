//! Objects that keep the order of their keys.

use crate::Value;

/// A JSON object: distinct keys in the order they were written.
///
/// Objects of this protocol are small, so look-up is a scan. OTIO's `AnyDictionary` is a `std::map`: its keys are sorted
/// by their bytes, see [`Object::sort_keys`].
///
/// ```
/// use lossless_json::{Object, Value};
///
/// let mut range: Object = [("start", 1i64), ("end", 24i64)].into_iter().collect();
/// assert_eq!(range.insert("start", 2i64), Some(Value::from(1i64)));
/// range.insert("note", "late");
/// assert!(range.keys().eq(["start", "end", "note"]));
/// assert_eq!(range.remove("end"), Some(Value::from(24i64)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    entries: Vec<(String, Value)>,
}

impl Object {
    /// An object without entries.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// From entries whose keys the caller knows to be distinct, in their order. Were a key there twice, look-ups would
    /// find the first.
    pub fn from_distinct(entries: Vec<(String, Value)>) -> Self {
        Self { entries }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value under `key`, to change in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether `key` is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets `key`: in its place where it is there, else at the end. Returns what was there.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let key = key.into();
        let value = value.into();
        if let Some(slot) = self.get_mut(&key) {
            return Some(std::mem::replace(slot, value));
        }
        self.entries.push((key, value));
        None
    }

    /// Sets `key` in an object whose keys are sorted bytewise, keeping them so. Returns what was there. In an object whose
    /// keys are not sorted, a key that is there may not be found and stand twice.
    pub fn insert_sorted(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let key = key.into();
        match self.entries.binary_search_by(|(name, _)| name.as_str().cmp(&key)) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at].1, value.into())),
            Err(at) => {
                self.entries.insert(at, (key, value.into()));
                None
            }
        }
    }

    /// Takes `key` out, keeping the order of the rest. Returns what was there.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Sorts the entries by the bytes of their keys, as C++ `std::map` does.
    pub fn sort_keys(&mut self) {
        self.entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Keys and values in order, the values to change in place.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Value)> {
        self.entries.iter_mut().map(|(key, value)| (key.as_str(), value))
    }

    /// Keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Later entries replace earlier ones of the same key.
impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut object = Self::new();
        for (key, value) in entries {
            object.insert(key, value);
        }
        object
    }
}
