//! Random OTIO text: what a class of the table should hold, written in odd ways, with much in it that should not be there.

use crate::schema::{Family, Field, Kind, SCHEMAS, VALUE_TYPES, schema_of_text, value_type};

/// Schemas besides those of the table.
const ODD_SCHEMAS: [&str; 18] = [
    "Clip.1",
    "Marker.1",
    "Sequence.1",
    "Filler.1",
    "SerializeableCollection.1",
    "Clip.9",
    "Track. 1",
    "Gap.01",
    "Stack.0",
    "Foo.1",
    "Foo.2.3",
    "Foo",
    "",
    "\\u0047ap.1",
    "Gap\\u0000.1",
    "Gap.1\\n",
    "SerializableObjectRef.1",
    "é.1",
];

const KEYS: [&str; 22] = [
    "a",
    "b",
    "Z",
    "sync",
    "guid",
    "metadata",
    "name",
    "children",
    "tracks",
    "kind",
    "range",
    "media_reference",
    "OTIO_REF_ID",
    "OTIO_SCHEMA",
    "filepath",
    "é",
    "",
    "a b",
    "\\u0061",
    "m\\u0065tadata",
    "OTIO_SCHEM\\u0041",
    "\\n\\\"\\\\",
];

const STRINGS: [&str; 14] = [
    "",
    "x",
    "g",
    "error",
    "hold",
    "é😀",
    "\\u00e9\\ud83d\\ude00",
    "a\\/b",
    "\\\"{[,:",
    "\\u0000x",
    "\\u001f\\u007f",
    "\\b\\f\\n\\r\\t",
    "A",
    "\u{7f}",
];

const NUMBERS: [&str; 30] = [
    "24",
    "24.0",
    "0",
    "-0",
    "-0.0",
    "24.00",
    "2.4e1",
    "1E5",
    "1e+2",
    "0.1",
    "-1.5",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "-1e400",
    "5e-324",
    "1e-400",
    "123456789012345678",
    "12345678.0",
    "1234567.0",
    "NaN",
    "-Infinity",
    "Inf",
];

/// No values at all.
const GARBAGE: [&str; 8] = ["01", "tru", "nullx", "'a'", "\"\\x\"", "\"\\ud800\"", "+1", ""];

/// Text that is drawn from bytes, 0 leading to what is usual; so a failure shrinks to what matters.
pub(super) struct Random<'bytes> {
    bytes: std::slice::Iter<'bytes, u8>,
    /// How white space is strewn: not at all, like a printer of lines, or in odd places.
    spaces: usize,
    /// Of 256, how often something is not as it should be.
    oddness: u8,
    depth: usize,
}

