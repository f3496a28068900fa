//! Compositions with questions about them, drawn from a seed.

use lossless_json::{Object, Style, Value};
use otio_document::{Document, Reading};

use crate::draw::Draw;

/// A document and what is asked about it: `[operation, path, arguments…]`.
pub(crate) struct Case {
    pub(crate) document: String,
    pub(crate) questions: Vec<Value>,
}

impl Draw {
    pub(crate) fn whole(&mut self, bound: u64) -> f64 {
        f64::from(u32::try_from(self.below(bound)).unwrap())
    }

    pub(crate) fn film_rate(&mut self) -> f64 {
        self.of(&[24.0, 24.0, 24.0, 24.0, 25.0, 48.0, 30_000.0 / 1001.0])
    }

    fn place(&mut self, bound: u64) -> (f64, f64) {
        let part = self.of(&[0.0, 0.0, 0.0, 0.0, 0.5, 0.1]);
        (self.whole(bound) + part, self.film_rate())
    }
}

pub(crate) fn object(schema: &str, fields: Vec<(&str, Value)>) -> Value {
    let mut object = Object::new();
    object.insert("OTIO_SCHEMA", schema);
    for (key, value) in fields {
        object.insert(key, value);
    }
    Value::Object(object)
}

pub(crate) fn time((value, rate): (f64, f64)) -> Value {
    object("RationalTime.1", vec![("value", value.into()), ("rate", rate.into())])
}

pub(crate) fn range(start: (f64, f64), duration: (f64, f64)) -> Value {
    object("TimeRange.1", vec![("start_time", time(start)), ("duration", time(duration))])
}

/// A tree that grows, with the paths of what is in it.
struct Growth {
    draw: Draw,
    items: Vec<Vec<usize>>,
    transitions: Vec<Vec<usize>>,
    compositions: Vec<Vec<usize>>,
    /// With whether it is a track.
    stacks_and_tracks: Vec<(Vec<usize>, bool)>,
}

impl Growth {
    fn source_range(&mut self, chance: u64) -> Value {
        if self.draw.below(chance) == 0 {
            return Value::Null;
        }
        range(self.draw.place(60), self.draw.place(30))
    }

    fn composition(&mut self, path: &[usize], depth: u64) -> Value {
        let schema = self.draw.of(&["Track.1", "Track.1", "Stack.1"]);
        self.compositions.push(path.to_vec());
        self.stacks_and_tracks.push((path.to_vec(), schema == "Track.1"));
        self.items.push(path.to_vec());
        let source_range = if self.draw.below(3) == 0 { self.source_range(9) } else { Value::Null };
        let count = usize::try_from(self.draw.below(6)).unwrap();
        let of_tracks = schema == "Stack.1" && self.draw.below(2) == 0;
        let children: Vec<Value> = (0..count)
            .map(|index| {
                let path: Vec<usize> = path.iter().copied().chain([index]).collect();
                if of_tracks { self.track(&path) } else { self.child(&path, depth, schema == "Track.1") }
            })
            .collect();
        let mut fields = vec![("children", Value::from(children)), ("source_range", source_range)];
        if schema == "Track.1" {
            fields.push(("kind", "Video".into()));
        }
        object(schema, fields)
    }

    /// A track beside others, as in most timelines.
    fn track(&mut self, path: &[usize]) -> Value {
        self.compositions.push(path.to_vec());
        self.items.push(path.to_vec());
        self.stacks_and_tracks.push((path.to_vec(), true));
        let count = usize::try_from(self.draw.below(7)).unwrap();
        let children: Vec<Value> = (0..count)
            .map(|index| {
                let path: Vec<usize> = path.iter().copied().chain([index]).collect();
                self.child(&path, 0, true)
            })
            .collect();
        let enabled = Value::from(self.draw.below(8) != 0);
        object("Track.1", vec![("children", children.into()), ("enabled", enabled), ("kind", "Video".into())])
    }

