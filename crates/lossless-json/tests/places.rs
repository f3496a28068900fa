//! Places and JSON paths lead to each other, and an error names both.

#![allow(clippy::unwrap_used, reason = "a test")]

use lossless_json::{
    Limits, ParseReason, Sought, locate, parse, parse_like_opentimelineio, path_at, path_step,
};
use proptest::prelude::*;

/// A tree whose objects may hold a key several times.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(&'static str),
    List(Vec<Tree>),
    Object(Vec<(&'static str, Tree)>),
}

const LEAVES: &[&str] = &["1", "-2.5e3", "null", "\"a,]}\\\"\"", "\"é☃\"", "true", "\"\""];
const KEYS: &[&str] = &["a", "b", "ab", "", "a b", "é\"", "a.b", "[0]", "OTIO_SCHEMA", "\\"];

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop::sample::select(LEAVES).prop_map(Tree::Leaf);
    leaf.prop_recursive(5, 60, 6, |inner| {
        let entry = (prop::sample::select(KEYS), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Tree::List),
            prop::collection::vec(entry, 0..6).prop_map(Tree::Object),
        ]
    })
}

/// The text of a tree, and where what stands in it.
#[derive(Default)]
struct Written {
    text: String,
    /// The path and place of each value that no key stands before twice.
    values: Vec<(String, usize)>,
    /// The path of every place at which a value begins.
    places: Vec<(String, usize)>,
    /// The path and place of each key that stands again.
    again: Vec<(String, usize)>,
}

impl Written {
    fn write(&mut self, tree: &Tree, path: &str, is_first: bool) {
        self.places.push((path.to_owned(), self.text.len()));
        if is_first {
            self.values.push((path.to_owned(), self.text.len()));
        }
        match tree {
            Tree::Leaf(text) => self.text.push_str(text),
            Tree::List(items) => {
                self.text.push_str("[\n");
                for (at, item) in items.iter().enumerate() {
                    self.text.push_str(if at > 0 { " , " } else { "" });
                    self.write(item, &format!("{path}[{at}]"), is_first);
                }
                self.text.push(']');
            }
            Tree::Object(entries) => self.write_object(entries, path, is_first),
        }
    }

