use lossless_json::{Limits, Style, Value, parse, parse_like_opentimelineio};

/// JSON text: what was read is read again from each text that keeps every value, as the same value.
pub fn json_text(input: &[u8]) {
    // Opentimelineio's own reading has no law but to end.
    drop(parse_like_opentimelineio(input, &Limits::default()));
    let Ok(parsed) = parse(input, &Limits::default()) else { return };
    for style in [Style::Digest, Style::Python, Style::OtioCompact, Style::OtioPretty] {
        let again = read(&parsed.value.to_text(style));
        assert_eq!(
            again.to_text(Style::Digest),
            parsed.value.to_text(Style::Digest),
            "the text of style {style:?} is read as the same value"
        );
    }
}

fn read(text: &str) -> Value {
    match parse(text.as_bytes(), &Limits::default()) {
        Ok(parsed) => parsed.value,
        Err(error) => unreadable(text, &error),
    }
}

#[expect(clippy::panic, reason = "a law of the parser is broken, which a test or a fuzzer must see")]
fn unreadable(text: &str, error: &lossless_json::ParseError) -> ! {
    panic!("own text is not read back: {error}\n{text}")
}
