//! The table at the end.

use std::time::Duration;

use simulator::{ExistingFigures, Figures};

/// From so many seeds on every mark must have been reached.
const SEEDS_FOR_ALL_MARKS: u64 = 200;

/// The table; an error where so many sessions of peers of ours alone did not reach every mark.
pub(crate) fn print(figures: &Figures, took: Duration, asks_for_marks: bool) -> Result<(), String> {
    let mut rows = vec![
        ("seeds", figures.seeds.to_string()),
        ("peers", figures.peers.to_string()),
        ("operations", figures.operations.to_string()),
        ("late operations", figures.late.to_string()),
        ("redos", figures.redos.to_string()),
        ("refusals", figures.refusals.to_string()),
        ("joins", figures.joins.to_string()),
        ("restarts", figures.restarts.to_string()),
        ("messages", figures.messages.to_string()),
        ("agreed after at most", format!("{:.2} s", seconds(figures.agreed_us))),
        ("… of what is promised", format!("{:.0} %", permille(figures.agreed_of_promise))),
        ("virtual time", format!("{:.0} s", seconds(figures.virtual_us))),
        ("wall time", format!("{:.1} s", took.as_secs_f64())),
    ];
    if figures.existing.peers > 0 {
        rows.extend(rows_of_existing(&figures.existing));
    }
    print_table(&rows, figures);
    if asks_for_marks { all_reached(figures, &figures.missed()) } else { Ok(()) }
}

fn rows_of_existing(figures: &ExistingFigures) -> Vec<(&'static str, String)> {
    let share = |part: u64| format!("{:.1} %", permille(part * 1_000 / figures.at_end.max(1)));
    let each = |bytes: u64| {
        bytes.checked_div(figures.divergences).map_or_else(|| "–".to_owned(), |each| each.to_string())
    };
    vec![
        ("existing peers", figures.peers.to_string()),
        ("… there at the end", figures.at_end.to_string()),
        ("… equal to ours", share(figures.equal)),
        ("… and sound inside", share(figures.sound)),
        ("… away unnoticed", share(figures.unknown)),
        ("… that are masters", figures.masters.to_string()),
        ("… messages", figures.messages.to_string()),
        ("… edits withheld", figures.withheld.to_string()),
        ("… unresolved", figures.unresolved.to_string()),
        ("… divergences", figures.divergences.to_string()),
        ("raised by ours", figures.raised_by_ours.to_string()),
        ("lost with exceptions", figures.lost_with_exceptions.to_string()),
        ("repairs", figures.repairs.to_string()),
        ("… ceased after", format!("{:.2} s", seconds(figures.ceased_us))),
        ("… in two windows", figures.ceased_soon.to_string()),
        ("bytes of repair", figures.repair_bytes.to_string()),
        ("… a divergence", each(figures.repair_bytes)),
    ]
}

fn print_table(rows: &[(&str, String)], figures: &Figures) {
    for (name, value) in rows {
        println!("{name:<22} {value:>12}");
    }
    println!();
    for (mark, times) in &figures.marks {
        println!("{mark:<40} {times:>10}");
    }
}

fn all_reached(figures: &Figures, missed: &[&str]) -> Result<(), String> {
    if figures.seeds >= SEEDS_FOR_ALL_MARKS && !missed.is_empty() {
        return Err(format!("never reached: {}", missed.join(", ")));
    }
    Ok(())
}

/// The table of sessions of logs; an error where so many did not reach every mark.
pub(crate) fn print_logs(figures: &Figures, took: Duration) -> Result<(), String> {
    let rows = [
        ("seeds", figures.seeds.to_string()),
        ("logs", figures.peers.to_string()),
        ("operations", figures.operations.to_string()),
        ("operations handed on", figures.messages.to_string()),
        ("late operations", figures.late.to_string()),
        ("redos", figures.redos.to_string()),
        ("restarts", figures.restarts.to_string()),
        ("wall time", format!("{:.1} s", took.as_secs_f64())),
    ];
    print_table(&rows, figures);
    all_reached(figures, &figures.missed_of_logs())
}

#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "shown without digits")]
fn permille(thousandths: u64) -> f64 {
    thousandths as f64 / 10.0
}
