//! Whether everybody holds the same at the end, and what it cost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use lossless_json::Value;
use session_core::Status;
use session_core::limits::SETTLE_WINDOW_US;
use simulator::{as_existing_read, as_held, difference};
use tokio::time::sleep;

use super::session::Session;
use super::theirs::Theirs;

/// How long ours may take to agree once nothing goes wrong any more: heartbeats, and coming back to a broker.
const OURS_WITHIN: Duration = Duration::from_secs(30);
/// How long existing peers may take to become equal to ours, and repairs to cease.
const EQUAL_WITHIN: Duration = Duration::from_secs(25);
/// The same where messages get lost: each repair is sent five times, each time after twice as long.
const EQUAL_AFTER_LOSSES_WITHIN: Duration = Duration::from_secs(50);
/// How long is waited for those who need not become equal.
const COUNTED_WITHIN: Duration = Duration::from_secs(15);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Repairs have ceased when none was seen for two windows of quiet.
const QUIET: Duration = Duration::from_micros(2 * SETTLE_WINDOW_US);

/// What raises where a child that stands is put in again.
const HAS_A_PARENT: &str = "child already has a parent";

/// The timelines of somebody, by GUID, each as text.
type Held = BTreeMap<String, String>;

/// What one of ours shows.
struct Shown {
    name: String,
    synced: bool,
    held: Held,
    /// Existing peers that it has heard.
    heard: Vec<String>,
}

/// Whether an existing peer has the session's state, as far as it knows.
pub(crate) fn takes_part(state: Option<&Value>) -> bool {
    state.and_then(|state| state.get("status")?.as_str()) == Some("SYNCED")
}

impl Session<'_> {
    /// Waits until everybody holds the same, and sees what happened on the way.
    pub(crate) async fn conclude(&mut self) -> Result<(), String> {
        let edited = Instant::now();
        self.end_mishaps().await?;
        let agreed = self.until_ours_agree(edited).await;
        let judged = match agreed {
            Ok(()) => self.until_existing_are_equal(edited).await,
            Err(failure) => Err(failure),
        };
        self.count(edited).await;
        judged?;
        self.laws()
    }

    /// Counts what differs by now.
    pub(crate) async fn look(&mut self) {
        let shown = self.shown().await;
        drop(self.look_at_existing(&shown).await);
    }

    async fn shown(&self) -> Vec<Shown> {
        let mut all = Vec::new();
        for (node, plan) in self.ours.iter().zip(&self.script.plan.peers) {
            let Some(peer) = &node.peer else { continue };
            let name = plan.name.clone();
            let shown = peer.inspect(move |peer| Shown {
                name,
                synced: peer.status() == Status::Synced,
                held: as_existing_read(peer.log().state()),
                heard: peer.existing_peers().map(|(guid, _)| guid.to_string()).collect(),
            });
            all.extend(shown.await);
        }
        all
    }

    async fn until_ours_agree(&mut self, edited: Instant) -> Result<(), String> {
        loop {
            let shown = self.shown().await;
            let Some(why) = disagreement(&shown) else {
                self.figures.agreed.note(edited.elapsed());
                return Ok(());
            };
            if edited.elapsed() > OURS_WITHIN {
                return Err(format!("ours do not agree: {why}"));
            }
            self.look_at_existing(&shown).await;
            sleep(LOOK_EVERY).await;
        }
    }

    async fn until_existing_are_equal(&mut self, edited: Instant) -> Result<(), String> {
        let within = self.patience();
        let mut equal_since = None;
        loop {
            let shown = self.shown().await;
            let unequal = self.look_at_existing(&shown).await;
            if let Some(why) = disagreement(&shown).filter(|_| edited.elapsed() > OURS_WITHIN) {
                return Err(format!("ours do not agree any more: {why}"));
            }
            let repaired = self.network.wire.tally().repaired;
            let is_quiet = repaired.is_none_or(|at| at.elapsed() > QUIET);
            match unequal {
                None => {
                    let since = *equal_since.get_or_insert_with(|| edited.elapsed());
                    // For so long everything stayed as it is.
                    if is_quiet && edited.elapsed() > since + QUIET {
                        self.figures.equal_after.note(since);
                        return Ok(());
                    }
                    if edited.elapsed() > within {
                        return self.demanded("repairs do not cease".to_owned());
                    }
                }
                Some(why) => {
                    equal_since = None;
                    if edited.elapsed() > within {
                        return self.demanded(why);
                    }
                }
            }
            sleep(LOOK_EVERY).await;
        }
    }

    fn patience(&self) -> Duration {
        match (self.script.demands_equality(), self.script.loss) {
            (false, _) => COUNTED_WITHIN,
            (true, 0) => EQUAL_WITHIN,
            (true, _) => EQUAL_AFTER_LOSSES_WITHIN,
        }
    }

    /// A failure where equality is demanded; elsewhere it is counted.
    fn demanded(&self, failure: String) -> Result<(), String> {
        if self.script.demands_equality() { Err(failure) } else { Ok(()) }
    }

    /// Counts what differs, and tells of an existing peer that does although that can be known.
    async fn look_at_existing(&mut self, shown: &[Shown]) -> Option<String> {
        let ours = shown.first().map(|one| one.held.clone()).unwrap_or_default();
        let mut unequal = None;
        for (existing, plan) in self.theirs.iter_mut().zip(&self.script.plan.existing) {
            let Some(peer) = &mut existing.peer else { continue };
            let is_known = shown.iter().any(|one| one.heard.contains(&plan.name));
            let Some(state) = peer.state().await else {
                return Some(format!("{} has ended: {}", plan.name, peer.complaints()));
            };
            let held = held_by(&state);
            let differs = if takes_part(Some(&state)) { differing(&ours, &held) } else { BTreeSet::new() };
            let diverged: BTreeSet<String> = differs.intersection(&existing.differs).cloned().collect();
            self.figures.divergences += diverged.difference(&existing.diverged).count() as u64;
            (existing.differs, existing.diverged) = (differs, diverged);
            if is_known && unequal.is_none() {
                unequal = unlike(&plan.name, &state, &ours, &held);
            }
        }
        unequal
    }

    async fn count(&mut self, edited: Instant) {
        let shown = self.shown().await;
        let ours = shown.first().map(|one| one.held.clone()).unwrap_or_default();
        for number in 0..self.theirs.len() {
            let Some(mut peer) = self.theirs[number].peer.take() else { continue };
            let name = &self.script.plan.existing[number].name;
            self.figures.at_end += 1;
            self.figures.unknown += u64::from(!shown.iter().any(|one| one.heard.contains(name)));
            if let Some(state) = self.count_of_existing(&mut peer).await {
                let held = held_by(&state);
                let is_equal = takes_part(Some(&state)) && differing(&ours, &held).is_empty();
                self.figures.equal += u64::from(is_equal);
                let is_master = state.get("is_master") == Some(&Value::Bool(true));
                self.figures.masters += u64::from(is_master);
            }
            self.theirs[number].peer = Some(peer);
        }
        let tally = self.network.wire.tally();
        let figures = &mut self.figures;
        (figures.messages, figures.states) = (tally.messages, tally.states);
        (figures.repairs, figures.repair_bytes) = (tally.repairs, tally.repair_bytes);
        figures.checkpoints = tally.checkpoints;
        let ceased = tally.repaired.map(|at| at.saturating_duration_since(edited));
        figures.ceased.note(ceased.unwrap_or_default());
    }

    /// Takes in what an existing peer counted itself; its state.
    pub(crate) async fn count_of_existing(&mut self, peer: &mut Theirs) -> Option<Value> {
        let state = peer.state().await?;
        let number = |key: &str| state.get(key).and_then(Value::as_u64).unwrap_or(0);
        self.figures.said += number("said");
        self.figures.withheld += number("withheld");
        self.figures.batches_lost += number("batches_lost");
        for what in ["raised", "unresolved"] {
            for one in state.get(what).and_then(Value::as_array).unwrap_or_default() {
                let text = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
                let ours = self.script.plan.peers.iter().any(|peer| peer.name == text("source"));
                let repair = one.get("repair") == Some(&Value::Bool(true));
                let whose = if repair {
                    "our repairs"
                } else if ours {
                    "ours"
                } else {
                    "existing"
                };
                let event = text("event").to_lowercase();
                let why = if what == "raised" { format!(": {}", text("error")) } else { String::new() };
                self.figures.cause(format!("{what} by {whose}: {event}{why}"));
            }
        }
        Some(state)
    }

    /// Nothing that we send raises by itself. What an existing peer's own edits doubled raises at anybody's move, which
    /// nobody can foresee; where messages get lost it may hold anything.
    fn laws(&self) -> Result<(), String> {
        let raised = self.figures.causes.keys().filter(|cause| cause.starts_with("raised by our"));
        let mut broken = raised.filter(|cause| !(cause.contains("by ours") && cause.contains(HAS_A_PARENT)));
        match broken.next().filter(|_| self.script.loss == 0) {
            Some(cause) => Err(format!("something of ours raised in an existing peer: {cause}")),
            None => Ok(()),
        }
    }
}

