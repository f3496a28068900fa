//! The fields of a node, kept as text until they are touched.
//!
//! The text is in the compact form ([`Style::OtioCompact`](lossless_json::Style)), the fields in the order in which they
//! are written. It is split into fields when the first one is asked for, and a field is read when it is asked for itself;
//! so a cut whose metadata nobody looks at is held in little more than its text.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use lossless_json::{Style, TextWriter, Value, compact_entries, compact_value};

/// A part of a text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// None where the text is too long for a span.
    pub(crate) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    pub(crate) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The fields of a node in order, without `OTIO_SCHEMA` and the nodes below.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    text: Arc<String>,
    /// Where the text of the fields stands: those before the place of the nodes below, and those after it.
    spans: [Span; 2],
    /// The fields apart, once one was asked for. From then on they, and not the spans, say what there is.
    apart: OnceLock<Vec<Field>>,
    is_changed: bool,
}

/// One field.
#[derive(Clone)]
struct Field {
    key: Box<str>,
    /// Its value as text, until it may have changed.
    text: Option<Span>,
    /// Its value, once it was asked for.
    value: OnceLock<Value>,
}

impl Field {
    fn new(key: &str, value: Value) -> Self {
        Self { key: key.into(), text: None, value: OnceLock::from(value) }
    }
}

