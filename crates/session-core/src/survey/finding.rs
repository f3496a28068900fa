//! What is wrong in a session, or worth knowing, with what to do about it.

use lossless_json::{Object, Value};
use session_log::Guid;

use super::Survey;
use super::report::{KnownBy, PeerReport, SurveyReport};
use super::sighting::Sighting;
use crate::clock::{Now, seconds};
use crate::config::Delivery;
use crate::limits::{ANNOUNCE_GAP_US, CLOCK_AHEAD_TOLD_US, CLOCK_BEHIND_TOLD_US, DISCOVERY_TIMEOUT_US};

/// Whether somebody should see to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something is wrong.
    Problem,
    /// Good to know.
    Note,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A word for programs.
    pub code: &'static str,
    /// Whether somebody should see to it.
    pub severity: Severity,
    /// Whom it is about; none where it is about the session.
    pub about: Option<Guid>,
    /// What.
    pub what: String,
    /// What to do.
    pub help: &'static str,
}

impl Finding {
    fn new(severity: Severity, code: &'static str, what: String, help: &'static str) -> Self {
        Self { code, severity, about: None, what, help }
    }

    fn problem(code: &'static str, what: String, help: &'static str) -> Self {
        Self::new(Severity::Problem, code, what, help)
    }

    fn note(code: &'static str, what: String, help: &'static str) -> Self {
        Self::new(Severity::Note, code, what, help)
    }

    fn about(self, peer: &PeerReport) -> Self {
        Self {
            about: Some(Guid::clone(&peer.guid)),
            what: format!("{}: {}", peer.called(), self.what),
            ..self
        }
    }

    pub(super) fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("code", self.code);
        object.insert(
            "severity",
            match self.severity {
                Severity::Problem => "problem",
                Severity::Note => "note",
            },
        );
        object.insert("peer", self.about.as_deref());
        object.insert("text", self.what.as_str());
        object.insert("help", self.help);
        Value::Object(object)
    }
}

/// Everything that is to be said of a session, what is wrong first.
pub(super) fn findings(survey: &Survey, report: &SurveyReport, now: Now) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(of_company(report));
    found.extend(of_masters(survey, report));
    found.extend(of_clocks(report));
    found.extend(of_documents(survey));
    for peer in &report.peers {
        if let Some(sighting) = survey.sightings.get(&peer.guid) {
            found.extend(of_peer(peer, sighting, now).into_iter().map(|finding| finding.about(peer)));
        }
    }
    found.extend(of_the_way(survey, report));
    found.sort_by_key(|finding| finding.severity);
    found
}

/// Who is here at all.
fn of_company(report: &SurveyReport) -> Vec<Finding> {
    let mut found = Vec::new();
    if report.peers.is_empty() {
        let listened = seconds(report.listened_us);
        found.push(Finding::problem(
            "nobody",
            format!("nobody was heard in {listened:.0} s"),
            "check the session's name and address with somebody who takes part; peers of the oldest generation may be here in silence",
        ));
    }
    let existing = report.peers.iter().filter(|peer| !peer.is_ours()).count();
    if existing > 0 && !report.is_attended() {
        found.push(Finding::note(
            "unattended",
            "no peer of ours takes part: nobody brings existing peers back where they drift apart".to_owned(),
            "let one take part: `otio-sync host` with --amqp or --udp, or `otio-sync join`",
        ));
    }
    let listed = report.peers.iter().filter(|peer| peer.known_by == KnownBy::Listed);
    found.extend(listed.map(|peer| {
        let what = "a master lists it, and it said nothing while this listened".to_owned();
        Finding::note("listed_only", what, "it may have gone, or cannot send: look at its machine")
            .about(peer)
    }));
    found
}

