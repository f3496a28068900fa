//! Plans as JSON.

use lossless_json::{Limits, Object, Style, Value, parse};

use session_core::Checkpoints;

use crate::doing::Doing;
use crate::existing::{App, Generation, Quirk};
use crate::mutant::Mutant;
use crate::plan::{Entry, ExistingPlan, NetworkPlan, PeerPlan, Plan, Step};

impl Plan {
    /// The plan as JSON, one step a line.
    pub fn to_json(&self) -> String {
        let line = |value: Value| value.to_text(Style::Python);
        let peers: Vec<String> = self.peers.iter().map(|peer| line(peer_value(peer))).collect();
        let existing: Vec<String> = self.existing.iter().map(|peer| line(existing_value(peer))).collect();
        let steps: Vec<String> = self.steps.iter().map(|step| line(step_value(step))).collect();
        let mutant = Value::from(self.mutant.map(Mutant::word));
        format!(
            "{{\"seed\": {},\n\"mutant\": {},\n\"network\": {},\n\"checkpoints\": {},\n\"existing_must_agree\": {},\n\"peers\": [\n{}\n],\n\"existing\": [\n{}\n],\n\"steps\": [\n{}\n]}}\n",
            self.seed,
            line(mutant),
            line(network_value(&self.network)),
            line(checkpoints_value(self.checkpoints)),
            self.existing_must_agree,
            peers.join(",\n"),
            existing.join(",\n"),
            steps.join(",\n")
        )
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// Says which field is missing or of another type.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let value = parse(text.as_bytes(), &Limits::default()).map_err(|error| error.to_string())?.value;
        let mutant = match value.get("mutant").and_then(Value::as_str) {
            None => None,
            Some(word) => Some(Mutant::of_word(word).ok_or_else(|| format!("there is no mutant {word:?}"))?),
        };
        Ok(Self {
            seed: number(&value, "seed")?,
            mutant,
            network: network_of(value.get("network").ok_or_else(|| lacks("network"))?)?,
            checkpoints: value
                .get("checkpoints")
                .map_or_else(|| Ok(Checkpoints::default()), checkpoints_of)?,
            peers: list(&value, "peers")?.iter().map(peer_of).collect::<Result<_, _>>()?,
            existing: match value.get("existing").and_then(Value::as_array) {
                Some(existing) => existing.iter().map(existing_of).collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            existing_must_agree: flag(&value, "existing_must_agree"),
            steps: list(&value, "steps")?.iter().map(step_of).collect::<Result<_, _>>()?,
        })
    }
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    entries.into_iter().collect::<Object>().into()
}

fn network_value(network: &NetworkPlan) -> Value {
    object([
        ("latency_least_us", network.latency_least_us.into()),
        ("latency_most_us", network.latency_most_us.into()),
        ("loss", network.loss.into()),
        ("doubled", network.doubled.into()),
        ("fanout", network.fanout.into()),
        ("broker", network.broker.into()),
    ])
}

fn checkpoints_value(checkpoints: Checkpoints) -> Value {
    object([
        ("after", (checkpoints.after as u64).into()),
        ("keeps", (checkpoints.keeps as u64).into()),
        ("patience_us", checkpoints.patience_us.into()),
        ("remembers", checkpoints.remembers.into()),
    ])
}

fn checkpoints_of(value: &Value) -> Result<Checkpoints, String> {
    let count = |field| usize::try_from(number(value, field)?).map_err(|_| lacks(field));
    Ok(Checkpoints {
        after: count("after")?,
        keeps: count("keeps")?,
        patience_us: number(value, "patience_us")?,
        remembers: number(value, "remembers")?,
    })
}

fn peer_value(peer: &PeerPlan) -> Value {
    object([
        ("name", peer.name.as_str().into()),
        ("skew_us", peer.skew_us.into()),
        ("entry", peer.entry.word().into()),
    ])
}

fn existing_value(peer: &ExistingPlan) -> Value {
    let words = |quirks: &[Quirk]| quirks.iter().map(|quirk| quirk.word()).collect::<Vec<_>>();
    object([
        ("name", peer.name.as_str().into()),
        ("skew_us", peer.skew_us.into()),
        ("generation", peer.generation.word().into()),
        ("app", peer.app.word().into()),
        ("opens", peer.opens.into()),
        ("with", words(&peer.with).into()),
        ("without", words(&peer.without).into()),
    ])
}

fn step_value(step: &Step) -> Value {
    object([
        ("at_us", step.at_us.into()),
        ("number", step.number.into()),
        ("peer", (step.peer as u64).into()),
        ("do", step.doing.word().into()),
        ("picks", step.picks.map(Value::from).to_vec().into()),
    ])
}

fn lacks(field: &str) -> String {
    format!("the plan lacks {field:?}, or has something else there")
}

fn number(value: &Value, field: &str) -> Result<u64, String> {
    value.get(field).and_then(Value::as_u64).ok_or_else(|| lacks(field))
}

fn word<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    value.get(field).and_then(Value::as_str).ok_or_else(|| lacks(field))
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value], String> {
    value.get(field).and_then(Value::as_array).ok_or_else(|| lacks(field))
}

