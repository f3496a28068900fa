//! Random documents from a seed: every schema, fields left out, nulls, wrong types, unknown keys, odd numbers.

use std::fmt::Write as _;

use lossless_json::{Style, Value};

/// A generator (`SplitMix64`) and the documents it makes. Trouble — anything that opentimelineio may refuse — comes in
/// only half of the documents, so that many are read.
pub(crate) struct RandomDocuments {
    state: u64,
    has_trouble: bool,
    /// Objects that may still be made, so that random nesting ends.
    budget: usize,
}

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "1",
    "24",
    "24.0",
    "23.976023976023978",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e22",
    "1e21",
    "5e-324",
    "NaN",
    "Infinity",
    "-Infinity",
    "0.1",
    "605443.19081",
    "1.7976931348623157e308",
    "123456789012345678901234567890",
    "-1",
    "1E2",
];

const TEXTS: &[&str] = &[
    "",
    "V1",
    "é☃😀",
    "a\\u0001b\\n",
    "tab\\tquote\\\"back\\\\slash\\/",
    "\\ud83d\\ude00",
    "\\u2028\\u007f",
    "Video",
    "hold",
    "RED",
    "DEFAULT_MEDIA",
    "ExternalReference.1",
];

const KEYS: &[&str] = &["zeta", "alpha", "é", "Name", "sync", "color_", "a", "z", "range", "OTIO_REF"];

