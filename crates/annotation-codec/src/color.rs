//! Colour spaces in metadata: names are read and one is chosen; nothing here transforms a colour.
//!
//! They stand where OTIO's proposal for colour pipelines would have its fields: a clip's input space under
//! `metadata.color_space`, a timeline's `config`, `working_space` and `output_space` under `metadata.color`. Both are set by ordinary
//! `SET_PROPERTY` messages. A name is a vocabulary, a colon, and what that vocabulary calls it: `ocio:ACEScg`.
//!
//! ```
//! use annotation_codec::color::{parse_colorspace, resolve_input_colorspace};
//! use lossless_json::{Limits, parse};
//!
//! assert_eq!(parse_colorspace("cicp:1"), ("cicp", "1"));
//! assert_eq!(parse_colorspace("Utility - Curve: sRGB"), ("ocio", "Utility - Curve: sRGB"));
//!
//! let read = |text: &str| parse(text.as_bytes(), &Limits::default()).map(|parsed| parsed.value);
//! let (clip, timeline) = (read(r#"{"color_space": ""}"#)?, read(r#"{"color": {"working_space": "ocio:ACEScg"}}"#)?);
//! assert_eq!(resolve_input_colorspace(&clip, Some(&timeline), Some("sRGB")), Some("ocio:ACEScg"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use lossless_json::{Object, Value};

/// The key of a timeline's colours in its metadata.
pub const COLOR_GROUP: &str = "color";

/// The key of a clip's input colour space in its metadata.
pub const COLOR_SPACE: &str = "color_space";

/// The key of the configuration among a timeline's colours.
pub const CONFIG: &str = "config";

/// The key of the working space among a timeline's colours.
pub const WORKING_SPACE: &str = "working_space";

/// The key of the output space among a timeline's colours.
pub const OUTPUT_SPACE: &str = "output_space";

/// The vocabulary of a name without one.
pub const DEFAULT_VOCABULARY: &str = "ocio";

/// The vocabularies whose names programs resolve; names of others (`cicp`, `aces`, `custom`, …) are kept as they are.
pub const RESOLVED_VOCABULARIES: [&str; 2] = ["ocio", "interop"];

/// Splits a colour space into its vocabulary and its name. What stands before the first colon is a vocabulary where it is made of
/// `a`–`z`, `0`–`9` and `_`; else all of it is a name in [`DEFAULT_VOCABULARY`].
pub fn parse_colorspace(value: &str) -> (&str, &str) {
    match value.split_once(':') {
        Some((vocabulary, name)) if is_tag(vocabulary) => (vocabulary, name),
        _ => (DEFAULT_VOCABULARY, value),
    }
}

fn is_tag(text: &str) -> bool {
    let is_tag_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_tag_byte)
}

/// Whether programs resolve the names of that vocabulary: one of [`RESOLVED_VOCABULARIES`].
pub fn is_resolved_vocabulary(value: &str) -> bool {
    RESOLVED_VOCABULARIES.contains(&parse_colorspace(value).0)
}

/// The input colour space in the metadata of a clip, or of anything else in a composition. None where it is empty, or no
/// text.
pub fn read_color_space(metadata: &Value) -> Option<&str> {
    text(metadata.get(COLOR_SPACE))
}

/// The colours in the metadata of a timeline, with [`CONFIG`], [`WORKING_SPACE`] and [`OUTPUT_SPACE`] where it has them;
/// empty where it has none.
pub fn read_timeline_color(metadata: &Value) -> Object {
    metadata.get(COLOR_GROUP).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The colour space that a clip's media are taken to be in: its own, else its timeline's working space, else the
/// program's own. Both are asked for their metadata.
pub fn resolve_input_colorspace<'name>(
    clip: &'name Value,
    timeline: Option<&'name Value>,
    host_default: Option<&'name str>,
) -> Option<&'name str> {
    let working_space = || text(timeline?.at(&[COLOR_GROUP, WORKING_SPACE]));
    read_color_space(clip).or_else(working_space).or(host_default)
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use lossless_json::{Limits, Object, Value, parse};

    use super::{
        is_resolved_vocabulary, parse_colorspace, read_color_space, read_timeline_color,
        resolve_input_colorspace,
    };

    fn value(text: &str) -> Value {
        parse(text.as_bytes(), &Limits::default()).unwrap().value
    }

    #[test]
    fn names_are_split_at_the_first_colon_behind_a_vocabulary() {
        for (text, vocabulary, name) in [
            ("ocio:ACEScg", "ocio", "ACEScg"),
            ("ACEScg", "ocio", "ACEScg"),
            ("OCIO:x", "ocio", "OCIO:x"),
            (":x", "ocio", ":x"),
            ("cicp:1", "cicp", "1"),
            ("Utility - Curve: sRGB", "ocio", "Utility - Curve: sRGB"),
            ("ocio:Utility - Curve: sRGB", "ocio", "Utility - Curve: sRGB"),
            ("", "ocio", ""),
            ("a_1:", "a_1", ""),
        ] {
            assert_eq!(parse_colorspace(text), (vocabulary, name), "{text}");
        }
    }

    #[test]
    fn programs_resolve_two_vocabularies() {
        let resolved = ["ocio:ACEScg", "ACEScg", "interop:lin_rec709", "resolve:x", "custom:x", "cicp:1"];
        assert_eq!(resolved.map(is_resolved_vocabulary), [true, true, true, false, false, false]);
    }

    #[test]
    fn a_clip_has_the_first_of_its_own_its_timelines_and_the_programs_space() {
        let none = value(r#"{"color_space": null, "color": "?"}"#);
        let own = value(r#"{"color_space": "ocio:LogC"}"#);
        let timeline = value(r#"{"color": {"config": "aces", "working_space": "ACEScg", "more": 1}}"#);
        assert_eq!(resolve_input_colorspace(&own, Some(&timeline), Some("sRGB")), Some("ocio:LogC"));
        assert_eq!(resolve_input_colorspace(&none, Some(&timeline), Some("sRGB")), Some("ACEScg"));
        assert_eq!(resolve_input_colorspace(&none, Some(&none), Some("sRGB")), Some("sRGB"));
        assert_eq!(resolve_input_colorspace(&none, None, None), None);
        assert_eq!(read_color_space(&own), Some("ocio:LogC"));
        assert_eq!(
            read_timeline_color(&timeline).keys().collect::<Vec<_>>(),
            ["config", "working_space", "more"]
        );
        assert_eq!(read_timeline_color(&none), Object::new());
    }
}
