//! The table at the end.

use std::time::Duration;

use simulator::Figures;

/// From so many seeds on every mark must have been reached.
const SEEDS_FOR_ALL_MARKS: u64 = 200;

pub(crate) fn print(figures: &Figures, took: Duration) -> Result<(), String> {
    let rows = [
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
    print_table(&rows, figures);
    all_reached(figures, &figures.missed())
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
