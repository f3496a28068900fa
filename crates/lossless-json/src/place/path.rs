//! JSON paths: `$`, then `.key`, `["odd key"]` and `[index]`.

use crate::{Limits, Value, parse};

/// The longest part of a key that is shown.
const CHARACTERS_MAX: usize = 64;

/// A key as a step of a JSON path: `.name`, or `["a b"]` where it is not made of ASCII letters, digits and `_`. Of a key of
/// more than 64 characters the beginning and `…`.
///
/// ```
/// assert_eq!(format!("${}{}", lossless_json::path_step("sync"), lossless_json::path_step("a b")), r#"$.sync["a b"]"#);
/// ```
pub fn path_step(key: &str) -> String {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !key.is_empty();
    if plain && key.len() <= CHARACTERS_MAX {
        return format!(".{key}");
    }
    let shown: String = key.chars().take(CHARACTERS_MAX).collect();
    let cut = if shown.len() < key.len() { "…" } else { "" };
    format!("[{:?}]", shown + cut)
}

/// The step of a key as it stands in a text, with its quotation marks. No more is read than is shown.
pub(super) fn step_of_text(quoted: &[u8]) -> String {
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    let beginning = |units| &inside[..end_of(inside, units)];
    // A character may be two escapes, and a beginning that ends between them has one more.
    let units = 2 * CHARACTERS_MAX + 1;
    let decoded = decoded(beginning(units)).or_else(|| decoded(beginning(units + 1)));
    path_step(&decoded.unwrap_or_else(|| String::from_utf8_lossy(beginning(units)).into_owned()))
}

fn decoded(inside: &[u8]) -> Option<String> {
    let quoted = [b"\"", inside, b"\""].concat();
    match parse(&quoted, &Limits::default()).ok()?.value {
        Value::String(key) => Some(key),
        _ => None,
    }
}

/// Where the first characters and escapes end.
fn end_of(inside: &[u8], count: usize) -> usize {
    let mut end = 0;
    for _ in 0..count {
        let Some(&byte) = inside.get(end) else { break };
        end += match (byte, inside.get(end + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', _) => 2,
            _ => 1 + inside[end + 1..].iter().take_while(|&&byte| byte & 0xc0 == 0x80).count(),
        };
    }
    end.min(inside.len())
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step<'path> {
    Index(usize),
    /// As [`path_step`] writes it.
    Key(&'path str),
}

impl<'path> Step<'path> {
    fn of(text: &'path str) -> Self {
        let index = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')?.parse().ok());
        index.map_or(Self::Key(text), Self::Index)
    }
}

/// The steps of a path.
pub(super) fn steps(path: &str) -> Vec<Step<'_>> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = rest.split_at(step_end(rest));
        steps.push(Step::of(step));
        rest = after;
    }
    steps
}

/// Where the first step of a path ends; a step has one byte at least.
fn step_end(path: &str) -> usize {
    if let Some(quoted) = path.strip_prefix("[\"") {
        let mut is_escaped = false;
        let end = quoted.find(|character| {
            let ends = character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            ends
        });
        return end.map_or(path.len(), |end| end + if quoted[end..].starts_with("\"]") { 4 } else { 3 });
    }
    let begins = |character| character == '.' || character == '[';
    let first = path.chars().next().map_or(0, char::len_utf8);
    path[first..].find(begins).map_or(path.len(), |length| first + length)
}

#[cfg(test)]
mod tests {
    use super::{Step, path_step, step_of_text, steps};

    #[test]
    fn paths_are_taken_apart_into_the_steps_they_are_made_of() {
        let keys = ["a", "", "a b", "a\"]", "x\\", "é☃", "A_9", "[0]", ".", "\u{0}", &"long".repeat(30)];
        let path: String = keys.iter().map(|key| path_step(key) + "[7]").collect();
        let texts = keys.map(path_step);
        let expected: Vec<Step<'_>> =
            texts.iter().flat_map(|text| [Step::Key(text), Step::Index(7)]).collect();
        assert_eq!(steps(&format!("${path}")), expected);
        assert_eq!(steps("$"), []);
    }

    #[test]
    fn any_text_has_steps() {
        for odd in ["[\"", "[", "..", "[\"a\\", "é", "$$", "[1", "a.b", "[\"é\"é"] {
            let found = steps(odd);
            assert!(!found.is_empty(), "{odd}");
        }
    }

    #[test]
    fn keys_in_texts_have_the_step_of_the_key_they_are() {
        let long = "é".repeat(100_000);
        let cases = [
            (r#""name""#, path_step("name")),
            (r#""a\u0020b\n""#, path_step("a b\n")),
            (r#""\ud83d\ude00""#, path_step("😀")),
            (&format!("\"{long}\""), path_step(&long)),
            (&format!("\"{}\"", r"\ud83d\ude00".repeat(70)), path_step(&"😀".repeat(70))),
            (&format!("\"{}\"", "x".repeat(64)), path_step(&"x".repeat(64))),
            (&format!("\"{}\"", "x".repeat(65)), path_step(&"x".repeat(65))),
        ];
        for (text, step) in cases {
            assert_eq!(step_of_text(text.as_bytes()), step);
        }
        for torn in ["", "\"", "\"\\ud800\"", "\"\\\"", "\"\\u12"] {
            step_of_text(torn.as_bytes());
        }
    }
}