/// Who gives joiners the state.
fn of_masters(survey: &Survey, report: &SurveyReport) -> Vec<Finding> {
    let existing: Vec<&PeerReport> = report.peers.iter().filter(|peer| !peer.is_ours()).collect();
    let masters: Vec<&PeerReport> = existing.iter().copied().filter(|peer| peer.is_master).collect();
    let names = masters.iter().map(|peer| peer.called()).collect::<Vec<_>>().join(", ");
    match (masters.len(), report.is_attended()) {
        (0, false) if !existing.is_empty() => vec![no_master(survey)],
        (2.., false) => vec![Finding::problem(
            "several_masters",
            format!("{} peers hold themselves for master: {names}; whoever joins gets the state that comes last", masters.len()),
            "close the session in all of them but one and let them join it anew, or let a peer of ours take part",
        )],
        (1.., true) => vec![Finding::note(
            "existing_master",
            format!("{names}: goes on answering as master beside ours, as existing masters do; whoever it gives its state gets ours a moment later"),
            "nothing: it becomes an ordinary peer when it is started again",
        )],
        _ => Vec::new(),
    }
    .into_iter()
    .chain(masters.iter().filter(|peer| peer.app == "sync_viewer").map(|peer| {
        let what = "is master and a viewer, which answers nobody who wants to join".to_owned();
        Finding::problem("viewer_is_master", what, "close the viewer, and open it again once another peer is master").about(peer)
    }))
    .collect()
}

fn no_master(survey: &Survey) -> Finding {
    let help = "let a peer of ours hold the session, or start an existing peer's session anew";
    if survey.onlooker.delivery == Delivery::Lossy {
        let what = "no master answered; a state of more than 64 KB does not fit into a datagram, so that there may be one".to_owned();
        return Finding::note("no_master", what, help);
    }
    let what = "no master answered: whoever joins now gets nothing, and makes everybody here a master of their own by asking".to_owned();
    Finding::problem("no_master", what, help)
}

/// Clocks that differ from this machine's. Where all do in the same way, it is this one's.
fn of_clocks(report: &SurveyReport) -> Vec<Finding> {
    let told: Vec<(&PeerReport, i64)> =
        report.peers.iter().filter_map(|peer| Some((peer, peer.clock_us?))).collect();
    let off: Vec<(&PeerReport, i64)> = told.iter().copied().filter(|(_, us)| is_off(*us)).collect();
    let (least, most) = (off.iter().map(|(_, us)| *us).min(), off.iter().map(|(_, us)| *us).max());
    if let (Some(least), Some(most)) = (least, most)
        && off.len() >= 2
        && off.len() == told.len()
        && most.abs_diff(least) < CLOCK_AHEAD_TOLD_US
    {
        let what = format!("the clock of this machine is {}, or those of all others", apart(-most));
        return vec![Finding::problem("own_clock", what, "set the clocks by NTP, this machine's first")];
    }
    let help = "set its clock by NTP; until then its edits may count as older or newer than they are, and who joins meanwhile may lose or double one";
    let told = off.into_iter().map(|(peer, us)| {
        let code = if us > 0 { "clock_ahead" } else { "clock_behind" };
        let slow = if us < 0 { ", or its messages take that long" } else { "" };
        Finding::problem(code, format!("clock {}{slow}", apart(us)), help).about(peer)
    });
    told.collect()
}

const fn is_off(ahead_us: i64) -> bool {
    let limit_us = if ahead_us > 0 { CLOCK_AHEAD_TOLD_US } else { CLOCK_BEHIND_TOLD_US };
    ahead_us.unsigned_abs() >= limit_us
}

/// `1.8 s ahead`.
fn apart(ahead_us: i64) -> String {
    let side = if ahead_us > 0 { "ahead" } else { "behind" };
    format!("{:.1} s {side}", seconds(ahead_us.unsigned_abs()))
}

/// Microseconds with a sign as seconds.
pub(super) fn signed_seconds(us: i64) -> f64 {
    let size = seconds(us.unsigned_abs());
    if us < 0 { -size } else { size }
}

