use lossless_json::{Limits, Style, parse};
use otio_document::review::SyncEvent;
use otio_document::{Document, PropertyPath, Reading, TargetVersions, downgraded};

/// An OTIO file: its canonical text is read as the same document, minting GUIDs a second time or bringing it to older
/// versions a second time changes nothing, and an event of a review is written as it was read.
pub fn otio_json(input: &[u8]) {
    // Opentimelineio's own reading has no law but to end.
    drop(
        Document::read(input, Reading::LikeOpentimelineio)
            .map(|document| document.to_text(Style::OtioPretty)),
    );
    let Ok(mut document) = Document::read(input, Reading::Exact) else { return };
    same_when_read(&document);
    same_as_by_a_tree(input, &document);
    same_when_older(&document);
    same_event(&document);
    let mut minted = 0_u32;
    let mut mint = || {
        minted += 1;
        format!("minted-{minted}")
    };
    document.ensure_guids(&mut mint);
    let text = document.to_text(Style::Digest);
    document.ensure_guids(&mut mint);
    assert_eq!(document.to_text(Style::Digest), text, "a document with GUIDs keeps them");
    same_when_read(&document);
}

/// Straight from text, or by way of a tree of values, untouched and edited: the document is the same. References by id are
/// followed in a text only.
fn same_as_by_a_tree(input: &[u8], document: &Document) {
    if String::from_utf8_lossy(input).contains("SerializableObjectRef") {
        return;
    }
    let Ok(parsed) = parse(input, &Limits::default()) else { return };
    let Ok(mut by_tree) = Document::from_value(parsed.value, Reading::Exact) else { return };
    let mut direct = document.clone();
    assert_same(&direct, &by_tree);
    let edits = ["name", "metadata/a", "metadata/sync/guid"].map(PropertyPath::parse);
    for path in edits.iter().flatten() {
        let edited = edit_all(&mut direct, path);
        assert_eq!(edited, edit_all(&mut by_tree, path), "the same edits are taken");
        assert_same(&direct, &by_tree);
    }
}

/// Sets a property of every second node; says how many took it.
fn edit_all(document: &mut Document, path: &PropertyPath) -> usize {
    let nodes: Vec<_> = document.root().into_iter().flat_map(|root| document.descend(root)).collect();
    let numbered = nodes.into_iter().step_by(2).enumerate();
    numbered
        .filter(|(number, node)| document.set_property(*node, path, format!("{number}").into()).is_ok())
        .count()
}

fn assert_same(a: &Document, b: &Document) {
    for style in [Style::OtioCompact, Style::OtioPretty, Style::Digest, Style::Python] {
        assert_eq!(a.to_text(style), b.to_text(style), "what was read directly is written like the rest");
    }
    assert_eq!(a.to_value(), b.to_value(), "and is the same value");
    let nodes = |document: &Document| -> Vec<_> {
        let nodes = document.root().into_iter().flat_map(|root| document.descend(root));
        nodes.map(|node| (document.guid(node).map(str::to_owned), document.fields(node).count())).collect()
    };
    assert_eq!(nodes(a), nodes(b), "with the same GUIDs and fields");
}

fn same_when_read(document: &Document) {
    let text = document.to_text(Style::OtioPretty);
    let again = Document::read(text.as_bytes(), Reading::Exact);
    assert_eq!(
        again.map(|again| again.to_text(Style::OtioPretty)).ok(),
        Some(text),
        "canonical text is stable"
    );
}

fn same_when_older(document: &Document) {
    let targets: TargetVersions = [("Clip", 1)].into_iter().collect();
    let Ok(once) = document.to_value_for(&targets) else { return };
    assert_eq!(downgraded(once.clone(), &targets), Ok(once), "older versions stay as they are");
}

fn same_event(document: &Document) {
    let value = document.to_value();
    let Ok(event) = SyncEvent::from_value(&value) else { return };
    assert_eq!(event.to_value(), value, "an event is written as it was read");
}
