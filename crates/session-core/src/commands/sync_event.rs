//! What is drawn on a frame, whole (legacy-protocol §4.4).
//!
//! A reference peer gives the fields that an event lacks their defaults when it reads it, and the time of reading
//! where it says none. So that all show the same, an event leaves its author complete.

use lossless_json::{Object, Value};
use otio_document::review::{self, PaintVertices};

use crate::clock::Now;

/// Whether a reference peer would fail on a schema: it knows its name in another version.
pub(crate) fn fails_elsewhere(name: &str, version: &str) -> bool {
    version != "1" && review::names().any(|known| known == name)
}

/// Gives an event the fields that its schema has and it lacks. Texts say no time by default, others now.
pub(crate) fn complete(event: &mut Object, schema: &str, now: Now) {
    let Some(mut defaults) = review::defaults(schema) else { return };
    if schema != "TextAnnotation"
        && let Some(timestamp) = defaults.get_mut("timestamp")
    {
        *timestamp = iso_8601(now.wall_us).into();
    }
    add_missing(event, defaults);
    if let Some(points) = event.get_mut("points").and_then(Value::as_object_mut)
        && points.get("OTIO_SCHEMA").and_then(Value::as_str) == Some(PaintVertices::SCHEMA)
    {
        add_missing(points, review::defaults("PaintVertices").unwrap_or_default());
        *points = schema_first(std::mem::take(points));
    }
}

fn add_missing(object: &mut Object, defaults: Object) {
    for (key, value) in defaults {
        if !object.contains_key(&key) {
            object.insert(key, value);
        }
    }
}

/// Schema first, then sorted, as opentimelineio writes an event.
pub(crate) fn schema_first(mut object: Object) -> Object {
    let schema = object.remove("OTIO_SCHEMA").unwrap_or_default();
    object.sort_keys();
    let first = [("OTIO_SCHEMA".to_owned(), schema)];
    first.into_iter().chain(object).collect()
}

/// A time since the Unix epoch as `2026-11-21T15:14:00.250000+00:00`. The reference writes local time and no zone.
fn iso_8601(us: u64) -> String {
    let (second, fraction) = (us / 1_000_000, us % 1_000_000);
    let (year, month, day) = civil(second / 86_400);
    let (hour, minute, second) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}+00:00")
}

/// Year, month and day of a day since the Unix epoch. Years are counted from March, so that the leap day is last. Our own,
/// since this crate may depend on no library that can ask a clock.
const fn civil(day: u64) -> (u64, u64, u64) {
    const DAYS_TO_EPOCH: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let day = day + DAYS_TO_EPOCH;
    let (era, day_of_era) = (day / DAYS_OF_400_YEARS, day % DAYS_OF_400_YEARS);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next_year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use lossless_json::{Object, Style, Value};

    use super::{complete, iso_8601};
    use crate::clock::Now;

    const NOW: Now = Now { monotonic_us: 0, wall_us: 1_709_210_096_250_000 };

    fn completed(schema: &str, fields: &[(&str, Value)]) -> Object {
        let mut event: Object = fields.iter().map(|(key, value)| (*key, value.clone())).collect();
        complete(&mut event, schema, NOW);
        event.sort_keys();
        event
    }

    #[test]
    fn what_an_event_lacks_has_the_defaults_of_the_reference() {
        let rectangle = Value::Object(completed("RectangleAnnotation", &[("size", Value::from(2.0))]));
        assert_eq!(
            rectangle.to_text(Style::Digest),
            r#"{"OTIO_SCHEMA":"RectangleAnnotation.1","inner_rgba":[0.0,0.0,0.0,0.0],"max":[0,0],"min":[0,0],"rgba":[1.0,1.0,1.0,1.0],"size":2.0,"timestamp":"2024-02-29T12:34:56.250000+00:00","uuid":null,"visible":true}"#
        );
        assert_eq!(completed("TextAnnotation", &[]).get("timestamp"), Some(&Value::Null));
        assert!(completed("Sparkle", &[]).is_empty(), "what nobody knows stays as it is");
    }

    #[test]
    fn the_points_of_a_stroke_are_completed_too() {
        let points: Object = [("OTIO_SCHEMA", Value::from("PaintVertices.1"))].into_iter().collect();
        let event = completed("PaintPoint", &[("points", points.into())]);
        let points = event.get("points").map(|points| points.to_text(Style::Digest));
        assert_eq!(
            points.as_deref(),
            Some(r#"{"OTIO_SCHEMA":"PaintVertices.1","alpha":[],"size":[],"x":[],"y":[]}"#)
        );
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(iso_8601(951_782_399_000_001), "2000-02-28T23:59:59.000001+00:00");
        assert_eq!(iso_8601(951_868_799_000_000), "2000-02-29T23:59:59.000000+00:00");
        assert_eq!(iso_8601(4_107_542_400_000_000), "2100-03-01T00:00:00.000000+00:00");
    }
}
