//! Scripts for one existing peer, to compare the model with another program that does the same: the project's Python peer.

use lossless_json::{Limits, Object, Style, Value, parse};
use session_core::Now;

use super::draw::Messages;
use super::editing::Edit;
use super::{App, Config, ExistingPeer, Generation, Quirk};
use crate::doing::Doing;
use crate::node::wall_us;
use crate::plan::{ExistingPlan, Step};
use crate::random::{Random, pick};

/// Polls and edits of one script.
const LINES: u64 = 60;
/// Quirks that only the model can be without: opentimelineio has no room for such values.
const ALWAYS: &[Quirk] =
    &[Quirk::RaisesOnStructuredValues, Quirk::RefusesNewerSchemas, Quirk::ForgetsUnknownAttributes];
/// When a script begins, on the monotonic clock.
const BEGIN_US: u64 = 1_000_000_000;

/// What one existing peer is told, and what the model answers.
#[derive(Clone, Debug)]
pub struct ExistingScript {
    /// One JSON object each: `new`, `poll` or `edit`, and when (`at`, in microseconds).
    pub lines: Vec<String>,
    /// To each line what was sent, whether something raised, and the state, in [comparable](Self::comparable) form.
    pub answers: Vec<String>,
    /// What each raised first, for the curious; empty where nothing did.
    pub raised: Vec<String>,
}

impl ExistingScript {
    /// The script of a seed.
    pub fn draw(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let generation = if random.chance(40) { Generation::Seed } else { Generation::Latest };
        let app = random.weighted(&[(4, App::OpenRv), (4, App::XStudio), (1, App::Viewer)]);
        let (with, without) = switched(&mut random);
        let mut plan = ExistingPlan {
            name: "own".to_owned(),
            skew_us: 0,
            generation,
            app: app.unwrap_or(App::OpenRv),
            opens: false,
            with,
            without,
        };
        plan.with.retain(|quirk| !plan.without.contains(quirk));
        let mut drawing = Drawing::new(random, &plan);
        for number in 0..LINES {
            drawing.line(number);
        }
        drawing.script
    }

    /// An answer without what depends on the machine, in digest form.
    pub fn comparable(answer: &str) -> String {
        let read = parse(answer.as_bytes(), &Limits::default());
        let Ok(read) = read else { return format!("unreadable: {answer}") };
        without_machine(read.value).to_text(Style::Digest)
    }
}

/// Quirks to have and not to have, in every other script.
fn switched(random: &mut Random) -> (Vec<Quirk>, Vec<Quirk>) {
    let mut drawn = |most: u64| {
        let count = random.below(most + 1);
        let drawn = (0..count).filter_map(|_| pick(Quirk::WORDS, random.number()).map(|(quirk, _)| *quirk));
        drawn.filter(|quirk| !ALWAYS.contains(quirk)).collect::<Vec<_>>()
    };
    let (with, without) = (drawn(3), drawn(8));
    if random.chance(50) { (with, without) } else { (Vec::new(), Vec::new()) }
}

/// Names of people and hosts, and times that are reckoned in floats, differ.
fn without_machine(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_machine).collect::<Vec<Value>>().into(),
        Value::Object(object) => {
            let kept =
                object.into_iter().filter(|(key, _)| !matches!(key.as_str(), "identity" | "remaining_ms"));
            kept.map(|(key, value)| (key, without_machine(value))).collect::<Object>().into()
        }
        other => other,
    }
}

struct Drawing {
    random: Random,
    peer: ExistingPeer,
    now_us: u64,
    script: ExistingScript,
}

impl Drawing {
    fn new(random: Random, plan: &ExistingPlan) -> Self {
        let (guid, session) = (plan.name.clone(), "s".to_owned());
        let config = Config { guid, session, app: plan.app, quirks: plan.quirks(), opens: None, run: 0 };
        let now = Now { monotonic_us: BEGIN_US, wall_us: wall_us(BEGIN_US, 0) };
        let mut peer = ExistingPeer::new(config, now);
        peer.start(now);
        let script = ExistingScript { lines: Vec::new(), answers: Vec::new(), raised: Vec::new() };
        let mut drawing = Self { random, peer, now_us: BEGIN_US, script };
        let words = |quirks: &[Quirk]| quirks.iter().map(|quirk| quirk.word()).collect::<Vec<_>>();
        let mut new: Object = [("guid", plan.name.as_str())].into_iter().collect();
        new.insert("app", plan.app.word());
        new.insert("generation", plan.generation.word());
        new.insert("with", words(&plan.with));
        new.insert("without", words(&plan.without));
        drawing.note("new", new.into());
        drawing
    }

    fn line(&mut self, number: u64) {
        let long = self.random.chance(8);
        self.now_us +=
            if long { self.random.between(900_001, 6_000_003) } else { self.random.between(10_007, 400_009) };
        let now = Now { monotonic_us: self.now_us, wall_us: wall_us(self.now_us, 0) };
        if self.random.chance(30) {
            return self.edits(number, now);
        }
        let batch: Vec<Value> = (0..self.random.below(5))
            .map(|_| Messages { random: &mut self.random, peer: &self.peer, wall: now.wall_us }.message())
            .collect();
        for envelope in &batch {
            self.peer.receive(envelope.clone());
        }
        self.peer.poll(now);
        self.note("poll", batch.into());
    }