    fn write_object(&mut self, entries: &[(&'static str, Tree)], path: &str, is_first: bool) {
        self.text.push('{');
        for (at, (key, value)) in entries.iter().enumerate() {
            self.text.push_str(if at > 0 { ",\n  " } else { " " });
            let path = format!("{path}{}", path_step(key));
            let is_again = entries[..at].iter().any(|(earlier, _)| earlier == key);
            if is_again {
                self.again.push((path.clone(), self.text.len()));
            }
            self.text.push_str(&lossless_json::Value::from(*key).to_text(lossless_json::Style::Digest));
            self.text.push_str(" : ");
            self.write(value, &path, is_first && !is_again);
        }
        self.text.push('}');
    }
}

fn written(tree: &Tree) -> Written {
    let mut written = Written::default();
    written.write(tree, "$", true);
    written
}

proptest! {
    #[test]
    fn every_value_is_located_by_its_path(tree in trees()) {
        let written = written(&tree);
        let sought: Vec<Sought<'_>> = written.values.iter().map(|(path, _)| Sought::Value(path)).collect();
        let found = locate(written.text.as_bytes(), &sought);
        for ((path, at), found) in written.values.iter().zip(found) {
            prop_assert_eq!(found.offset, *at, "{} in {}", path, written.text);
            let before = &written.text[..*at];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            prop_assert_eq!(found.line, before.matches('\n').count() + 1);
            prop_assert_eq!(found.column, before[line_start..].chars().count() + 1);
        }
    }

    #[test]
    fn every_key_that_stands_again_is_located(tree in trees()) {
        let written = written(&tree);
        let reported = parse(written.text.as_bytes(), &Limits::default()).unwrap().duplicate_keys;
        let sought: Vec<Sought<'_>> = reported.iter().map(|path| Sought::KeyAgain(path)).collect();
        let found = locate(written.text.as_bytes(), &sought);
        let mut found: Vec<_> = reported.iter().zip(found).map(|(path, at)| (path.clone(), at.offset)).collect();
        let mut again = written.again;
        found.sort();
        again.sort();
        prop_assert_eq!(found, again, "{}", written.text);
    }

    #[test]
    fn a_place_before_a_value_has_the_path_of_the_value(tree in trees()) {
        let written = written(&tree);
        for (path, at) in &written.places {
            prop_assert_eq!(&path_at(written.text.as_bytes(), *at), path, "{} of {}", at, written.text);
        }
    }

    #[test]
    fn what_is_not_there_is_located_at_the_deepest_value_on_the_way(tree in trees(), rest in "(\\.[a-z]{1,2}|\\[[0-9]\\]){1,3}") {
        let written = written(&tree);
        for (path, at) in &written.values {
            let beyond = format!("{path}.nowhere{rest}");
            prop_assert_eq!(locate(written.text.as_bytes(), &[Sought::Value(&beyond)])[0].offset, *at);
        }
    }

    #[test]
    fn any_bytes_and_any_paths_do_no_harm(text in prop::collection::vec(any::<u8>(), 0..60), path in any::<String>(), at in 0..80usize) {
        path_at(&text, at);
        let found = locate(&text, &[Sought::Value(&path), Sought::KeyAgain(&path)]);
        prop_assert!(found[0].offset <= text.len());
    }

    #[test]
    fn torn_texts_have_the_path_of_what_was_torn(tree in trees(), at in any::<prop::sample::Index>()) {
        let text = written(&tree).text;
        let mut cut = at.index(text.len());
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let Err(error) = parse(&text.as_bytes()[..cut], &Limits::default()) else { return Ok(()) };
        prop_assert_eq!(error.path, path_at(text.as_bytes(), error.offset));
    }
}

#[test]
fn an_error_names_line_column_and_path() {
    let text = "{\"tracks\": {\"children\": [1, {\n  \"name\": oops}]}}";
    let error = parse(text.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 11, $.tracks.children[1].name: found 'o', expected a value"
    );
    let mark = parse_like_opentimelineio("\u{feff}{}".as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!((mark.line, mark.column, mark.path.as_str()), (1, 1, "$"));
}

#[test]
fn a_byte_order_mark_is_not_counted() {
    let found = locate("\u{feff}{\"a\":1}".as_bytes(), &[Sought::Value("$.a")]);
    assert_eq!((found[0].line, found[0].column), (1, 6));
}

#[test]
fn hostile_texts_have_a_short_error() {
    let giant = "x".repeat(50_000_000);
    let mut not_utf8 = format!("{{\"a\": {}", "[".repeat(1_000_000)).into_bytes();
    not_utf8.push(0xff);
    let cases: [(Vec<u8>, ParseReason); 5] = [
        ("[".repeat(1_000_000).into_bytes(), ParseReason::TooDeep(512)),
        ("{\"k\":".repeat(1_000_000).into_bytes(), ParseReason::TooDeep(512)),
        (not_utf8, ParseReason::InvalidUtf8),
        (format!("[\"{giant}").into_bytes(), ParseReason::UnexpectedEnd("the end of a string")),
        (format!("{{\"{giant}\": ").into_bytes(), ParseReason::UnexpectedEnd("a value")),
    ];
    for (text, reason) in cases {
        let error = parse(&text, &Limits::default()).unwrap_err();
        assert_eq!(error.reason, reason);
        assert!(error.path.starts_with('$') && error.path.len() < 1010, "{}", error.path);
    }
}

#[test]
fn a_key_that_stands_very_often_is_located_in_no_time() {
    let items = "{\"b\":1},".repeat(1000);
    let text = format!("{{\"a\":[{items}0]{}}}", ",\"a\":0".repeat(300_000));
    let paths: Vec<String> = (0..1000).map(|at| format!("$.a[{at}].b")).collect();
    let sought: Vec<Sought<'_>> = paths.iter().map(|path| Sought::Value(path)).collect();
    let again = [Sought::KeyAgain("$.a"), Sought::KeyAgain("$.a")];
    let found = locate(text.as_bytes(), &[&sought[..], &again[..], &[Sought::Value("$.a[1000].c")]].concat());
    assert_eq!((found[0].offset, found[999].offset), (11, 11 + 999 * 8));
    let second = text.find(",\"a\"").unwrap() + 1;
    assert_eq!((found[1000].offset, found[1001].offset), (second, second + 6));
    assert_eq!(found[1002].offset, second - 3);
}
