//! A state with all that the fold must know beyond its documents, as text.

use std::collections::BTreeMap;
use std::sync::Arc;

use lossless_json::{Object, Style, TextWriter, Value};
use session_wire::frontier_key;

use super::covered::Covered;
use super::runs::Runs;
use super::survey::Survey;
use crate::replica::TimelineReplica;
use crate::state::SessionState;
use crate::{Guid, Role, Stamp};

/// The text of a state, in digest form: two replicas are equal if and only if theirs are.
pub(crate) fn text_of(state: &SessionState, upto: &Stamp, covered: &Covered) -> String {
    let Covered { runs, existing } = covered;
    let mut out =
        Writing { out: TextWriter::new(Style::Digest), origins: BTreeMap::new(), names: Vec::new() };
    out.out.begin_object();
    out.clip_timelines(state);
    out.entry("existing", |out| out.out.value(&existing.to_value()));
    out.entry("forgotten", |out| out.out.value(&runs.forgotten_us().into()));
    out.entry("gaps", |out| out.out.value(&runs.gaps().to_value()));
    out.roles(state);
    out.runs(runs);
    out.out.key("timelines");
    out.out.begin_list();
    for replica in state.order.iter().filter_map(|guid| state.timelines.get(guid)) {
        out.out.item();
        out.timeline(replica, None);
    }
    out.out.end_list();
    out.graves(state);
    out.entry("upto", |out| out.stamp(Some(upto)));
    // Last, for the stamps have named them.
    let origins: Vec<Value> = std::mem::take(&mut out.names);
    out.out.key("origins");
    out.out.value(&Value::Array(origins));
    out.out.end_object();
    out.out.into_text()
}

/// The id of a state by its text.
pub(crate) fn id_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().as_str().chars().take(32).collect()
}

struct Writing {
    out: TextWriter,
    /// Source and run → its number in `names`: a stamp names it by that.
    origins: BTreeMap<(Guid, Arc<str>), u64>,
    names: Vec<Value>,
}

impl Writing {
    fn entry(&mut self, key: &str, write: impl FnOnce(&mut Self)) {
        self.out.key(key);
        write(self);
    }

    fn number(&mut self, number: usize) {
        self.out.value(&Value::from(number as u64));
    }

    fn clip_timelines(&mut self, state: &SessionState) {
        let pairs: Object = state.clip_timelines.iter().map(|(clip, guid)| (&**clip, &**guid)).collect();
        self.entry("clip_timelines", |this| this.out.value(&pairs.into()));
    }

    /// `{source/run: [number, clock of the last operation]}`.
    fn runs(&mut self, runs: &Runs) {
        let pairs = runs.iter().map(|(source, run, seq, clock_us)| {
            (frontier_key(source, run), Value::from(vec![seq, clock_us]))
        });
        let pairs: Object = pairs.collect();
        self.entry("runs", |this| this.out.value(&pairs.into()));
    }

    fn roles(&mut self, state: &SessionState) {
        let roles = state.roles();
        let given = |roles: &BTreeMap<String, Role>| -> Object {
            roles.iter().map(|(who, role)| (who.as_str(), role.as_str())).collect()
        };
        let (of_users, of_peers) = roles.bound();
        let all: Object = [
            ("default_role", Value::from(roles.default_role().as_str())),
            ("of_peers", given(of_peers).into()),
            ("of_users", given(of_users).into()),
        ]
        .into_iter()
        .collect();
        self.entry("roles", |this| this.out.value(&all.into()));
    }

    /// `[clock, number of its origin, number]`, or `null`.
    fn stamp(&mut self, stamp: Option<&Stamp>) {
        let Some(stamp) = stamp else { return self.out.value(&Value::Null) };
        let origin = (stamp.id.source.clone(), stamp.id.run.clone());
        let next = self.origins.len() as u64;
        let names = &mut self.names;
        let number = *self.origins.entry(origin).or_insert_with(|| {
            names.push(Value::from(vec![&*stamp.id.source, &*stamp.id.run]));
            next
        });
        self.out.value(&Value::from(vec![stamp.hlc_us, number, stamp.id.seq]));
    }

    /// Timelines that lie in graves, with what took them away.
    fn graves(&mut self, state: &SessionState) {
        self.out.key("graves");
        self.out.begin_list();
        for grave in state.graves.values().flatten() {
            self.out.item();
            self.timeline(&grave.replica, Some(&grave.by));
        }
        self.out.end_list();
    }

