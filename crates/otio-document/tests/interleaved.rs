//! Edits with questions between them: whatever was kept of the answers, they stay those of a document that was just read.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use lossless_json::{Limits, Object, Style, Value, parse};
use otio_document::{Document, NodeId, PropertyPath, RationalTime, Reading};
use proptest::prelude::*;

const STYLES: [Style; Style::COUNT] =
    [Style::OtioCompact, Style::OtioPretty, Style::Digest, Style::Python, Style::Strict, Style::StrictPretty];

/// A timeline in the form in which it is written, and one that has to be brought into it first.
const TIMELINE: &str = r#"{"OTIO_SCHEMA":"Timeline.1","metadata":{"sync":{"guid":"t"}},"name":"cut","tracks":{"OTIO_SCHEMA":"Stack.1","children":[
  {"OTIO_SCHEMA":"Track.1","metadata":{"sync":{"guid":"v"}},"kind":"Video","children":[
    {"OTIO_SCHEMA":"Clip.2","name":"a","metadata":{"sync":{"guid":"c"},"note":{"text":"x"}},"source_range":RANGE24},
    {"OTIO_SCHEMA":"Transition.1","in_offset":TIME5,"out_offset":TIME7,"transition_type":"SMPTE_Dissolve"},
    {"OTIO_SCHEMA":"Clip.2","name":"b","media_references":{"m":{"OTIO_SCHEMA":"ExternalReference.1","target_url":"b.mov","available_range":RANGE48}},"active_media_reference_key":"m"},
    {"OTIO_SCHEMA":"Stack.1","metadata":{"sync":{"guid":"s"}},"children":[
      {"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Gap.1","source_range":RANGE9},{"OTIO_SCHEMA":"Clip.2","name":"c","source_range":RANGE12}]}]}]},
  {"OTIO_SCHEMA":"Track.1","metadata":{"sync":{"guid":"w"}},"kind":"Video","children":[{"OTIO_SCHEMA":"Mine.1","beta":1,"alpha":2},{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"c"}}}]}]}}"#;

const CHILDREN: [&str; 6] = [
    r#"{"OTIO_SCHEMA":"Gap.1","source_range":RANGE12,"metadata":{"sync":{"guid":"c"}}}"#,
    r#"{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{"OTIO_SCHEMA":"Clip.1","source_range":RANGE9,"metadata":{"sync":{"guid":"i"}}}]}"#,
    r#"{"OTIO_SCHEMA":"Transition.1","in_offset":TIME5,"out_offset":TIME5,"transition_type":""}"#,
    r#"{"OTIO_SCHEMA":"Stack.1","children":[],"metadata":{"sync":{"guid":"k"}}}"#,
    r#"{"OTIO_SCHEMA":"Theirs.3","metadata":{"sync":{"guid":"u"}}}"#,
    r#"{"OTIO_SCHEMA":"Clip.9","name":"new"}"#,
];

const PATHS: [&str; 14] = [
    "name",
    "enabled",
    "kind",
    "source_range",
    "source_range",
    "in_offset",
    "active_media_reference_key",
    "media_references",
    "effects",
    "metadata/a/b",
    "metadata/sync/guid",
    "metadata/sync/guid",
    "metadata/sync",
    "metadata/note",
];

const VALUES: [&str; 13] = [
    "null",
    "\"x\"",
    "\"c\"",
    "\"Audio\"",
    "{\"guid\":\"z\"}",
    "{}",
    "false",
    "TIME5",
    "RANGE9",
    "RANGE48",
    "{\"DEFAULT_MEDIA\":{\"OTIO_SCHEMA\":\"ExternalReference.1\",\"target_url\":\"u\",\"available_range\":RANGE9}}",
    "[{\"OTIO_SCHEMA\":\"LinearTimeWarp.1\",\"effect_name\":\"\",\"time_scalar\":2}]",
    "{\"OTIO_SCHEMA\":\"Foo.1\",\"B\":1,\"a\":1.50}",
];

