//! Our answers.

use lossless_json::{Object, Value};
use otio_document::{DropFrame, EPSILON_SECONDS, RationalTime, TimeRange, TimeTransform, TimecodeError};

fn part(value: &Value, index: usize) -> &Value {
    &value.as_array().unwrap()[index]
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

pub(crate) fn time(value: &Value) -> RationalTime {
    RationalTime::new(number(part(value, 0)), number(part(value, 1)))
}

fn range(value: &Value) -> TimeRange {
    TimeRange::new(time(part(value, 0)), time(part(value, 1)))
}

fn transform(value: &Value) -> TimeTransform {
    TimeTransform {
        offset: time(part(value, 0)),
        scale: number(part(value, 1)),
        rate: number(part(value, 2)),
    }
}

fn from_time(time: RationalTime) -> Value {
    Value::from(vec![Value::from(time.value), Value::from(time.rate)])
}

fn from_range(range: TimeRange) -> Value {
    Value::from(vec![from_time(range.start_time), from_time(range.duration)])
}

fn from_transform(transform: TimeTransform) -> Value {
    Value::from(vec![from_time(transform.offset), transform.scale.into(), transform.rate.into()])
}

fn or_error<T>(result: Result<T, TimecodeError>, value: impl FnOnce(T) -> Value) -> Value {
    result.map_or_else(
        |error| Value::Object([("error", Value::from(error.to_string()))].into_iter().collect::<Object>()),
        value,
    )
}

fn drop_frame(value: &Value) -> DropFrame {
    match value.as_str() {
        Some("yes") => DropFrame::Yes,
        Some("no") => DropFrame::No,
        _ => DropFrame::FromRate,
    }
}

pub(crate) fn answer(question: &Value) -> Value {
    let operation = part(question, 0).as_str().unwrap();
    let first = part(question, 1);
    let second = || part(question, 2);
    of_times(operation, first, &second)
        .or_else(|| of_ranges(operation, first, &second))
        .or_else(|| of_texts(operation, first, &second, question))
        .unwrap_or_else(|| panic!("no answer to {operation}"))
}

fn of_times<'a>(operation: &str, first: &'a Value, second: &dyn Fn() -> &'a Value) -> Option<Value> {
    let a = || time(first);
    let b = || time(second());
    Some(match operation {
        "negated" => from_time(-a()),
        "floor" => from_time(a().floor()),
        "ceil" => from_time(a().ceil()),
        "round" => from_time(a().round()),
        "to_seconds" => a().to_seconds().into(),
        "to_frames" => i64::from(a().to_frames()).into(),
        "is_valid" => a().is_valid().into(),
        "to_time_string" => a().to_time_string().into(),
        "rescaled_to" => from_time(a().rescaled_to(number(second()))),
        "to_frames_at" => i64::from(a().to_frames_at(number(second()))).into(),
        "add" => from_time(a() + b()),
        "subtract" => from_time(a() - b()),
        "equal" => (a() == b()).into(),
        "less" => (a() < b()).into(),
        "less_or_equal" => (a() <= b()).into(),
        "strictly_equal" => a().strictly_equal(b()).into(),
        "almost_equal" => a().almost_equal(b(), 0.5).into(),
        "duration" => from_time(RationalTime::duration_from_start_end_time(a(), b())),
        "duration_inclusive" => from_time(RationalTime::duration_from_start_end_time_inclusive(a(), b())),
        "range" => from_range(TimeRange::from_start_end_time(a(), b())),
        "range_inclusive" => from_range(TimeRange::from_start_end_time_inclusive(a(), b())),
        _ => return None,
    })
}

fn of_ranges<'a>(operation: &str, first: &'a Value, second: &dyn Fn() -> &'a Value) -> Option<Value> {
    let a = || range(first);
    let b = || range(second());
    let t = || time(second());
    let e = EPSILON_SECONDS;
    Some(match operation {
        "end_time_inclusive" => from_time(a().end_time_inclusive()),
        "end_time_exclusive" => from_time(a().end_time_exclusive()),
        "is_valid_range" => a().is_valid().into(),
        "duration_extended_by" => from_range(a().duration_extended_by(t())),
        "clamped_time" => from_time(a().clamped_time(t())),
        "contains_time" => a().contains_time(t()).into(),
        "overlaps_time" => a().overlaps_time(t()).into(),
        "before_time" => a().before_time(t(), e).into(),
        "begins_time" => a().begins_time(t(), e).into(),
        "finishes_time" => a().finishes_time(t(), e).into(),
        "extended_by" => from_range(a().extended_by(b())),
        "clamped" => from_range(a().clamped(b())),
        "equal_ranges" => (a() == b()).into(),
        "contains" => a().contains(b(), e).into(),
        "overlaps" => a().overlaps(b(), e).into(),
        "before" => a().before(b(), e).into(),
        "meets" => a().meets(b(), e).into(),
        "begins" => a().begins(b(), e).into(),
        "finishes" => a().finishes(b(), e).into(),
        "intersects" => a().intersects(b(), e).into(),
        "applied_to_time" => from_time(transform(first).applied_to_time(t())),
        "applied_to_range" => from_range(transform(first).applied_to_range(b())),
        "applied_to" => from_transform(transform(first).applied_to(transform(second()))),
        _ => return None,
    })
}

fn of_texts<'a>(
    operation: &str,
    first: &'a Value,
    second: &dyn Fn() -> &'a Value,
    question: &'a Value,
) -> Option<Value> {
    let text = || first.as_str().unwrap();
    let rate = || number(second());
    let drop = || drop_frame(part(question, 3));
    Some(match operation {
        "from_timecode" => or_error(RationalTime::from_timecode(text(), rate()), from_time),
        "from_time_string" => or_error(RationalTime::from_time_string(text(), rate()), from_time),
        "to_timecode" => or_error(time(first).to_timecode(rate(), drop()), Value::from),
        "to_nearest_timecode" => or_error(time(first).to_nearest_timecode(rate(), drop()), Value::from),
        "nearest_rate" => RationalTime::nearest_smpte_timecode_rate(number(first)).into(),
        "is_rate" => RationalTime::is_smpte_timecode_rate(number(first)).into(),
        _ => return None,
    })
}
