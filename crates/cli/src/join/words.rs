//! Short words for people: `play`, `seek 100`, `name GUID …`.

use crate::join::request::{BadLine, Request, read};
use session_core::Command;

/// What can be typed.
pub(crate) const HELP: &str = "\
play [FRAME]   pause [FRAME]   seek FRAME      playback
select CLIP    select                          isolate a clip, or show the sequence again
name GUID NAME                                 rename a clip, track or marker's owner
move PARENT CHILD INDEX   remove PARENT CHILD  the order of things
note CLIP FRAME TEXT                           a note on a frame, counted from 0
undo   redo    state                           take back, do again, print everything as JSON
quit                                           leave (or Ctrl-D)
{\"command\":…}                                  any command of docs/protocol.md as JSON";

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
        "select" => select(rest),
        "name" => rename(rest)?,
        "move" => reorder(rest)?,
        "remove" => remove(rest)?,
        "note" => note(rest)?,
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

fn select(clip: &str) -> Command {
    let clip_guid = (!clip.is_empty()).then(|| clip.to_owned());
    Command::Select { clip_guid, view_mode: None, timeline_guid: None }
}

fn rename(rest: &str) -> Result<Command, BadLine> {
    let (guid, name) = first_word(rest);
    if name.is_empty() {
        return Err(usage("name GUID NEW NAME"));
    }
    Ok(Command::SetProperty { target_uuid: guid.to_owned(), path: "name".to_owned(), value: name.into() })
}

fn reorder(rest: &str) -> Result<Command, BadLine> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let form = || usage("move PARENT CHILD INDEX");
    let [parent, child, index] = words[..] else {
        return Err(form());
    };
    let to_index = index.parse().map_err(|_| form())?;
    Ok(Command::MoveChild { parent_uuid: parent.to_owned(), child_uuid: child.to_owned(), to_index })
}

fn remove(rest: &str) -> Result<Command, BadLine> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [parent, child] = words[..] else {
        return Err(usage("remove PARENT CHILD"));
    };
    Ok(Command::RemoveChild { parent_uuid: parent.to_owned(), child_uuid: child.to_owned() })
}

fn note(rest: &str) -> Result<Command, BadLine> {
    let form = || usage("note CLIP FRAME TEXT");
    let (clip, rest) = first_word(rest);
    let (frame, text) = first_word(rest);
    if text.is_empty() {
        return Err(form());
    }
    let frame = frame.parse().map_err(|_| form())?;
    let note =
        session_core::Note { clip_guid: clip.to_owned(), frame, text: text.to_owned(), ..Default::default() };
    Ok(Command::Note(note))
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
        assert_eq!(done("select"), select(""));
        let named = Command::SetProperty {
            target_uuid: "c1".to_owned(),
            path: "name".to_owned(),
            value: "opening  shot".into(),
        };
        assert_eq!(done("name c1 opening  shot"), named);
        assert!(
            matches!(done("note c1 12 too dark"), Command::Note(note) if note.frame == 12 && note.text == "too dark")
        );
        assert_eq!(done(r#"{"command":"undo"}"#), Command::Undo);
    }

    #[test]
    fn help_and_quit_are_no_commands_of_the_peer() {
        assert_eq!(understand("help"), Ok(None));
        assert_eq!(understand("q"), Ok(Some(Request::Quit)));
    }

    #[test]
    fn what_is_incomplete_is_answered_with_its_form() {
        for line in ["seek", "seek soon", "name c1", "move a b", "note c1 x", "fly"] {
            assert!(matches!(understand(line), Err(BadLine::Words(_))), "{line}");
        }
    }
}
