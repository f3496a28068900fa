//! Walking through objects without making values of them.

use super::Dialect;
use super::reader::Reader;
use crate::{Limits, Number, Value};

/// A walk through the outer objects of a text, for readers that know what stands there: keys are looked at in the text,
/// and only what is asked for becomes a value.
///
/// Every step gives none where the text is not as simple as that: another kind of value, a key with an escape, a text
/// that is no JSON. The walk is of no use afterwards, and [`parse`](crate::parse()) tells what is there. Numbers and strings
/// are read as [`parse`](crate::parse()) reads them; keys that stand twice are for the caller to notice. OTIO has no such
/// reading.
///
/// ```
/// use lossless_json::{Cursor, Limits};
///
/// let mut cursor = Cursor::new(br#"{"event": "SET", "payload": {"to": [1, 2]}}"#, &Limits::default()).ok_or("UTF-8")?;
/// cursor.begin_object().ok_or("an object")?;
/// assert_eq!(cursor.key(), Some(Some("event")));
/// assert_eq!(cursor.plain_string(), Some("SET"));
/// assert!(cursor.take_key("payload\": "));
/// let payload = cursor.value().ok_or("a value")?;
/// assert_eq!(payload.get("to").and_then(|to| to.as_array()).map(<[_]>::len), Some(2));
/// assert_eq!(cursor.key(), Some(None), "the object ends");
/// assert_eq!(cursor.end(), Some(()));
/// # Ok::<(), &str>(())
/// ```
pub struct Cursor<'text> {
    reader: Reader<'text>,
    is_first: bool,
}

impl<'text> Cursor<'text> {
    /// At the start of a text; none where it is no UTF-8, too long, or begins with a byte order mark.
    pub fn new(text: &'text [u8], limits: &Limits) -> Option<Self> {
        if text.len() > limits.bytes_max {
            return None;
        }
        let depth_max = limits.depth_max.min(Limits::DEPTH_CEILING);
        let reader = Reader::new(std::str::from_utf8(text).ok()?, depth_max, Dialect::Exact);
        Some(Self { reader, is_first: false })
    }

    /// Into the object that comes next.
    pub fn begin_object(&mut self) -> Option<()> {
        self.reader.skip_white_space();
        self.reader.open(b'{')?;
        self.is_first = true;
        Some(())
    }

    /// The next key of the object, up to its value; `Some(None)` behind the end of the object.
    pub fn key(&mut self) -> Option<Option<&'text str>> {
        let is_first = std::mem::take(&mut self.is_first);
        let opens = match self.reader.token()? {
            b'}' => {
                self.reader.close();
                return Some(None);
            }
            b',' if !is_first => self.reader.token()? == b'"',
            mark => is_first && mark == b'"',
        };
        opens.then_some(())?;
        let key = self.reader.plain_rest()?;
        (self.reader.token()? == b':').then_some(())?;
        self.reader.skip_white_space();
        Some(Some(key))
    }

    /// Past a key up to its value, if that key comes next and as Python's `json.dumps` writes it: behind `, ` and before
    /// `: `. Tells whether it did; where not, [`key`](Self::key) tells what comes.
    ///
    /// `key` is the key with what follows it, `run": ` for `run`: where it is a literal, this is a comparison of bytes.
    #[inline]
    pub fn take_key(&mut self, key: &str) -> bool {
        let bytes = self.reader.text.as_bytes();
        let rest = match bytes.get(self.reader.at..) {
            Some([b'"', rest @ ..]) if self.is_first => rest,
            Some([b',', b' ', b'"', rest @ ..]) if !self.is_first => rest,
            _ => return false,
        };
        let Some(rest) = rest.strip_prefix(key.as_bytes()) else { return false };
        self.reader.at = bytes.len() - rest.len();
        self.is_first = false;
        true
    }

    /// Past the end of the object, if that comes right next; tells whether it did. Where not,
    /// [`key`](Self::key) tells what comes.
    #[inline]
    pub fn take_end(&mut self) -> bool {
        let ends = self.reader.peek() == Some(b'}');
        if ends {
            self.reader.at += 1;
            self.reader.close();
            self.is_first = false;
        }
        ends
    }

    /// The string that comes next, as it stands in the text; none where it holds an escape.
    pub fn plain_string(&mut self) -> Option<&'text str> {
        self.reader.plain_string()
    }

    /// The string that comes next.
    pub fn string(&mut self) -> Option<String> {
        (self.reader.peek() == Some(b'"')).then_some(())?;
        self.reader.string().ok()
    }

    /// The number that comes next.
    pub fn number(&mut self) -> Option<Number> {
        self.reader.exact_number().ok()
    }

    /// Past `null`, if that comes next; tells whether it did.
    pub fn null(&mut self) -> bool {
        self.reader.peek() == Some(b'n') && self.reader.value().is_ok()
    }

    /// The value that comes next.
    pub fn value(&mut self) -> Option<Value> {
        self.reader.value().ok()
    }

    /// Whether nothing but white space is left.
    pub fn end(&mut self) -> Option<()> {
        self.reader.skip_white_space();
        self.reader.peek().is_none().then_some(())
    }
}
