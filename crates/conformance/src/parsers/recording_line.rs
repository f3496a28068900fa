use session_log::recording::{Recording, fold_recording};

/// A recording: every line is a message or is reported under its own number, and it folds to one state.
pub fn recording_line(input: &[u8]) {
    let recording = Recording::read(input);
    let lines = input.split(|byte| *byte == b'\n').count();
    let bad = recording.bad_lines.iter().map(|bad| bad.line);
    let good = recording.messages.iter().map(|message| message.line);
    assert!(bad.chain(good).all(|line| (1..=lines).contains(&line)), "line numbers are those of the file");
    let digest = |at| fold_recording(&recording, at).log().digest().to_owned();
    assert_eq!(digest(None), digest(Some(f64::INFINITY)), "the end is the end");
    drop(fold_recording(&recording, Some(1.0)).to_value("fuzz"));
}
