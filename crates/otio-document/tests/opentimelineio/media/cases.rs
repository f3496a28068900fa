//! Timelines with media, retimes and layers, and questions about them, drawn from a seed.

use lossless_json::{Style, Value};
use otio_document::{Document, Reading};

use crate::compositions::cases::{Case, object, pair, path_value, range, time};
use crate::draw::Draw;

/// What a drawn document may hold.
#[derive(Clone, Copy)]
pub(crate) struct Contents {
    pub(crate) retimes: bool,
    /// Stacks and tracks inside tracks and stacks of tracks, transitions, disabled items, sound.
    pub(crate) anything: bool,
}

/// A tree that grows, with the paths of the stacks, tracks and clips in it.
struct Growth {
    draw: Draw,
    contents: Contents,
    paths: Vec<Vec<usize>>,
    clips: u64,
}

impl Growth {
    fn rare(&mut self, one_in: u64) -> bool {
        self.draw.below(one_in) == 0
    }

    fn moment(&mut self, bound: u64) -> (f64, f64) {
        let part = self.draw.of(&[0.0, 0.0, 0.0, 0.0, 0.5, 0.1]);
        (self.draw.whole(bound) + part, self.draw.film_rate())
    }

    fn effects(&mut self) -> Value {
        let mut effects = Vec::new();
        while self.contents.retimes && effects.len() < 3 && self.rare(3) {
            let enabled = Value::from(!self.rare(6));
            let scalar = self.draw.of(&[2.0, 0.5, -1.0, 1.0, 0.1, -0.75, 3.0, 0.0, 1.0 / 3.0, 24.0 / 25.0]);
            let schema = self.draw.of(&[
                "LinearTimeWarp.1",
                "LinearTimeWarp.1",
                "LinearTimeWarp.1",
                "FreezeFrame.1",
                "Effect.1",
            ]);
            let mut fields = vec![("effect_name", "retime".into()), ("enabled", enabled)];
            if schema != "Effect.1" {
                fields.push(("time_scalar", scalar.into()));
            }
            effects.push(object(schema, fields));
        }
        effects.into()
    }

    fn item(&mut self, schema: &str, source_range: Value, mut fields: Vec<(&str, Value)>) -> Value {
        let enabled = !(self.contents.anything && self.rare(14));
        fields.push(("source_range", source_range));
        fields.push(("effects", if schema == "Gap.1" { Vec::<Value>::new().into() } else { self.effects() }));
        fields.push(("enabled", enabled.into()));
        object(schema, fields)
    }

    fn composition(&mut self, path: &[usize], schema: &str, depth: u64) -> Value {
        self.paths.push(path.to_vec());
        let source_range = if self.contents.anything && self.rare(4) {
            range(self.moment(12), self.moment(60))
        } else {
            Value::Null
        };
        let count = usize::try_from(1 + self.draw.below(5)).unwrap();
        let children: Vec<Value> = (0..count)
            .map(|index| {
                let path: Vec<usize> = path.iter().copied().chain([index]).collect();
                self.child(&path, schema, depth)
            })
            .collect();
        let mut fields = vec![("children", Value::from(children))];
        if schema == "Track.1" {
            let is_sound = self.contents.anything && self.rare(12);
            fields.push(("kind", if is_sound { "Audio" } else { "Video" }.into()));
        }
        self.item(schema, source_range, fields)
    }

    fn child(&mut self, path: &[usize], parent: &str, depth: u64) -> Value {
        let in_track = parent == "Track.1";
        if !in_track && (!self.contents.anything || !self.rare(3)) {
            return self.composition(path, "Track.1", depth.saturating_sub(1));
        }
        match self.draw.below(9) {
            0..=1 if depth > 0 && self.contents.anything => {
                let schema = self.draw.of(&["Stack.1", "Stack.1", "Track.1"]);
                self.composition(path, schema, depth - 1)
            }
            2 => {
                let duration = self.moment(20);
                self.item("Gap.1", range((0.0, 24.0), duration), Vec::new())
            }
            4 if in_track && self.contents.anything => {
                let (into, out) = (time(self.moment(6)), time(self.moment(6)));
                object("Transition.1", vec![("in_offset", into), ("out_offset", out)])
            }
            _ => self.clip(path),
        }
    }

    fn clip(&mut self, path: &[usize]) -> Value {
        self.paths.push(path.to_vec());
        self.clips += 1;
        let timecode = if self.rare(2) { 0.0 } else { 86_400.0 };
        let rate = self.draw.film_rate();
        let available = range((timecode + self.draw.of(&[0.0, 0.0, 0.5]), rate), (self.draw.whole(90), rate));
        let is_unknown = self.rare(8);
        let is_told = !is_unknown || !self.rare(30);
        let shown = (timecode + self.draw.whole(12) - 2.0, self.draw.film_rate());
        let source_range = if !is_told || (!is_unknown && self.rare(4)) {
            Value::Null
        } else {
            range(shown, self.moment(30))
        };
        let available = if is_unknown { Value::Null } else { available };
        let media = self.media(available);
        let media = [("chosen", media), ("other", object("MissingReference.1", Vec::new()))];
        let name = format!("clip {}", self.clips);
        let fields = vec![
            ("name", name.into()),
            ("media_references", Value::Object(media.into_iter().collect())),
            ("active_media_reference_key", "chosen".into()),
        ];
        self.item("Clip.2", source_range, fields)
    }

    fn media(&mut self, available: Value) -> Value {
        match self.draw.below(6) {
            0 => object("MissingReference.1", vec![("available_range", available)]),
            1..=2 => object(
                "ImageSequenceReference.1",
                vec![
                    ("target_url_base", "file:///show".into()),
                    ("name_prefix", "a.".into()),
                    ("name_suffix", ".exr".into()),
                    ("start_frame", 1001_i64.into()),
                    ("frame_step", self.draw.of(&[1_i64, 1, 2]).into()),
                    ("rate", self.draw.film_rate().into()),
                    ("frame_zero_padding", 4_i64.into()),
                    ("missing_frame_policy", "error".into()),
                    ("available_range", available),
                ],
            ),
            _ => object(
                "ExternalReference.1",
                vec![("target_url", "a.mov".into()), ("available_range", available)],
            ),
        }
    }
}

/// The case of a seed: a document, and questions of a path and a time.
pub(crate) fn case(seed: u64, contents: Contents) -> Case {
    let mut growth = Growth { draw: Draw(seed), contents, paths: Vec::new(), clips: 0 };
    let schema =
        if contents.anything { growth.draw.of(&["Stack.1", "Stack.1", "Track.1"]) } else { "Stack.1" };
    let mut root = growth.composition(&[], schema, 3);
    if schema == "Stack.1" && growth.rare(2) {
        root = object("Timeline.1", vec![("tracks", root)]);
    }
    // Reading fills in what opentimelineio wants to be there.
    let document = Document::from_value(root, Reading::Exact).unwrap();
    let mut questions = Vec::new();
    for _ in 0..12 {
        let paths = growth.paths.len() as u64;
        let any = usize::try_from(growth.draw.below(paths)).unwrap();
        let path = if growth.rare(5) { growth.paths[any].clone() } else { Vec::new() };
        let early =
            if path.is_empty() { 0.0 } else { growth.draw.of(&[0.0, 0.0, 2.0, -86_400.0, -86_400.0]) };
        let (value, rate) = growth.moment(40);
        questions.push(Value::from(vec![path_value(&path), pair((value - early, rate))]));
    }
    Case { document: document.to_text(Style::OtioCompact), questions }
}