/// A field as it can be written.
pub(crate) enum Written<'fields> {
    Text(&'fields str),
    Value(&'fields Value),
}

impl Fields {
    /// Fields that stand in a text in the compact form, before and after the place of the nodes below.
    pub(crate) fn in_text(text: Arc<String>, spans: [Span; 2]) -> Self {
        Self { text, spans, apart: OnceLock::new(), is_changed: false }
    }

    /// Fields by their values, the last `after` of which stand after the nodes below. `scratch` is overwritten; giving the
    /// same one again saves its growing.
    pub(crate) fn of(entries: Vec<(String, Value)>, after: usize, scratch: &mut String) -> Self {
        let (before, behind) = entries.split_at(entries.len().saturating_sub(after));
        scratch.clear();
        let mut writer = TextWriter::over(std::mem::take(scratch), Style::OtioCompact);
        write_object(before, &mut writer);
        let middle = writer.len();
        write_object(behind, &mut writer);
        *scratch = writer.into_text();
        // Both without their braces.
        let text = [&scratch[1..middle - 1], &scratch[middle + 1..scratch.len() - 1]].concat();
        let middle = middle - 2;
        if let (Some(before), Some(after)) = (Span::new(0, middle), Span::new(middle, text.len())) {
            return Self::in_text(Arc::new(text), [before, after]);
        }
        // So long a text is out of reach for spans.
        let fields: Vec<Field> = entries.into_iter().map(|(key, value)| Field::new(&key, value)).collect();
        Self { apart: OnceLock::from(fields), is_changed: true, ..Self::default() }
    }

    /// Takes a text in place of the one that stood for it.
    pub(crate) fn give_text(&mut self, instead: &Arc<String>, text: &Arc<String>) {
        if Arc::ptr_eq(&self.text, instead) {
            self.text = Arc::clone(text);
        }
    }

    pub(crate) fn shared_text(&self) -> &Arc<String> {
        &self.text
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn fields(&self) -> &[Field] {
        self.apart.get_or_init(|| self.split())
    }

    fn split(&self) -> Vec<Field> {
        self.spans.into_iter().flat_map(|part| self.split_part(part)).collect()
    }

    fn split_part(&self, part: Span) -> impl Iterator<Item = Field> {
        let text = part.of(&self.text);
        compact_entries(text).map(move |(key, value)| Field {
            key: key_of(&text[key]).into(),
            text: Span::new(part.start as usize + value.start, part.start as usize + value.end),
            value: OnceLock::new(),
        })
    }

    /// The fields to change; their text is no longer what there is.
    fn fields_mut(&mut self) -> &mut Vec<Field> {
        self.is_changed = true;
        if self.apart.get().is_none() {
            self.apart = OnceLock::from(self.split());
        }
        #[expect(clippy::expect_used, reason = "set right above where it was not")]
        self.apart.get_mut().expect("the fields are apart")
    }

    fn value<'fields>(&'fields self, field: &'fields Field) -> &'fields Value {
        field.value.get_or_init(|| self.value_in_text(field))
    }

    fn value_in_text(&self, field: &Field) -> Value {
        field.text.map_or(Value::Null, |text| compact_value(text.of(&self.text)))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let field = self.fields().iter().find(|field| *field.key == *key)?;
        Some(self.value(field))
    }

    /// The value under a key, without keeping anything apart for it.
    pub(crate) fn read(&self, key: &str) -> Option<Cow<'_, Value>> {
        if self.apart.get().is_some() {
            return self.get(key).map(Cow::Borrowed);
        }
        let mut entries = self.spans.into_iter().flat_map(|part| {
            let text = part.of(&self.text);
            compact_entries(text).map(|(key, value)| (&text[key], &text[value]))
        });
        let (_, value) = entries.find(|(found, _)| key_of(found) == key)?;
        Some(Cow::Owned(compact_value(value)))
    }

    /// The value under a key, to change in place.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.fields().iter().position(|field| *field.key == *key)?;
        self.value(&self.fields()[at]);
        let field = &mut self.fields_mut()[at];
        field.text = None;
        field.value.get_mut()
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.fields().iter().any(|field| *field.key == *key)
    }

    /// Keys and values in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.fields().iter().map(|field| (&*field.key, self.value(field)))
    }

    /// Sets `key`: in its place where it is there, else at the end. Returns what was there.
    pub(crate) fn insert(&mut self, key: &str, value: Value) -> Option<Value> {
        if let Some(slot) = self.get_mut(key) {
            return Some(std::mem::replace(slot, value));
        }
        self.fields_mut().push(Field::new(key, value));
        None
    }

    /// Sets `key` among fields whose keys are sorted bytewise, keeping them so. Returns what was there.
    pub(crate) fn insert_sorted(&mut self, key: &str, value: Value) -> Option<Value> {
        if self.contains_key(key) {
            return self.insert(key, value);
        }
        let fields = self.fields_mut();
        let at = fields.partition_point(|field| *field.key < *key);
        fields.insert(at, Field::new(key, value));
        None
    }

    /// Takes `key` out, keeping the order of the rest.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let value = std::mem::take(self.get_mut(key)?);
        self.fields_mut().retain(|field| *field.key != *key);
        Some(value)
    }

    /// The text of the fields before and after the nodes below, where it still says what there is.
    pub(crate) fn texts(&self) -> Option<[&str; 2]> {
        (!self.is_changed).then(|| self.spans.map(|span| span.of(&self.text)))
    }

    /// Keys and what is to be written, in order. Fields that nobody touched are not kept apart for it.
    pub(crate) fn written(&self) -> Vec<(Cow<'_, str>, Written<'_>)> {
        let Some(texts) = self.texts() else {
            let fields = self.fields().iter();
            return fields.map(|field| (Cow::from(&*field.key), self.written_field(field))).collect();
        };
        let entries = texts.into_iter().flat_map(|text| {
            compact_entries(text).map(|(key, value)| (key_of(&text[key]), Written::Text(&text[value])))
        });
        entries.collect()
    }

    fn written_field<'fields>(&'fields self, field: &'fields Field) -> Written<'fields> {
        match field.text {
            Some(text) => Written::Text(text.of(&self.text)),
            None => Written::Value(self.value(field)),
        }
    }
}

/// A key by its text.
fn key_of(text: &str) -> Cow<'_, str> {
    let plain = text.get(1..text.len().saturating_sub(1)).filter(|plain| !plain.contains('\\'));
    plain.map_or_else(|| compact_value(text).as_str().unwrap_or_default().to_owned().into(), Cow::from)
}

fn write_object(entries: &[(String, Value)], writer: &mut TextWriter) {
    writer.begin_object();
    for (key, value) in entries {
        writer.key(key);
        writer.value(value);
    }
    writer.end_object();
}