/// Peers of ours that hold the same operations show the same bytes.
fn of_documents(survey: &Survey) -> Vec<Finding> {
    let beats: Vec<_> = survey
        .sightings
        .iter()
        .filter_map(|(guid, sighting)| Some((guid, sighting.heartbeat.as_deref()?)))
        .filter(|(_, beat)| beat.serves && !beat.digest.is_empty())
        .collect();
    let differs = beats.iter().enumerate().find_map(|(at, (guid, beat))| {
        let (other, _) = beats[at + 1..].iter().find(|(_, other)| {
            (&beat.frontier, &beat.existing, &beat.base) == (&other.frontier, &other.existing, &other.base)
                && beat.digest != other.digest
        })?;
        Some(format!("{guid} and {other} hold the same operations and show different documents"))
    });
    let help = "compare their versions, and let the older one join anew; keep both logs for a report";
    differs.map(|what| Finding::problem("diverged", what, help)).into_iter().collect()
}

/// What one peer does.
fn of_peer(peer: &PeerReport, sighting: &Sighting, now: Now) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(asking) = sighting.seeks_master
        && asking.last_us.saturating_sub(asking.first_us) > DISCOVERY_TIMEOUT_US
        && now.since(asking.last_us) < DISCOVERY_TIMEOUT_US
    {
        let for_seconds = seconds(asking.last_us - asking.first_us);
        let what = format!(
            "has looked for a master for {for_seconds:.0} s ({} questions) and found none",
            asking.times
        );
        found.push(Finding::problem(
            "seeks_master",
            what,
            "let a peer of ours hold the session, or see why its master does not answer",
        ));
    }
    if let Some((count, why)) = &sighting.unreadable {
        let what = format!("sent {count} messages that cannot be read ({why})");
        found.push(Finding::problem("unreadable", what, "update it, or see what else publishes under its GUID; existing peers may stop reading at such a message"));
    }
    if let Some(schema) = &sighting.newer_schema {
        let what = format!("sends what existing peers cannot read: {schema}");
        found.push(Finding::problem(
            "newer_schema",
            what,
            "let it write older schema versions; existing peers raise on these and lose what came with them",
        ));
    }
    if sighting.untimed > 0 {
        let what = format!("sent {} edits without a usable time", sighting.untimed);
        found.push(Finding::note(
            "untimed",
            what,
            "nothing where a peer of ours takes part: the steward gives them their place",
        ));
    }
    if let Some(silent_us) = peer.silent_us.filter(|us| *us > ANNOUNCE_GAP_US && is_announcing(sighting)) {
        let what =
            format!("has been silent for {:.0} s, and announces itself every 5 s else", seconds(silent_us));
        found.push(Finding::problem(
            "silent",
            what,
            "see whether it hangs or lost its connection; what was said meanwhile it lacks",
        ));
    }
    found
}

fn is_announcing(sighting: &Sighting) -> bool {
    sighting.is_ours() || sighting.signs.contains(&super::sighting::Sign::Announces)
}

/// The connection, and what else goes over it.
fn of_the_way(survey: &Survey, report: &SurveyReport) -> Vec<Finding> {
    let mut found = Vec::new();
    if survey.losses > 0 {
        let what = format!("the connection of this onlooker was lost {} times", survey.losses);
        found.push(Finding::problem(
            "connection",
            what,
            "see to the network between here and there; who takes part from here misses as much",
        ));
    }
    if survey.unreadable > 0 {
        let what = format!("{} messages were no messages of the protocol", survey.unreadable);
        found.push(Finding::problem("unreadable", what, "see what else sends there"));
    }
    if !survey.other_sessions.is_empty() {
        let names = survey.other_sessions.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let what = format!(
            "other sessions are heard here too: {names}; existing peers take part in all of them at once"
        );
        let mixes = report.peers.iter().any(|peer| !peer.is_ours());
        let help = "give each session a port of its own, or use a broker or a hub";
        found.push(Finding::new(
            if mixes { Severity::Problem } else { Severity::Note },
            "other_sessions",
            what,
            help,
        ));
    }
    found
}
