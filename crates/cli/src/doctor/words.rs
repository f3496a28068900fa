//! Reports in words.

use super::machine::Check;
use crate::narrator::count;
use session_core::{Finding, Gap, Kind, KnownBy, PeerReport, Severity, SurveyReport};
use session_transport::Address;
use std::fmt::Write as _;

/// Who is in a session, and what was found.
pub(super) fn session(address: &Address, report: &SurveyReport) -> String {
    let mut text = format!(
        "{address}: listened {:.1} s, heard {} from {}\n",
        seconds(report.listened_us),
        count(usize::try_from(report.messages).unwrap_or(usize::MAX), "message"),
        count(report.peers.iter().filter(|peer| peer.known_by == KnownBy::Heard).count(), "peer"),
    );
    let (ours, existing): (Vec<_>, Vec<_>) = report.peers.iter().partition(|peer| peer.is_ours());
    section(&mut text, "Peers of ours", ours.into_iter().map(|peer| described(peer, &[], false)));
    existing_peers(&mut text, &existing, report.is_attended());
    let of = |severity| report.findings.iter().filter(move |finding| finding.severity == severity).map(found);
    section(&mut text, "Wrong", of(Severity::Problem));
    section(&mut text, "Good to know", of(Severity::Note));
    let problems = of(Severity::Problem).count();
    let end = if problems == 0 {
        "All is well.".to_owned()
    } else {
        format!("{} found.", count(problems, "problem"))
    };
    let _ = writeln!(text, "\n{end}");
    text
}

/// What was looked at on this machine.
pub(super) fn machine(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let _ = match &check.help {
            None => writeln!(text, "ok     {}", check.what),
            Some(help) => writeln!(text, "WRONG  {}\n       -> {help}", check.what),
        };
    }
    text
}

fn section(text: &mut String, title: &str, entries: impl Iterator<Item = String>) {
    let entries: String = entries.collect();
    if !entries.is_empty() {
        let _ = write!(text, "\n{title}\n{entries}");
    }
}

/// What none of several understands is told once.
fn existing_peers(text: &mut String, peers: &[&PeerReport], attended: bool) {
    let everybodys = |gap: &&Gap| peers.len() > 1 && peers.iter().all(|peer| peer.gaps().contains(gap));
    let common: Vec<Gap> =
        peers.first().map_or(&[][..], |first| first.gaps()).iter().filter(everybodys).copied().collect();
    section(text, "Existing peers", peers.iter().map(|peer| described(peer, &common, attended)));
    section(text, "Each of the existing peers", common.iter().map(|gap| gap_line("", *gap, attended)));
}

fn described(peer: &PeerReport, told_elsewhere: &[Gap], attended: bool) -> String {
    let gaps = peer.gaps().iter().filter(|gap| !told_elsewhere.contains(gap));
    let gaps: String = gaps.map(|gap| gap_line("  ", *gap, attended)).collect();
    format!("  {}: {}\n{gaps}", one_line(&peer.called()), facts(peer).join(", "))
}

fn gap_line(indent: &str, gap: Gap, attended: bool) -> String {
    format!("{indent}  - {}\n", gap.words(attended))
}

fn facts(peer: &PeerReport) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(Some(one_line(&peer.app)).filter(|app| !app.is_empty()));
    match &peer.kind {
        Kind::Ours { version, serves } => {
            facts.extend(version.as_ref().map(|version| format!("version {}", one_line(version))));
            facts.extend(serves.filter(|serves| *serves).map(|_| "has the state".to_owned()));
        }
        Kind::Existing { generation, certain } => {
            let sure = if *certain { "" } else { ", as far as can be told in this time" };
            let told_by = peer.told_by.join(", ");
            facts.push(format!("{} generation{sure} (it {told_by})", generation.as_str()));
        }
        _ => {}
    }
    facts.extend(peer.role.map(|role| role.to_string()));
    facts.extend(peer.is_master.then(|| "master".to_owned()));
    facts.extend(peer.silent_us.map(|us| match peer.known_by {
        KnownBy::Heard => format!("heard {:.0} s ago", seconds(us)),
        _ => format!("not heard here, by a peer of ours {:.0} s ago", seconds(us)),
    }));
    facts
}

fn found(finding: &Finding) -> String {
    format!("  - {}\n    -> {}\n", one_line(&finding.what), finding.help)
}

/// So that nobody's name looks like a line of ours.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[expect(clippy::cast_precision_loss, reason = "exact for centuries")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}