impl RandomDocuments {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), has_trouble: seed % 2 == 1, budget: 150 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn trouble(&mut self, per_mille: usize) -> bool {
        self.has_trouble && self.below(1000) < per_mille
    }

    fn pick<'item>(&mut self, items: &[&'item str]) -> &'item str {
        items[self.below(items.len())]
    }

    /// The text of one document.
    pub(crate) fn document(&mut self) -> String {
        match self.below(6) {
            0 => self.timeline(),
            1 => self.collection(),
            2 => self.composition(4),
            3 => self.composable(3),
            4 => self.any_object(),
            _ => self.any(3),
        }
    }

    /// An object of a schema: the given fields — some left out or spoilt — unknown ones among them, in random order.
    fn object(&mut self, schema: &str, required: &[(&str, String)], optional: &[(&str, String)]) -> String {
        let mut entries = vec![format!("\"OTIO_SCHEMA\": {}", quoted(schema))];
        for (key, value) in required {
            if !self.trouble(8) {
                entries.push(self.entry(key, value));
            }
        }
        for (key, value) in optional {
            if !self.chance(25) {
                entries.push(self.entry(key, value));
            }
        }
        self.budget = self.budget.saturating_sub(1);
        while self.chance(15) {
            // Where a value type drops an object, opentimelineio goes on to use what it has freed.
            let depth = usize::from(!is_value_type(schema));
            let (key, value) = (self.pick(KEYS), self.any(depth));
            push_new(&mut entries, key, self.entry(key, &value));
        }
        for at in (1..entries.len()).rev() {
            let other = self.below(at + 1);
            entries.swap(at, other);
        }
        let space = self.pick(&["", " ", "\n\t"]);
        format!("{{{space}{}{space}}}", entries.join(","))
    }

    fn entry(&mut self, key: &str, value: &str) -> String {
        if self.trouble(6) {
            let value = self.wrong();
            return format!("\"{key}\": {value}");
        }
        if self.trouble(6) {
            return format!("\"{key}\": null");
        }
        format!("\"{key}\":{value}")
    }

    /// Something of a type that is most likely wrong.
    fn wrong(&mut self) -> String {
        match self.below(4) {
            0 => self.dictionary(0),
            1 => "[1, [], {}]".to_owned(),
            2 => self.time(),
            _ => self.any(0),
        }
    }

    fn number(&mut self) -> String {
        match self.below(4) {
            0 => self.pick(NUMBERS).to_owned(),
            1 => (self.next() % 2000).to_string(),
            _ => {
                let float = f64::from(u32::try_from(self.next() >> 40).unwrap()) / 997.0;
                Value::from(float).to_text(Style::Digest)
            }
        }
    }

    fn text(&mut self) -> String {
        format!("\"{}\"", self.pick(TEXTS))
    }

    fn dictionary(&mut self, depth: usize) -> String {
        let mut entries = Vec::new();
        while self.budget > 0 && self.chance(60) {
            let (key, value) = (self.pick(KEYS), self.any(depth));
            push_new(&mut entries, key, format!("\"{key}\":{value}"));
        }
        format!("{{{}}}", entries.join(", "))
    }

    fn list(&mut self, percent: usize, mut item: impl FnMut(&mut Self) -> String) -> String {
        let mut items = Vec::new();
        while items.len() < 5 && self.budget > 0 && self.chance(percent) {
            items.push(if self.trouble(10) { self.any(1) } else { item(self) });
        }
        format!("[{}]", items.join(","))
    }

    fn any(&mut self, depth: usize) -> String {
        let kinds = if depth == 0 || self.budget == 0 { 5 } else { 9 };
        match self.below(kinds) {
            0 => "null".to_owned(),
            1 => self.pick(&["true", "false"]).to_owned(),
            2 | 3 => self.number(),
            4 => self.text(),
            5 => self.dictionary(depth - 1),
            6 => self.list(50, |this| this.any(depth - 1)),
            7 => self.value_type(),
            _ => self.any_object(),
        }
    }

    fn time(&mut self) -> String {
        let fields = [("rate", self.number()), ("value", self.number())];
        self.object("RationalTime.1", &fields, &[])
    }

    fn range(&mut self) -> String {
        let fields = [("start_time", self.time()), ("duration", self.time())];
        self.object("TimeRange.1", &fields, &[])
    }

    fn point(&mut self) -> String {
        let fields = [("x", self.number()), ("y", self.number())];
        self.object("V2d.1", &fields, &[])
    }

    fn bounds(&mut self) -> String {
        let fields = [("min", self.point()), ("max", self.point())];
        self.object("Box2d.1", &fields, &[])
    }

    fn color(&mut self) -> String {
        let fields = [
            ("r", self.number()),
            ("g", self.number()),
            ("b", self.number()),
            ("a", self.number()),
            ("name", self.text()),
        ];
        self.object("Color.1", &fields, &[])
    }

    fn value_type(&mut self) -> String {
        match self.below(6) {
            0 => self.range(),
            1 => self.color(),
            2 => self.bounds(),
            3 => {
                let fields = [("offset", self.time()), ("rate", self.number()), ("scale", self.number())];
                self.object("TimeTransform.1", &fields, &[])
            }
            _ => self.time(),
        }
    }

    fn or_null(&mut self, make: fn(&mut Self) -> String) -> String {
        if self.chance(30) { "null".to_owned() } else { make(self) }
    }

    fn named(&mut self) -> Vec<(&'static str, String)> {
        vec![("metadata", self.dictionary(2)), ("name", self.text())]
    }

    fn item(&mut self) -> Vec<(&'static str, String)> {
        let mut fields = self.named();
        fields.push(("source_range", self.or_null(Self::range)));
        fields.push(("effects", self.list(20, Self::effect)));
        fields.push(("markers", self.list(20, Self::marker)));
        fields.push(("enabled", self.pick(&["true", "false"]).to_owned()));
        fields.push(("color", self.or_null(Self::color)));
        fields
    }

    fn effect(&mut self) -> String {
        let mut optional = self.named();
        optional.push(("enabled", "true".to_owned()));
        let mut required = vec![("effect_name", self.text())];
        let schema = self.pick(&["Effect.1", "TimeEffect.1", "LinearTimeWarp.1", "FreezeFrame.1"]);
        if schema.starts_with(['L', 'F']) {
            required.push(("time_scalar", self.number()));
        }
        self.object(schema, &required, &optional)
    }

    fn marker(&mut self) -> String {
        let mut optional = self.named();
        optional.push(("color", self.text()));
        optional.push(("comment", self.text()));
        let (schema, key) =
            if self.chance(30) { ("Marker.1", "range") } else { ("Marker.2", "marked_range") };
        let schema = if self.trouble(10) { "Marker.3" } else { schema };
        let required = [(key, self.range())];
        self.object(schema, &required, &optional)
    }

    fn media(&mut self) -> String {
        let mut optional = self.named();
        optional.push(("available_range", self.or_null(Self::range)));
        optional.push(("available_image_bounds", self.or_null(Self::bounds)));
        let text = self.text();
        match self.below(5) {
            0 => self.object("MissingReference.1", &[], &optional),
            1 => {
                let parameters = self.dictionary(1);
                self.object(
                    "GeneratorReference.1",
                    &[("generator_kind", text), ("parameters", parameters)],
                    &optional,
                )
            }
            2 => self.image_sequence(&optional),
            _ => self.object("ExternalReference.1", &[("target_url", text)], &optional),
        }
    }

    fn image_sequence(&mut self, optional: &[(&str, String)]) -> String {
        let policies =
            if self.has_trouble { &["\"error\"", "\"hold\"", "\"x\""][..] } else { &["\"black\""][..] };
        let required = [
            ("target_url_base", self.text()),
            ("name_prefix", self.text()),
            ("name_suffix", self.text()),
            ("start_frame", self.below(5000).to_string()),
            ("frame_step", "1".to_owned()),
            ("rate", self.number()),
            ("frame_zero_padding", self.pick(&["4", "-1", "5000000000"]).to_owned()),
            ("missing_frame_policy", self.pick(policies).to_owned()),
        ];
        self.object("ImageSequenceReference.1", &required, optional)
    }

    fn clip(&mut self) -> String {
        let item = self.item();
        if self.chance(20) {
            let media = self.or_null(Self::media);
            return self.object("Clip.1", &[], &[item, vec![("media_reference", media)]].concat());
        }
        let mut media = String::new();
        for key in ["proxy", "DEFAULT_MEDIA"] {
            if self.chance(60) {
                let comma = if media.is_empty() { "" } else { "," };
                let _ = write!(media, "{comma}\"{key}\":{}", self.media());
            }
        }
        let required =
            [("media_references", format!("{{{media}}}")), ("active_media_reference_key", self.text())];
        self.object("Clip.2", &required, &item)
    }

    fn composable(&mut self, depth: usize) -> String {
        match self.below(8) {
            0 => {
                let item = self.item();
                let schema = self.pick(&["Gap.1", "Filler.1", "Item.1", "Gap.0"]);
                self.object(schema, &[], &item)
            }
            1 => {
                let named = self.named();
                let required = [
                    ("in_offset", self.time()),
                    ("out_offset", self.time()),
                    ("transition_type", self.text()),
                ];
                self.object("Transition.1", &required, &named)
            }
            2 | 3 if depth > 0 => self.composition(depth - 1),
            _ => self.clip(),
        }
    }

    fn composition(&mut self, depth: usize) -> String {
        let item = self.item();
        let children = self.list(60, |this| this.composable(depth));
        if self.chance(30) {
            return self.object("Stack.1", &[("children", children)], &item);
        }
        let schema = self.pick(&["Track.1", "Track.1", "Sequence.1"]);
        let kind = self.text();
        self.object(schema, &[("children", children), ("kind", kind)], &item)
    }

    fn timeline(&mut self) -> String {
        let mut optional = self.named();
        optional.push(("global_start_time", self.or_null(Self::time)));
        let item = self.item();
        let children = self.list(70, |this| this.composition(3));
        let stack = self.object("Stack.1", &[("children", children)], &item);
        self.object("Timeline.1", &[("tracks", stack)], &optional)
    }

    fn collection(&mut self) -> String {
        let named = self.named();
        let children = self.list(60, Self::any_object);
        self.object("SerializableCollection.1", &[("children", children)], &named)
    }

    fn any_object(&mut self) -> String {
        match self.below(8) {
            0 => self.timeline(),
            1 => self.clip(),
            2 => self.media(),
            3 => self.marker(),
            4 => self.effect(),
            5 => {
                let schema = self.pick(&[
                    "PaintStart.1",
                    "Foo.3",
                    "RationalTime.2",
                    "SerializableObject.1",
                    "Adapter.1",
                ]);
                let fields = [("uuid", self.text()), ("points", self.any(1))];
                self.object(schema, &[], &fields)
            }
            6 if self.trouble(100) => {
                let schema = self.pick(&["Clip.3", "Foo", "", "Timeline.x"]);
                self.object(schema, &[], &[])
            }
            _ => self.composition(1),
        }
    }
}

fn is_value_type(schema: &str) -> bool {
    matches!(schema, "RationalTime.1" | "TimeRange.1" | "TimeTransform.1" | "V2d.1" | "Box2d.1" | "Color.1")
}

/// Adds an entry unless its key is there: opentimelineio has undefined behaviour where it drops the second of two.
fn push_new(entries: &mut Vec<String>, key: &str, entry: String) {
    let start = format!("\"{key}\":");
    if !entries.iter().any(|entry| entry.starts_with(&start)) {
        entries.push(entry);
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_text(Style::Digest)
}
