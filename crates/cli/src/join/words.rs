//! Short words for people: `play`, `seek 100`, `name GUID …`.

use crate::join::request::{BadLine, Request, read};
use crate::join::wish::Wish;
use session_core::Command;

/// What can be typed.
pub(crate) const HELP: &str = "\
show                                           timelines, tracks and clips, with their GUIDs
play [FRAME]   pause [FRAME]   seek FRAME      playback
select CLIP    select                          isolate a clip, or show the sequence again
note CLIP FRAME TEXT                           a note on a frame, counted from 0
name THING NEW NAME                            rename a clip, track or timeline
move THING INDEX   remove THING                the order of things
undo   redo    state                           take back, do again, print everything as JSON
quit                                           leave (or Ctrl-D)
{\"command\":…}                                  any command of docs/protocol.md as JSON
CLIP and THING are a name without spaces, a GUID, or the first few characters of one.";

/// Reads a line that a person typed; `None` asks for help.
pub(crate) fn understand(line: &str) -> Result<Option<Request>, BadLine> {
    let line = line.trim();
    if line.starts_with('{') {
        return read(line).1.map(Some);
    }
    let (word, rest) = first_word(line);
    let command = match word {
        "help" | "?" => return Ok(None),
        "quit" | "exit" | "q" => return Ok(Some(Request::Quit)),
        "play" => Command::Play { frame: optional_number(rest, "play [FRAME]")? },
        "pause" | "stop" => Command::Pause { frame: optional_number(rest, "pause [FRAME]")? },
        "seek" => Command::Seek { frame: number(rest, "seek FRAME")?, rate: None },
        "show" => return Ok(Some(Request::Show)),
        "select" if rest.is_empty() => {
            Command::Select { clip_guid: None, view_mode: None, timeline_guid: None }
        }
        "select" | "name" | "move" | "remove" | "note" => {
            return wish(word, rest).map(Request::Find).map(Some);
        }
        "undo" => Command::Undo,
        "redo" => Command::Redo,
        "state" => Command::State,
        _ => return Err(BadLine::Words(format!("`{word}` is no command; type help"))),
    };
    Ok(Some(Request::Do(command)))
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

fn usage(form: &str) -> BadLine {
    BadLine::Words(format!("write: {form}"))
}

fn number(text: &str, form: &str) -> Result<f64, BadLine> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| usage(form))
}

fn optional_number(text: &str, form: &str) -> Result<Option<f64>, BadLine> {
    if text.is_empty() { Ok(None) } else { number(text, form).map(Some) }
}

/// A command about things that have to be found first.
fn wish(word: &str, rest: &str) -> Result<Wish, BadLine> {
    let (thing, more) = first_word(rest);
    let thing = thing.to_owned();
    match word {
        "select" => Some(Wish::Select { clip: rest.to_owned() }),
        "remove" => Some(Wish::Remove { thing: rest.to_owned() }).filter(|_| !rest.is_empty()),
        "name" => Some(Wish::Rename { thing, name: more.to_owned() }).filter(|_| !more.is_empty()),
        "move" => more.parse().ok().map(|index| Wish::Move { thing, index }),
        _ => note(thing, more),
    }
    .ok_or_else(|| usage(form(word)))
}

fn note(clip: String, rest: &str) -> Option<Wish> {
    let (frame, text) = first_word(rest);
    let frame = frame.parse().ok()?;
    Some(Wish::Note { clip, frame, text: text.to_owned() }).filter(|_| !text.is_empty())
}

fn form(word: &str) -> &'static str {
    match word {
        "remove" => "remove THING",
        "name" => "name THING NEW NAME",
        "move" => "move THING INDEX",
        _ => "note CLIP FRAME TEXT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(line: &str) -> Command {
        match understand(line) {
            Ok(Some(Request::Do(command))) => command,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn words_become_commands() {
        assert_eq!(done("seek 100"), Command::Seek { frame: 100.0, rate: None });
        assert_eq!(done(" play "), Command::Play { frame: None });
        assert_eq!(done("select"), Command::Select { clip_guid: None, view_mode: None, timeline_guid: None });
        assert_eq!(done(r#"{"command":"undo"}"#), Command::Undo);
    }

    #[test]
    fn things_are_found_later() {
        let sought = |line: &str| match understand(line) {
            Ok(Some(Request::Find(wish))) => wish,
            other => panic!("{line}: {other:?}"),
        };
        let named = Wish::Rename { thing: "c1".to_owned(), name: "opening  shot".to_owned() };
        assert_eq!(sought("name c1 opening  shot"), named);
        let note = Wish::Note { clip: "c1".to_owned(), frame: 12, text: "too dark".to_owned() };
        assert_eq!(sought("note c1 12 too dark"), note);
        assert_eq!(sought("move c1 2"), Wish::Move { thing: "c1".to_owned(), index: 2 });
        assert_eq!(sought("remove sh 010"), Wish::Remove { thing: "sh 010".to_owned() });
        assert_eq!(sought("select sh 010"), Wish::Select { clip: "sh 010".to_owned() });
    }

    #[test]
    fn help_and_quit_are_no_commands_of_the_peer() {
        assert_eq!(understand("help"), Ok(None));
        assert_eq!(understand("q"), Ok(Some(Request::Quit)));
    }

    #[test]
    fn what_is_incomplete_is_answered_with_its_form() {
        for line in ["seek", "seek soon", "name c1", "move a b", "remove", "note c1 x", "note c1 3", "fly"] {
            assert!(matches!(understand(line), Err(BadLine::Words(_))), "{line}");
        }
    }
}
