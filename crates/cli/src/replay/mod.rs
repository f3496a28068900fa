//! `otio-sync replay`: a recording played into a session, authored anew.

mod plan;
mod stage;

use crate::args::{ReplayArguments, Speed};
use crate::entrance;
use crate::failure::Failure;
use crate::narrator::count;
use crate::recording;
use crate::runtime;
use crate::terminal::{Progress, print, warn};
use plan::Plan;
use session_transport::Address;
use stage::Stage;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Refused steps that are told one by one.
const TOLD_MAX: usize = 10;

const CENTURY: Duration = Duration::from_hours(876_600);

/// Runs the command.
pub(crate) fn run(arguments: &ReplayArguments, quiet: bool) -> Result<(), Failure> {
    let address = entrance::address(&arguments.entrance.address)?;
    let recording = recording::open(&arguments.file)?;
    recording.warn_of_bad_lines();
    let plan = Plan::of(&recording.messages);
    if plan.timelines.is_empty() && plan.steps.is_empty() {
        let reason = "it holds nothing that could be played".to_owned();
        return Err(Failure::NotARecording { place: recording.name, reason });
    }
    runtime::single()?.block_on(async {
        tokio::select! {
            () = runtime::interrupted() => Ok(()),
            played = play_all(arguments, &address, &plan, quiet) => played,
        }
    })
}

async fn play_all(
    arguments: &ReplayArguments,
    address: &Address,
    plan: &Plan,
    quiet: bool,
) -> Result<(), Failure> {
    let mut foreign = None;
    loop {
        let mut stage = Stage::enter(address, plan, arguments.keep_guids).await?;
        if arguments.wait_for_peer {
            stage.wait_for_peer(matches!(address, Address::WebSocket(_))).await?;
        }
        let foreign = match &foreign {
            Some(foreign) => foreign,
            None => foreign.insert(stage.timelines_of_others(plan).await?),
        };
        stage.set(plan, foreign).await?;
        let played = play(&mut stage, plan, arguments.speed, quiet).await;
        let left = stage.leave(address).await;
        let played = played?;
        left?;
        report(plan, &played, quiet)?;
        if !arguments.repeat {
            return played.verdict(address);
        }
    }
}

/// What came of the steps.
#[derive(Debug, Default)]
struct Played {
    operations: usize,
    view_messages: usize,
    refused: Vec<String>,
}

impl Played {
    fn verdict(self, address: &Address) -> Result<(), Failure> {
        match self.refused.first() {
            None => Ok(()),
            Some(first) => Err(Failure::Refused {
                address: address.to_string(),
                reason: format!("{}, the first one: {first}", count(self.refused.len(), "step")),
                help: "replay into an empty session, or look at what it already holds".to_owned(),
            }),
        }
    }
}

async fn play(stage: &mut Stage, plan: &Plan, speed: Speed, quiet: bool) -> Result<Played, Failure> {
    let start = Instant::now();
    let mut progress = Progress::new("replaying", plan.steps.len() as u64, quiet);
    let mut played = Played::default();
    for (done, step) in plan.steps.iter().enumerate() {
        if let Some(delay) = delay(step.at, speed) {
            sleep_until(start + delay).await;
        }
        match stage.perform(step).await? {
            Ok(0) => played.view_messages += 1,
            Ok(_) => played.operations += 1,
            Err(reason) => {
                if played.refused.len() < TOLD_MAX {
                    warn(&format!("not done, {:.3} s into the recording: {reason}", step.at));
                }
                played.refused.push(reason);
            }
        }
        progress.at(done as u64 + 1);
    }
    Ok(played)
}

/// How long after the start a step is due.
fn delay(at: f64, speed: Speed) -> Option<Duration> {
    match speed {
        Speed::Unpaced => None,
        // No clock counts further than some centuries; a recording that says so is damaged there.
        Speed::Times(times) => Duration::try_from_secs_f64(at / times).ok().filter(|delay| *delay < CENTURY),
    }
}

fn report(plan: &Plan, played: &Played, quiet: bool) -> Result<(), Failure> {
    if quiet {
        return Ok(());
    }
    let mut text = format!(
        "replayed {}, {} and {}",
        count(plan.timelines.len(), "timeline"),
        count(played.operations, "operation"),
        count(played.view_messages, "view message")
    );
    if plan.without_effect > 0 {
        let _ = write!(text, "; {} did nothing when recorded", count(plan.without_effect, "operation"));
    }
    print(&(text + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_divides_the_recorded_time() {
        assert_eq!(delay(3.0, Speed::Times(2.0)), Some(Duration::from_millis(1500)));
        assert_eq!(delay(3.0, Speed::Unpaced), None);
        assert_eq!(delay(f64::MAX, Speed::Times(0.1)), None);
        assert_eq!(delay(1e19, Speed::Times(1.0)), None, "no clock counts so far");
    }
}
