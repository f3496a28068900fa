use lossless_json::{
    Limits, ParseError, Sought, Style, Value, locate, parse, parse_like_opentimelineio, path_at,
};

/// JSON text: what was read is read again from each text that keeps every value, as the same value; what cannot be read has
/// a place.
pub fn json_text(input: &[u8]) {
    // Opentimelineio's own reading has no law but to end.
    drop(parse_like_opentimelineio(input, &Limits::default()));
    let parsed = match parse(input, &Limits::default()) {
        Ok(parsed) => parsed,
        Err(error) => return placed(input, &error),
    };
    for style in [Style::Digest, Style::Python, Style::OtioCompact, Style::OtioPretty] {
        let again = read(&parsed.value.to_text(style));
        assert_eq!(
            again.to_text(Style::Digest),
            parsed.value.to_text(Style::Digest),
            "the text of style {style:?} is read as the same value"
        );
    }
}

/// The path of an error can be looked for in the text.
fn placed(input: &[u8], error: &ParseError) {
    assert!(error.offset <= input.len() && error.path.starts_with('$'), "{error:?} has its place");
    let found = locate(input, &[Sought::Value(&error.path), Sought::KeyAgain(&error.path)]);
    assert!(found.iter().all(|place| path_at(input, place.offset).starts_with('$')), "{error:?} is located");
}

fn read(text: &str) -> Value {
    match parse(text.as_bytes(), &Limits::default()) {
        Ok(parsed) => parsed.value,
        Err(error) => unreadable(text, &error),
    }
}

#[expect(clippy::panic, reason = "a law of the parser is broken, which a test or a fuzzer must see")]
fn unreadable(text: &str, error: &ParseError) -> ! {
    panic!("own text is not read back: {error}\n{text}")
}