    fn timeline(&mut self, replica: &TimelineReplica, by: Option<&Stamp>) {
        let survey = Survey::of(replica);
        self.out.begin_object();
        self.aliases(replica);
        self.bearers(replica, &survey);
        self.entry("by", |this| this.stamp(by));
        self.entry("document", |this| replica.document.write(&mut this.out));
        self.entry("guid", |this| this.out.string(&replica.guid));
        self.entry("mapped", |this| this.stamp(replica.mapped.as_ref()));
        self.noted(replica, &survey);
        self.placed(replica, &survey);
        self.removed(replica, &survey);
        self.tags(replica, &survey);
        self.out.end_object();
    }

    /// `{name: [what it stands for, stamp of the stroke that it goes with]}`.
    fn aliases(&mut self, replica: &TimelineReplica) {
        self.out.key("aliases");
        self.out.begin_object();
        for (name, alias) in &replica.aliases {
            self.entry(name, |this| {
                this.out.begin_list();
                this.out.item();
                this.out.string(&alias.of);
                this.out.item();
                this.stamp(alias.until.as_ref());
                this.out.end_list();
            });
        }
        self.out.end_object();
    }

    /// The nodes of each GUID that several carry, in the order in which they came.
    fn bearers(&mut self, replica: &TimelineReplica, survey: &Survey) {
        let mut shared: BTreeMap<&str, Value> = BTreeMap::new();
        for guid in survey.nodes.iter().filter_map(|&node| replica.document.guid(node)) {
            let bearers = replica.nodes.get(guid);
            if bearers.len() > 1 && !shared.contains_key(guid) {
                let numbers = bearers.iter().filter_map(|node| survey.numbers.get(node));
                shared.insert(guid, numbers.map(|&number| number as u64).collect::<Vec<_>>().into());
            }
        }
        let shared: Object = shared.into_iter().collect();
        self.entry("bearers", |this| this.out.value(&shared.into()));
    }

    /// `[number of the node, {path: stamp}]` for each annotation clip with a note.
    fn noted(&mut self, replica: &TimelineReplica, survey: &Survey) {
        self.out.key("noted");
        self.out.begin_list();
        for (number, node) in survey.nodes.iter().enumerate() {
            let Some(noted) = replica.noted.get(node) else { continue };
            self.out.item();
            self.out.begin_list();
            self.out.item();
            self.number(number);
            self.out.item();
            self.out.begin_object();
            for (path, stamp) in noted {
                self.entry(path, |this| this.stamp(Some(stamp)));
            }
            self.out.end_object();
            self.out.end_list();
        }
        self.out.end_list();
    }

    /// `[number of the node, stamp]` for each node that an operation placed.
    fn placed(&mut self, replica: &TimelineReplica, survey: &Survey) {
        self.out.key("placed");
        self.out.begin_list();
        for (number, node) in survey.nodes.iter().enumerate() {
            let Some(stamp) = replica.placed.get(node) else { continue };
            self.out.item();
            self.out.begin_list();
            self.out.item();
            self.number(number);
            self.out.item();
            self.stamp(Some(stamp));
            self.out.end_list();
        }
        self.out.end_list();
    }

    fn removed(&mut self, replica: &TimelineReplica, survey: &Survey) {
        self.out.key("removed");
        self.out.begin_list();
        for removed in &survey.removed {
            self.out.item();
            self.out.begin_object();
            self.entry("gone", |this| this.stamp(replica.gone.get(&removed.top)));
            let grave = removed.grave.map(|(parent, place)| vec![parent as u64, place as u64]);
            self.entry("grave", |this| this.out.value(&grave.into()));
            self.entry("object", |this| this.out.value(&replica.document.subtree_value(removed.top)));
            self.out.end_object();
        }
        self.out.end_list();
    }

    /// `[number of the node, [stamp of each command]]`.
    fn tags(&mut self, replica: &TimelineReplica, survey: &Survey) {
        self.out.key("tags");
        self.out.begin_list();
        for (number, node) in survey.nodes.iter().enumerate() {
            let Some(tags) = replica.tags.get(node) else { continue };
            self.out.item();
            self.out.begin_list();
            self.out.item();
            self.number(number);
            self.out.item();
            self.out.begin_list();
            for tag in tags {
                self.out.item();
                self.stamp(tag.as_ref());
            }
            self.out.end_list();
            self.out.end_list();
        }
        self.out.end_list();
    }
}
