//! `otio-sync doctor`: what is wrong with a session, or with this machine, in words.

mod datagrams;
mod listening;
mod machine;
mod words;

use crate::args::DoctorArguments;
use crate::entrance;
use crate::failure::Failure;
use crate::runtime;
use crate::terminal::{is_quiet, plain, print};
use lossless_json::{Object, Style, Value};
use session_core::SurveyReport;
use session_transport::Address;

/// Runs the command.
pub(crate) fn run(arguments: &DoctorArguments, quiet: bool) -> Result<(), Failure> {
    let address = arguments.address.as_deref().map(entrance::address).transpose()?;
    let runtime = runtime::single()?;
    match address {
        Some(address) => runtime.block_on(look_at_session(&address, arguments, quiet)),
        None => runtime.block_on(look_at_machine(arguments)),
    }
}

async fn look_at_session(address: &Address, arguments: &DoctorArguments, quiet: bool) -> Result<(), Failure> {
    match listening::survey(address, arguments.seconds, quiet || is_quiet()).await {
        Ok(report) => {
            let text =
                if arguments.json { of_session(address, &report) } else { words::session(address, &report) };
            print(&plain(&text))?;
            if report.has_problems() { Err(Failure::Unwell) } else { Ok(()) }
        }
        Err(failure) => {
            if arguments.json {
                print(&of_failure(address, &failure))?;
            }
            Err(failure)
        }
    }
}

async fn look_at_machine(arguments: &DoctorArguments) -> Result<(), Failure> {
    let checks = machine::checks().await;
    let text = if arguments.json { of_machine(&checks) } else { words::machine(&checks) };
    print(&plain(&text))?;
    if checks.iter().all(|check| check.help.is_none()) { Ok(()) } else { Err(Failure::Unwell) }
}

fn of_session(address: &Address, report: &SurveyReport) -> String {
    let mut object = Object::new();
    object.insert("address", address.to_string());
    object.insert("session", address.session());
    object.insert("reached", true);
    object.insert("ok", !report.has_problems());
    if let Value::Object(more) = report.to_value() {
        for (key, value) in more {
            object.insert(key, value);
        }
    }
    line(object)
}

fn of_failure(address: &Address, failure: &Failure) -> String {
    let mut object = Object::new();
    object.insert("address", address.to_string());
    object.insert("session", address.session());
    object.insert("reached", false);
    object.insert("ok", false);
    object.insert("error", failure.to_string());
    object.insert("help", failure.help());
    line(object)
}

fn of_machine(checks: &[machine::Check]) -> String {
    let mut object = Object::new();
    object.insert("ok", checks.iter().all(|check| check.help.is_none()));
    let checks = checks.iter().map(|check| {
        let mut entry = Object::new();
        entry.insert("code", check.code);
        entry.insert("ok", check.help.is_none());
        entry.insert("text", check.what.as_str());
        entry.insert("help", check.help.as_deref());
        Value::Object(entry)
    });
    object.insert("checks", checks.collect::<Vec<_>>());
    line(object)
}

fn line(object: Object) -> String {
    format!("{}\n", Value::Object(object).to_text(Style::Strict))
}