    fn edits(&mut self, number: u64, now: Now) {
        let doing = self.random.weighted(Doing::COMMANDS).unwrap_or(Doing::SetName);
        let picks = [(); 3].map(|()| self.random.below(1_000_000));
        let step = Step { at_us: self.now_us, number, peer: 0, doing, picks };
        for edit in self.peer.edits(&step) {
            let Some(line) = edit_value(&edit) else { continue };
            self.peer.edit(now, edit);
            self.note("edit", line.into());
        }
    }

    fn note(&mut self, what: &str, value: Value) {
        let mut line: Object = [(what, value)].into_iter().collect();
        line.insert("at", self.now_us);
        self.script.lines.push(Value::from(line).to_text(Style::Python));
        let raised = std::mem::take(&mut self.peer.exceptions);
        let sent = std::iter::from_fn(|| self.peer.poll_output());
        let sent: Vec<Value> =
            sent.filter_map(|text| Some(parse(text.as_bytes(), &Limits::default()).ok()?.value)).collect();
        let mut answer: Object = [("sent", sent)].into_iter().collect();
        answer.insert("raised", !raised.is_empty());
        answer.insert("state", self.peer.state());
        self.script.answers.push(ExistingScript::comparable(&Value::from(answer).to_text(Style::Python)));
        self.script.raised.push(raised.first().map(|one| format!("{one:?}")).unwrap_or_default());
    }
}

/// An edit as a line; none where the other program has no such command.
fn edit_value(edit: &Edit) -> Option<Object> {
    let object = |word: &str, fields: Vec<(&str, Value)>| {
        let word = [("do", Value::from(word))];
        Some(word.into_iter().chain(fields).collect::<Object>())
    };
    match edit.clone() {
        Edit::SetProperty { target, path, value } => {
            object("set_property", vec![("target", target.into()), ("path", path.into()), ("value", value)])
        }
        Edit::Insert { parent, index, child } => {
            object("insert", vec![("parent", parent.into()), ("index", index.into()), ("child", child)])
        }
        Edit::Move { parent, child, index } => {
            object("move", vec![("parent", parent.into()), ("child", child.into()), ("index", index.into())])
        }
        Edit::Remove { parent, child } => {
            object("remove", vec![("parent", parent.into()), ("child", child.into())])
        }
        Edit::AddTimeline { timeline } => object("add_timeline", vec![("timeline", timeline)]),
        Edit::RenameTimeline { timeline, name } => {
            object("rename_timeline", vec![("timeline", timeline.into()), ("name", name.into())])
        }
        Edit::RemoveTimeline { timeline } => object("remove_timeline", vec![("timeline", timeline.into())]),
        Edit::ReplaceTimeline { timeline, version } => {
            object("replace_timeline", vec![("timeline", timeline.into()), ("version", version)])
        }
        Edit::Annotate { clip, frame, events } => object(
            "annotate",
            vec![("clip", clip.into()), ("frame", frame.into()), ("events", events.into())],
        ),
        Edit::ReplaceAnnotation { annotation, events } => {
            object("replace_annotation", vec![("annotation", annotation.into()), ("events", events.into())])
        }
        Edit::Partial { clip, frame, events } => {
            object("partial", vec![("clip", clip.into()), ("frame", frame.into()), ("events", events.into())])
        }
        Edit::Playback { state } => object("playback", vec![("state", state.into())]),
        Edit::Display { state } => object("display", vec![("state", state.into())]),
    }
}

impl ExistingPeer {
    /// Everything that another program can tell of itself.
    fn state(&mut self) -> Object {
        let now_us = self.now.monotonic_us;
        let owners = ["display", "position", "structure", "visibility"];
        let owners: Object = owners
            .into_iter()
            .map(|channel| (channel, Value::from(self.leases.owner(channel, now_us).map(str::to_owned))))
            .collect();
        let mut state = Object::new();
        state.insert("timelines", self.replica.wire_timelines());
        state.insert("mapped", self.replica.objects.keys().cloned().collect::<Vec<_>>());
        state.insert("active", self.replica.active.clone());
        state.insert("unresolved", self.replica.unresolved);
        state.insert("status", format!("{:?}", self.status).to_uppercase());
        state.insert("is_master", self.mastership.own);
        state.insert("master", self.mastership.master.clone().filter(|master| !master.is_empty()));
        state.insert("host", self.host.clone());
        state.insert("peers", self.peers.keys().cloned().collect::<Vec<_>>());
        state.insert("role", self.role.as_str());
        state.insert("playback", self.view.playback.clone());
        state.insert("display", self.view.display.clone());
        state.insert("selected", self.view.selected.clone());
        state.insert("owners", owners);
        state
    }
}

/// One of these by chance.
pub(super) fn one_of<T: Clone>(random: &mut Random, items: &[T]) -> Option<T> {
    pick(items, random.number()).cloned()
}
