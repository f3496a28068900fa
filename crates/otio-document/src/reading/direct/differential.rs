//! Whatever stands in a text: read straight to nodes or by way of a tree of values, it is the same document.

use lossless_json::{Style, TextWriter};
use proptest::prelude::*;

use super::random::Random;
use crate::reading::{Reading, place_warnings};
use crate::{Document, NodeId, ReadError, Warning};

const STYLES: [Style; Style::COUNT] =
    [Style::OtioCompact, Style::OtioPretty, Style::Digest, Style::Python, Style::Strict, Style::StrictPretty];

/// As [`Document::read`], without the direct way.
fn by_tree(text: &[u8]) -> Result<Document, ReadError> {
    let mut document = Document::read_by_tree(text, Reading::Exact).map_err(|error| error.in_text(text))?;
    place_warnings(text, &mut document.warnings);
    Ok(document)
}

fn warnings(document: &Document) -> Vec<String> {
    let mut all: Vec<String> = document.warnings().iter().map(Warning::to_string).collect();
    all.sort_unstable();
    all
}

fn nodes(document: &Document) -> Vec<NodeId> {
    document.root().into_iter().flat_map(|root| document.descend(root)).collect()
}

/// What a node says of itself.
fn description(document: &Document, node: NodeId) -> String {
    format!(
        "{} {} {:?} {} {:?} {:?} {:?} {:?}",
        document.schema_name(node),
        document.schema_version(node),
        document.guid(node),
        document.json_path(node),
        document.guid(node).and_then(|guid| document.find(guid)).map(|node| document.json_path(node)),
        document.source_range(node),
        document.fields(node).collect::<Vec<_>>(),
        document.subtree_value(node),
    )
}

/// Every text is asked for before any field, since asking for fields takes them apart.
fn assert_same(direct: &Document, tree: &Document, text: &str) {
    assert_eq!(warnings(direct), warnings(tree), "{text}");
    for style in STYLES {
        assert_eq!(direct.to_text(style), tree.to_text(style), "{style:?} of {text}");
        assert_eq!(*direct.encoded(style), *tree.encoded(style), "{style:?} of {text}");
        let written = |document: &Document| {
            let mut writer = TextWriter::new(style);
            writer.begin_list();
            writer.item();
            document.write(&mut writer);
            writer.end_list();
            writer.into_text()
        };
        assert_eq!(written(direct), written(tree), "{style:?} of {text}");
    }
    assert_eq!(
        direct.to_value().to_text(Style::OtioCompact),
        tree.to_value().to_text(Style::OtioCompact),
        "{text}"
    );
    let described = |document: &Document| -> Vec<String> {
        nodes(document).into_iter().map(|node| description(document, node)).collect()
    };
    assert_eq!(described(direct), described(tree), "{text}");
    for (node, other) in nodes(direct).into_iter().zip(nodes(tree)) {
        for style in STYLES {
            assert_eq!(
                direct.subtree_text(node, style),
                tree.subtree_text(other, style),
                "{style:?} of {text}"
            );
        }
    }
}

fn check(text: &[u8]) {
    let shown = String::from_utf8_lossy(text);
    match (Document::read(text, Reading::Exact), by_tree(text)) {
        (Ok(direct), Ok(tree)) => assert_same(&direct, &tree, &shown),
        (direct, tree) => assert_eq!(direct.err(), tree.err(), "{shown}"),
    }
}

/// What a text is damaged with.
const BYTES: &[u8] = b"\"{}[],:\\0e. \x00\xffnt";

/// Cuts a text, changes one of its bytes or puts something behind it.
fn damage(mut text: Vec<u8>, random: &mut Random<'_>) -> Vec<u8> {
    let at = (random.below(256) * 256 + random.below(256)) % text.len();
    match random.below(5) {
        0 => text.truncate(at),
        1 => text[at] = BYTES[random.below(BYTES.len())],
        2 => text.insert(at, BYTES[random.below(BYTES.len())]),
        3 => drop(text.remove(at)),
        _ => text.extend_from_slice([&b" \n"[..], b"\0", b"x", b"{}", b"\xef\xbb\xbf"][random.below(5)]),
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn a_text_is_read_as_by_a_tree(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check(Random::new(&bytes).document().as_bytes());
    }

    #[test]
    fn a_damaged_text_is_read_as_by_a_tree(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        damages in prop::collection::vec(prop::collection::vec(any::<u8>(), 4), 1..3),
    ) {
        let mut text = Random::new(&bytes).document().into_bytes();
        for bytes in &damages {
            if !text.is_empty() {
                text = damage(text, &mut Random::new(&[&[0, 0], &bytes[..]].concat()));
            }
        }
        check(&text);
    }
}