impl<'bytes> Random<'bytes> {
    pub(super) fn new(bytes: &'bytes [u8]) -> Self {
        let mut random = Self { bytes: bytes.iter(), spaces: 0, oddness: 0, depth: 0 };
        random.spaces = random.below(3);
        random.oddness = [0, 8, 16, 40][random.below(4)];
        random
    }

    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::from(*self.bytes.next().unwrap_or(&0)) % count
    }

    pub(super) fn is_odd(&mut self) -> bool {
        self.bytes.next().is_some_and(|byte| *byte > 255 - self.oddness)
    }

    fn pick<'item>(&mut self, items: &[&'item str]) -> &'item str {
        items[self.below(items.len())]
    }

    /// The text of a document.
    pub(super) fn document(&mut self) -> String {
        let text = self
            .object(Family::Any, &["Timeline.1", "Track.1", "Stack.1", "SerializableCollection.1", "Clip.2"]);
        if self.is_odd() {
            return format!("\u{feff}{text}");
        }
        text
    }

    fn space(&mut self) -> &'static str {
        match self.spaces {
            0 => "",
            1 => "\n    ",
            _ => ["", " ", "\t\r\n ", "", ""][self.below(5)],
        }
    }

    fn string(&mut self) -> String {
        format!("\"{}\"", self.pick(&STRINGS))
    }

    fn number(&mut self) -> String {
        self.pick(&NUMBERS).to_owned()
    }

    /// A value that suits a field of that kind, most of the time.
    fn value(&mut self, kind: Kind) -> String {
        if self.is_odd() {
            return self.any();
        }
        match kind {
            Kind::Text | Kind::StrictText => self.string(),
            Kind::Flag => self.pick(&["true", "false"]).to_owned(),
            Kind::Double => self.number(),
            Kind::Integer => self.pick(&["1", "0", "-7", "99999999999"]).to_owned(),
            Kind::MissingFramePolicy => self.pick(&["\"error\"", "\"hold\"", "\"black\""]).to_owned(),
            Kind::Dictionary => self.metadata(),
            Kind::Value(text) => self.typed(text),
            Kind::OptionalValue(text) if self.below(2) == 1 => self.typed(text),
            Kind::Object(family) if self.below(2) == 1 => self.object(family, &[]),
            Kind::OptionalValue(_) | Kind::Object(_) => "null".to_owned(),
            Kind::List(family) => self.list(|this| this.object(family, &[])),
            Kind::Map(family) => {
                let count = self.below(3);
                let keys = ["\"DEFAULT_MEDIA\"", "\"proxy\"", "\"z\""];
                let entries =
                    keys.iter().take(count).map(|key| ((*key).to_owned(), self.object(family, &[])));
                let entries = entries.collect();
                self.braced(entries)
            }
        }
    }

    fn any(&mut self) -> String {
        let is_deep = self.depth > 5;
        match self.below(if is_deep { 4 } else { 9 }) {
            0 => "null".to_owned(),
            1 => self.string(),
            2 => self.number(),
            3 => self.pick(&["true", "false"]).to_owned(),
            4 => self.list(Self::any),
            5 => self.metadata(),
            6 => self.object(Family::Any, &[]),
            7 => {
                let text = VALUE_TYPES[self.below(VALUE_TYPES.len())].0;
                self.typed(text)
            }
            _ if self.oddness == 40 && self.is_odd() => self.pick(&GARBAGE).to_owned(),
            _ => "{}".to_owned(),
        }
    }

    fn list(&mut self, mut item: impl FnMut(&mut Self) -> String) -> String {
        let count = if self.depth > 5 { 0 } else { self.below(4) };
        self.depth += 1;
        let items: Vec<String> = (0..count).map(|_| item(self)).collect();
        self.depth -= 1;
        self.bracketed('[', &items, ']')
    }

    /// A dictionary, often with a GUID where one is looked for.
    fn metadata(&mut self) -> String {
        self.depth += 1;
        let mut entries = Vec::new();
        for key in ["a", "b", "c"].into_iter().take(self.below(3)) {
            if self.depth < 6 {
                entries.push((format!("\"{key}\""), self.any()));
            }
        }
        if self.below(2) == 1 {
            let guid = if self.is_odd() { self.any() } else { self.string() };
            let sync =
                if self.is_odd() { self.any() } else { self.braced(vec![("\"guid\"".to_owned(), guid)]) };
            entries.push(("\"sync\"".to_owned(), sync));
        }
        self.depth -= 1;
        self.disturb(&mut entries);
        self.braced(entries)
    }

    /// An object of a value type.
    fn typed(&mut self, text: &str) -> String {
        let fields = value_type(text).map_or(&[][..], |(_, fields)| fields);
        self.of_fields(text, fields.iter())
    }

    /// An object for a place of that family; where some schemas are given, mostly of one of them.
    fn object(&mut self, family: Family, usual: &[&str]) -> String {
        let suitable: Vec<&str> =
            SCHEMAS.iter().filter(|schema| schema.belongs_to(family)).map(|schema| schema.text).collect();
        let text = match usual {
            _ if self.is_odd() => self.pick(&ODD_SCHEMAS),
            _ if self.is_odd() => SCHEMAS[self.below(SCHEMAS.len())].text,
            [] => self.pick(&suitable),
            usual => self.pick(usual),
        };
        let like = match text {
            "Clip.1" | "Clip.9" => "Clip.2",
            "Marker.1" => "Marker.2",
            "Filler.1" | "Gap.01" => "Gap.1",
            "Sequence.1" | "Track. 1" => "Track.1",
            text => text,
        };
        let fields: Vec<&'static Field> =
            schema_of_text(like).map(|schema| schema.fields().collect()).unwrap_or_default();
        self.of_fields(text, fields.into_iter())
    }

    fn of_fields(&mut self, schema: &str, fields: impl Iterator<Item = &'static Field>) -> String {
        self.depth += 1;
        let mut entries = vec![("\"OTIO_SCHEMA\"".to_owned(), format!("\"{schema}\""))];
        if self.is_odd() {
            entries[0].1 = self.any();
        }
        for key in ["\"aa\"", "\"zz\""] {
            if self.is_odd() {
                entries.push((key.to_owned(), self.any()));
            }
        }
        for field in fields {
            let is_list = matches!(field.kind, Kind::List(_) | Kind::Map(_) | Kind::Dictionary);
            let value = match field.kind {
                _ if is_list && self.depth > 6 => "[]".to_owned(),
                kind => self.value(kind),
            };
            entries.push((format!("\"{}\"", field.key), value));
        }
        self.depth -= 1;
        self.disturb(&mut entries);
        self.braced(entries)
    }

    /// Leaves entries out, puts others in, moves them and doubles them.
    fn disturb(&mut self, entries: &mut Vec<(String, String)>) {
        for _ in 0..2 {
            if entries.is_empty() || !self.is_odd() {
                continue;
            }
            let (at, to) = (self.below(entries.len()), self.below(entries.len()));
            match self.below(6) {
                0 => drop(entries.remove(at)),
                1 => entries.swap(at, to),
                2 => entries.insert(to, entries[at].clone()),
                3 => entries.insert(to, (entries[at].0.clone(), self.number())),
                4 => entries.rotate_left(at),
                _ => entries.insert(to, (format!("\"{}\"", self.pick(&KEYS)), self.any())),
            }
        }
    }

    fn braced(&mut self, entries: Vec<(String, String)>) -> String {
        let items: Vec<String> = entries
            .into_iter()
            .map(|(key, value)| format!("{key}{}:{}{value}", self.space(), self.space()))
            .collect();
        self.bracketed('{', &items, '}')
    }

    fn bracketed(&mut self, open: char, items: &[String], close: char) -> String {
        let mut text = String::from(open);
        for (at, item) in items.iter().enumerate() {
            text += if at > 0 { "," } else { "" };
            text += self.space();
            text += item;
            text += self.space();
        }
        text.push(close);
        text
    }
}
