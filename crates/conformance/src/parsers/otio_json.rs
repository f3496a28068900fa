use lossless_json::Style;
use otio_document::review::SyncEvent;
use otio_document::{Document, Reading, TargetVersions, downgraded};

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