    fn child(&mut self, path: &[usize], depth: u64, in_track: bool) -> Value {
        match self.draw.below(10) {
            0..=2 if depth > 0 => self.composition(path, depth - 1),
            3 => {
                self.items.push(path.to_vec());
                object("Gap.1", vec![("source_range", self.source_range(20))])
            }
            4..=5 if in_track => {
                self.transitions.push(path.to_vec());
                let (into, out) = (self.draw.place(6), self.draw.place(6));
                object("Transition.1", vec![("in_offset", time(into)), ("out_offset", time(out))])
            }
            _ => {
                self.items.push(path.to_vec());
                self.clip()
            }
        }
    }

    fn clip(&mut self) -> Value {
        let available = self.source_range(12);
        let media = object(
            "ExternalReference.1",
            vec![("target_url", "a.mov".into()), ("available_range", available)],
        );
        let media = if self.draw.below(25) == 0 { object("MissingReference.1", Vec::new()) } else { media };
        let source_range = self.source_range(3);
        object("Clip.1", vec![("source_range", source_range), ("media_reference", media)])
    }

    fn path(&mut self, of: fn(&Self) -> &Vec<Vec<usize>>) -> Option<Vec<usize>> {
        let count = of(self).len() as u64;
        let index = (count > 0).then(|| usize::try_from(self.draw.below(count)).unwrap())?;
        Some(of(self)[index].clone())
    }
}

pub(crate) fn path_value(path: &[usize]) -> Value {
    Value::from(path.iter().map(|index| Value::from(*index as u64)).collect::<Vec<_>>())
}

pub(crate) fn pair((value, rate): (f64, f64)) -> Value {
    Value::from(vec![Value::from(value), Value::from(rate)])
}

const OF_ITEMS: &[&str] = &["duration", "available_range", "trimmed_range", "visible_range"];
const OF_CHILDREN: &[&str] = &[
    "range_in_parent",
    "trimmed_range_in_parent",
    "range_of_child",
    "trimmed_range_of_child",
    "neighbors_of",
];

/// The case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let mut growth = Growth {
        draw: Draw(seed),
        items: Vec::new(),
        transitions: Vec::new(),
        compositions: Vec::new(),
        stacks_and_tracks: Vec::new(),
    };
    // Reading fills in what opentimelineio wants to be there.
    let document = Document::from_value(growth.composition(&[], 3), Reading::Exact).unwrap();
    let document = document.to_text(Style::OtioCompact);
    let mut questions = Vec::new();
    let mut ask = |operation: &str, path: &[usize], parts: Vec<Value>| {
        let mut question = vec![Value::from(operation), path_value(path)];
        question.extend(parts);
        questions.push(Value::from(question));
    };
    for path in &growth.items {
        for operation in OF_ITEMS {
            ask(operation, path, Vec::new());
        }
    }
    for path in growth.items.iter().chain(&growth.transitions).filter(|path| !path.is_empty()) {
        for operation in OF_CHILDREN {
            ask(operation, path, Vec::new());
        }
    }
    for path in growth.compositions.clone() {
        for _ in 0..4 {
            let shallow = Value::from(growth.draw.below(2) == 0);
            ask("child_at_time", &path, vec![pair(growth.draw.place(80)), shallow.clone()]);
            let range = Value::from(vec![pair(growth.draw.place(60)), pair(growth.draw.place(20))]);
            ask("children_in_range", &path, vec![range.clone()]);
            ask(
                "find_clips",
                &path,
                vec![if growth.draw.below(3) == 0 { Value::Null } else { range }, shallow],
            );
        }
    }
    for (path, _) in growth.stacks_and_tracks.clone() {
        ask("range_of_all_children", &path, Vec::new());
    }
    for path in growth.stacks_and_tracks.clone() {
        match path {
            (path, true) => ask("track_trimmed_to_range", &path, {
                vec![Value::from(vec![pair(growth.draw.place(60)), pair(growth.draw.place(20))])]
            }),
            (path, false) => ask("flatten", &path, Vec::new()),
        }
    }
    for _ in 0..12 {
        if let (Some(from), Some(to)) =
            (growth.path(|growth| &growth.items), growth.path(|growth| &growth.items))
        {
            ask("transformed_time", &from, vec![pair(growth.draw.place(60)), path_value(&to)]);
        }
    }
    Case { document, questions }
}
