//! The JSON path of a place in a text.

use super::path::step_of_text;
use super::tokens::{Token, Tokens};

/// The most levels that are followed; what is deeper has the path of the list or object at that depth.
const LEVELS_MAX: usize = 1100;

/// The most steps that are shown: of a longer path its beginning and its end.
const STEPS_MAX: usize = 64;

/// The most steps that are shown of the end of a path that is cut.
const LAST_STEPS: usize = 16;

/// The most bytes that are shown; keys are strangers' and may be long.
const BYTES_MAX: usize = 1000;

/// A list or an object around the place.
struct Around {
    is_list: bool,
    /// In a list: the place of the item.
    index: usize,
    /// In an object: where the key stands in the text.
    key: Option<(usize, usize)>,
    awaits_key: bool,
}

/// The JSON path of the value that the text has come to before a byte, counted from 0, such as
/// `$.tracks.children[0].name`. Where no key has been read yet, that of the object around. A path of more than 64 steps is
/// cut in its middle, one of more than 1000 bytes at its end.
pub fn path_at(text: &[u8], offset: usize) -> String {
    let text = &text[..offset.min(text.len())];
    let mut around: Vec<Around> = Vec::new();
    let mut deeper = 0_usize;
    for token in Tokens::new(text) {
        match token {
            Token::Open { .. } if around.len() == LEVELS_MAX => deeper += 1,
            Token::Open { is_list, .. } => {
                around.push(Around { is_list, index: 0, key: None, awaits_key: !is_list });
            }
            Token::Close if deeper > 0 => deeper -= 1,
            Token::Close => drop(around.pop()),
            _ if deeper > 0 => {}
            token => {
                if let Some(innermost) = around.last_mut() {
                    innermost.take(&token);
                }
            }
        }
    }
    shown(text, &around)
}

impl Around {
    fn take(&mut self, token: &Token) {
        match *token {
            Token::Comma if self.is_list => self.index += 1,
            Token::Comma => (self.key, self.awaits_key) = (None, true),
            Token::Text { at, end: Some(end) } if self.awaits_key => {
                (self.key, self.awaits_key) = (Some((at, end)), false);
            }
            _ => {}
        }
    }

    fn step(&self, text: &[u8]) -> String {
        match self.key {
            _ if self.is_list => format!("[{}]", self.index),
            Some((from, to)) => step_of_text(&text[from..to]),
            None => String::new(),
        }
    }
}

fn shown(text: &[u8], around: &[Around]) -> String {
    let join = |levels: &[Around]| levels.iter().map(|level| level.step(text)).collect::<String>();
    let mut path = match around.split_at_checked(STEPS_MAX) {
        None | Some((_, [])) => format!("${}", join(around)),
        Some((first, _)) => {
            let last = &around[around.len() - LAST_STEPS..];
            format!("${}…{}", join(&first[..STEPS_MAX - LAST_STEPS]), join(last))
        }
    };
    if path.len() > BYTES_MAX {
        path.truncate(path.floor_char_boundary(BYTES_MAX));
        path.push('…');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::path_at;

    #[test]
    fn the_path_is_that_of_the_value_that_was_come_to() {
        let text = br#" {"a": [1, {"b c": "x,]}\"", "d": {}}, [[], 2]], "e": tr"#;
        for (before, wanted) in [
            (" ", "$"),
            (" {", "$"),
            (" {\"a", "$"),
            (" {\"a\":", "$.a"),
            (" {\"a\": [", "$.a[0]"),
            (" {\"a\": [1, {\"b c\": \"x,", "$.a[1][\"b c\"]"),
            (" {\"a\": [1, {\"b c\": \"x,]}\\\"\", ", "$.a[1]"),
            (" {\"a\": [1, {\"b c\": \"x,]}\\\"\", \"d\": {}", "$.a[1].d"),
            (" {\"a\": [1, {\"b c\": \"x,]}\\\"\", \"d\": {}}, [[], 2", "$.a[2][1]"),
        ] {
            assert!(text.starts_with(before.as_bytes()), "{before}");
            assert_eq!(path_at(text, before.len()), wanted, "{before}");
        }
        assert_eq!(path_at(text, text.len()), "$.e");
        assert_eq!(path_at(text, usize::MAX), "$.e");
    }

    #[test]
    fn deep_texts_have_a_path_that_is_cut() {
        for deep in [
            "[".repeat(1_000_000),
            "{\"key\":".repeat(300_000),
            format!("{{\"{}\":", "é".repeat(90)).repeat(60),
            "]".repeat(1_000_000),
        ] {
            let path = path_at(deep.as_bytes(), deep.len());
            assert!(path.len() < 1010, "{path}");
        }
        let path = path_at("[".repeat(65).as_bytes(), 65);
        assert_eq!(path, format!("${}…{}", "[0]".repeat(48), "[0]".repeat(16)));
        let back = "[".repeat(5000) + &"]".repeat(4998) + ",";
        assert_eq!(path_at(back.as_bytes(), back.len()), "$[0][1]");
    }
}