/// What an existing peer holds, but for timelines that it was kept from telling of.
fn held_by(state: &Value) -> Held {
    let unsaid = state.get("unsaid_timelines").and_then(Value::as_array).unwrap_or_default();
    let mut held = state.get("timelines").map(as_held).unwrap_or_default();
    held.retain(|guid, _| !unsaid.iter().any(|other| other.as_str() == Some(guid)));
    held
}

/// Why ours are not all in the session with the same.
fn disagreement(shown: &[Shown]) -> Option<String> {
    if let Some(out) = shown.iter().find(|one| !one.synced) {
        return Some(format!("{} is not in the session", out.name));
    }
    let first = shown.first()?;
    shown.iter().find_map(|one| {
        let guid = differing(&first.held, &one.held).pop_first()?;
        let [left, right] = [first, one].map(|side| side.held.get(&guid).map_or("nothing", String::as_str));
        Some(format!("of {guid} {} shows {}", one.name, difference(right, left)))
    })
}

/// How an existing peer differs from ours.
fn unlike(name: &str, state: &Value, ours: &Held, held: &Held) -> Option<String> {
    if !takes_part(Some(state)) {
        let status = state.get("status").and_then(Value::as_str).unwrap_or_default();
        return Some(format!("{name} does not take part: it is {status}"));
    }
    let guid = differing(ours, held).pop_first()?;
    Some(match (held.get(&guid), ours.get(&guid)) {
        (Some(shown), Some(expected)) => format!("of {guid} {name} shows {}", difference(shown, expected)),
        (Some(_), None) => format!("{name} has a timeline {guid} that ours have not"),
        _ => format!("{name} lacks the timeline {guid}"),
    })
}

/// The timelines that are not the same on both sides.
fn differing(one: &Held, other: &Held) -> BTreeSet<String> {
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|guid| one.get(*guid) != other.get(*guid)).cloned().collect()
}