fn network_of(value: &Value) -> Result<NetworkPlan, String> {
    Ok(NetworkPlan {
        latency_least_us: number(value, "latency_least_us")?,
        latency_most_us: number(value, "latency_most_us")?,
        loss: number(value, "loss")?,
        doubled: number(value, "doubled")?,
        fanout: value.get("fanout").and_then(Value::as_bool).ok_or_else(|| lacks("fanout"))?,
        broker: flag(value, "broker"),
    })
}

fn peer_of(value: &Value) -> Result<PeerPlan, String> {
    let entry = word(value, "entry")?;
    let entry = Entry::WORDS.iter().find(|(_, known)| *known == entry).ok_or_else(|| lacks("entry"))?.0;
    let skew_us = value.get("skew_us").and_then(Value::as_i64).ok_or_else(|| lacks("skew_us"))?;
    Ok(PeerPlan { name: word(value, "name")?.to_owned(), skew_us, entry })
}

fn existing_of(value: &Value) -> Result<ExistingPlan, String> {
    Ok(ExistingPlan {
        name: word(value, "name")?.to_owned(),
        skew_us: value.get("skew_us").and_then(Value::as_i64).ok_or_else(|| lacks("skew_us"))?,
        generation: one_of(Generation::WORDS, word(value, "generation")?)?,
        app: one_of(App::WORDS, word(value, "app")?)?,
        opens: flag(value, "opens"),
        with: quirks_of(value, "with")?,
        without: quirks_of(value, "without")?,
    })
}

fn quirks_of(value: &Value, field: &str) -> Result<Vec<Quirk>, String> {
    let words = list(value, field)?.iter().filter_map(Value::as_str);
    words.map(|word| one_of(Quirk::WORDS, word)).collect()
}

fn one_of<T: Copy>(words: &[(T, &str)], word: &str) -> Result<T, String> {
    let found = words.iter().find(|(_, known)| *known == word);
    found.map(|(one, _)| *one).ok_or_else(|| format!("there is no {word:?}"))
}

fn flag(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or_default()
}

fn step_of(value: &Value) -> Result<Step, String> {
    let doing = word(value, "do")?;
    let doing = Doing::of_word(doing).ok_or_else(|| format!("there is no step {doing:?}"))?;
    let picks: Vec<u64> = list(value, "picks")?.iter().filter_map(Value::as_u64).collect();
    Ok(Step {
        at_us: number(value, "at_us")?,
        number: number(value, "number")?,
        peer: usize::try_from(number(value, "peer")?).map_err(|_| lacks("peer"))?,
        doing,
        picks: picks.try_into().map_err(|_| lacks("picks"))?,
    })
}
