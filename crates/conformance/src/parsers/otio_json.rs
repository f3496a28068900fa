use lossless_json::Style;
use otio_document::{Document, Reading};

/// An OTIO file: its canonical text is read as the same document, and minting GUIDs a second time changes nothing.
pub fn otio_json(input: &[u8]) {
    // Opentimelineio's own reading has no law but to end.
    drop(
        Document::read(input, Reading::LikeOpentimelineio)
            .map(|document| document.to_text(Style::OtioPretty)),
    );
    let Ok(mut document) = Document::read(input, Reading::Exact) else { return };
    same_when_read(&document);
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