/// The text with times for their short names.
fn with_times(text: &str) -> String {
    let time = |value: &str| format!(r#"{{"OTIO_SCHEMA":"RationalTime.1","rate":24,"value":{value}}}"#);
    let range = |value: &str| {
        format!(r#"{{"OTIO_SCHEMA":"TimeRange.1","duration":{},"start_time":{}}}"#, time(value), time("3"))
    };
    let text = ["5", "7"].iter().fold(text.to_owned(), |text, n| text.replace(&format!("TIME{n}"), &time(n)));
    ["9", "12", "24", "48"].iter().fold(text, |text, n| text.replace(&format!("RANGE{n}"), &range(n)))
}

fn json(text: &str) -> Value {
    parse(with_times(text).as_bytes(), &Limits::default()).unwrap().value
}

fn path(text: &str) -> PropertyPath {
    PropertyPath::parse(text).unwrap()
}

/// A step; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    Set(usize, usize, usize),
    SetAndRestore(usize, usize, usize),
    Remove(usize, usize),
    Adopt(usize),
    Insert(usize, usize, usize),
    Detach(usize, usize),
    Discard(usize),
    EnsureGuids,
    Clone,
    Ask(Vec<(usize, usize)>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let node = 0usize..30;
    let ask = || prop::collection::vec((0usize..QUESTIONS, 0usize..30), 1..12).prop_map(Step::Ask);
    let step = prop_oneof![
        4 => (node.clone(), 0..PATHS.len(), 0..VALUES.len()).prop_map(|(node, path, value)| Step::Set(node, path, value)),
        1 => (node.clone(), 0..PATHS.len(), 0..VALUES.len()).prop_map(|(node, path, value)| Step::SetAndRestore(node, path, value)),
        1 => (node.clone(), 0..PATHS.len()).prop_map(|(node, path)| Step::Remove(node, path)),
        2 => (0..CHILDREN.len()).prop_map(Step::Adopt),
        3 => (node.clone(), 0usize..6, 0usize..4).prop_map(|(parent, index, child)| Step::Insert(parent, index, child)),
        2 => (node, 0usize..6).prop_map(|(parent, index)| Step::Detach(parent, index)),
        1 => (0usize..4).prop_map(Step::Discard),
        1 => Just(Step::EnsureGuids),
        1 => Just(Step::Clone),
        6 => ask(),
    ];
    prop::collection::vec(step, 1..30)
}

/// A document with subtrees beside it, edited in place; and the values of the same, from which documents are made anew
/// for every step.
struct Pair {
    document: Document,
    detached: Vec<NodeId>,
    value: Value,
    values: Vec<Value>,
    minted: usize,
}

/// A collection that holds one thing, so that anything is a node.
fn boxed(value: &Value) -> Document {
    let mut collection = Object::new();
    collection.insert("OTIO_SCHEMA", "SerializableCollection.1");
    collection.insert("children", Value::Array(vec![value.clone()]));
    Document::from_value(collection.into(), Reading::Exact).unwrap()
}

fn unboxed(document: &Document) -> Value {
    document.subtree_value(document.children(document.root().unwrap()).first().unwrap())
}

fn nodes_below(document: &Document, node: NodeId) -> Vec<NodeId> {
    document.descend(node).collect()
}

impl Pair {
    fn new(text: &str) -> Self {
        let document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let value = Document::from_value(json(text), Reading::Exact).unwrap().to_value();
        Self { document, detached: Vec::new(), value, values: Vec::new(), minted: 0 }
    }

    fn fresh(&self) -> Document {
        Document::from_value(self.value.clone(), Reading::Exact).unwrap()
    }

    /// The tops of the trees that there are.
    fn tops(&self) -> Vec<NodeId> {
        self.document.root().into_iter().chain(self.detached.iter().copied()).collect()
    }

    /// Does something with the same node of both: of the document, or of a tree beside it.
    fn with_node<T: PartialEq + std::fmt::Debug>(
        &mut self,
        number: usize,
        act: impl Fn(&mut Document, NodeId) -> T,
    ) {
        let all: Vec<(usize, usize, NodeId)> = (self.tops().into_iter().enumerate())
            .flat_map(|(tree, top)| {
                let nodes = nodes_below(&self.document, top).into_iter().enumerate();
                nodes.map(move |(at, node)| (tree, at, node))
            })
            .collect();
        let (tree, at, node) = all[number % all.len()];
        let done = act(&mut self.document, node);
        let (mut fresh, top) = self.tree(tree);
        let other = nodes_below(&fresh, top)[at];
        assert_eq!(done, act(&mut fresh, other));
        self.put_tree(tree, &fresh);
    }

    fn tree(&self, tree: usize) -> (Document, NodeId) {
        let fresh = if tree == 0 { self.fresh() } else { boxed(&self.values[tree - 1]) };
        let root = fresh.root().unwrap();
        let top = if tree == 0 { root } else { fresh.children(root).first().unwrap() };
        (fresh, top)
    }

    fn put_tree(&mut self, tree: usize, fresh: &Document) {
        if tree == 0 {
            self.value = fresh.to_value();
        } else {
            self.values[tree - 1] = unboxed(fresh);
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Set(node, at, value) => {
                self.with_node(node, |document, node| {
                    document.set_property(node, &path(PATHS[at]), json(VALUES[value]))
                });
            }
            Step::SetAndRestore(node, at, value) => self.with_node(node, |document, node| {
                let done = document.change_property(node, &path(PATHS[at]), json(VALUES[value]));
                let text = document.subtree_text(node, Style::OtioCompact);
                if let Ok(undo) = done.clone() {
                    document.restore_property(node, undo);
                }
                (done, text)
            }),
            Step::Remove(node, at) => {
                self.with_node(node, |document, node| document.remove_property(node, &path(PATHS[at])));
            }
            Step::Adopt(child) => {
                self.detached.push(self.document.adopt(json(CHILDREN[child])).unwrap());
                self.values.push(unboxed(&boxed(&json(CHILDREN[child]))));
            }
            Step::Insert(parent, index, child) => self.insert(parent, index, child),
            Step::Detach(parent, index) => self.detach(parent, index),
            Step::Discard(at) => {
                if at < self.detached.len() {
                    self.document.discard(self.detached.remove(at));
                    self.values.remove(at);
                }
            }
            Step::EnsureGuids => self.ensure_guids(),
            Step::Clone => {
                let clone = self.document.clone();
                let left = std::mem::replace(&mut self.document, clone);
                let node = left.root().unwrap();
                let mut left = left;
                left.set_property(node, &path("name"), "left".into()).unwrap();
            }
            Step::Ask(ref questions) => self.ask(questions),
        }
    }

    fn insert(&mut self, parent: usize, index: usize, child: usize) {
        if child >= self.detached.len() {
            return;
        }
        let nodes = nodes_below(&self.document, self.document.root().unwrap());
        let (at, node) = (parent % nodes.len(), self.detached[child]);
        let done = self.document.insert_child(nodes[at % nodes.len()], index, node);
        let mut fresh = self.fresh();
        let other = fresh.adopt(self.values[child].clone()).unwrap();
        let parent = nodes_below(&fresh, fresh.root().unwrap())[at];
        assert_eq!(done, fresh.insert_child(parent, index, other));
        if done.is_ok() {
            self.detached.remove(child);
            self.values.remove(child);
            self.value = fresh.to_value();
        }
    }

    fn detach(&mut self, parent: usize, index: usize) {
        let nodes = nodes_below(&self.document, self.document.root().unwrap());
        let at = parent % nodes.len();
        let done = self.document.detach_child(nodes[at], index);
        let mut fresh = self.fresh();
        let parent = nodes_below(&fresh, fresh.root().unwrap())[at];
        match (done, fresh.detach_child(parent, index)) {
            (Ok(node), Ok(other)) => {
                self.detached.push(node);
                self.values.push(fresh.subtree_value(other));
                self.value = fresh.to_value();
            }
            (done, other) => assert_eq!(done.err(), other.err()),
        }
    }

    fn ensure_guids(&mut self) {
        let start = self.minted;
        let (mut fresh, mut count, mut again) = (self.fresh(), start, start);
        let next = |count: &mut usize| {
            *count += 1;
            format!("minted-{count}")
        };
        let report = self.document.ensure_guids(&mut || next(&mut count));
        let other = fresh.ensure_guids(&mut || next(&mut again));
        assert_eq!((report.minted, report.reminted.len()), (other.minted, other.reminted.len()));
        self.minted = count;
        self.value = fresh.to_value();
    }

    fn ask(&self, questions: &[(usize, usize)]) {
        let fresh = self.fresh();
        for (question, number) in questions {
            let asked = answer(&self.document, *question, *number);
            assert_eq!(asked, answer(&fresh, *question, *number), "question {question} of node {number}");
        }
        for (node, value) in self.detached.iter().zip(&self.values) {
            let text = value.to_text(Style::OtioPretty);
            assert_eq!(self.document.subtree_text(*node, Style::OtioPretty), text);
        }
    }
}

const QUESTIONS: usize = 22;

/// What a document says of itself or of one of its nodes, without handles.
fn answer(document: &Document, question: usize, number: usize) -> String {
    let nodes = nodes_below(document, document.root().unwrap());
    let (node, style) = (nodes[number % nodes.len()], STYLES[number % STYLES.len()]);
    let other = nodes[number * 7 % nodes.len()];
    let root = document.root().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let time = RationalTime::new(number as f64 * 3.5, 24.0);
    let shown = |node: Option<NodeId>| node.map(|node| document.json_path(node));
    match question {
        0 => document.to_text(style),
        1 => document.encoded(style).to_string(),
        2 => document.subtree_text(node, style),
        3 => format!("{:?}", document.fields(node).collect::<Vec<_>>()),
        4 => format!("{:?}", PATHS.map(|text| document.property(node, &path(text)))),
        5 => format!("{:?} {:?}", document.name(node), document.guid(node)),
        6 => format!("{:?}", ["c", "i", "z", "minted-2", "x"].map(|guid| shown(document.find(guid)))),
        7 => format!("{:?} {}", document.index_in_parent(node), document.json_path(node)),
        8 => format!("{:?}", document.duration(node)),
        9 => format!("{:?}", document.available_range(node)),
        10 => format!("{:?}", document.trimmed_range_in_parent(node)),
        11 => format!("{:?}", document.range_of_child(root, node)),
        12 => format!("{:?}", document.child_at_time(node, time, number.is_multiple_of(2)).map(shown)),
        13 => format!(
            "{:?}",
            document.media_at_time(node, time).map(|seen| seen.map(|seen| (
                shown(Some(seen.clip)),
                seen.time,
                seen.frame,
                seen.frames
            )))
        ),
        14 => format!("{:?}", document.visible_range(node)),
        15 => format!("{:?}", document.transformed_time(time, node, other)),
        16 => format!(
            "{:?}",
            document
                .duplicate_guids()
                .iter()
                .map(|twice| (twice.guid, shown(Some(twice.node))))
                .collect::<Vec<_>>()
        ),
        17 => format!("{:?}", document.field(node, "source_range")),
        18 => format!("{:?}", document.source_range(node)),
        19 => document.to_value().to_text(Style::OtioCompact),
        20 => format!("{:?} {:?}", document.kind(node), document.children(node).len()),
        _ => format!("{:?}", document.range_in_parent(node)),
    }
}

proptest! {
    #[test]
    fn answers_are_those_of_a_document_that_was_just_read(is_canonical: bool, steps in steps()) {
        let text = with_times(TIMELINE);
        let written = Document::read(text.as_bytes(), Reading::Exact).unwrap().to_text(Style::OtioCompact);
        let mut pair = Pair::new(if is_canonical { &written } else { &text });
        for step in &steps {
            pair.take(step);
        }
        let all: Vec<_> = (0..QUESTIONS * 6).map(|at| (at / 6, at)).collect();
        pair.ask(&all);
    }
}

fn assert_shared<T: Send + Sync>(shared: &T) -> &T {
    shared
}

#[test]
fn threads_read_a_document_together() {
    let text = with_times(TIMELINE);
    let alone = Document::read(text.as_bytes(), Reading::Exact).unwrap();
    let answers: Vec<_> = (0..QUESTIONS * 30).map(|at| answer(&alone, at / 30, at % 30)).collect();
    for _ in 0..20 {
        let document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let document = assert_shared(&document);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for (at, wanted) in answers.iter().enumerate() {
                        assert_eq!(answer(document, at / 30, at % 30), *wanted);
                    }
                });
            }
        });
    }
}
