//! Questions about times, drawn from a seed.

use lossless_json::Value;

use crate::draw::Draw;

impl Draw {
    #[expect(clippy::cast_precision_loss, reason = "any number will do")]
    fn number(&mut self) -> f64 {
        match self.below(12) {
            0 => self.of(&[0.0, -0.0, 1.0, -1.0, 0.5, 1e-7, 1e22, 9_007_199_254_740_993.0, 2_147_483_647.0]),
            1 => self.of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 5e-324, -2_147_483_649.0]),
            2 => self.below(1 << 53) as f64 / 1e6,
            3 => self.below(10_000_000) as f64 / 1000.0,
            4 => -(self.below(100_000) as f64),
            5..=7 => self.below(48) as f64,
            _ => self.below(3_000_000) as f64,
        }
    }

    fn rate(&mut self) -> f64 {
        match self.below(40) {
            0 => self.of(&[0.0, -24.0, f64::NAN, f64::INFINITY, 1e-3]),
            1 => self.number(),
            _ => self.of(RATES),
        }
    }

    fn time(&mut self) -> Value {
        Value::from(vec![Value::from(self.number()), Value::from(self.rate())])
    }

    /// Times near each other, so that relations hold now and then.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn near(&mut self) -> Value {
        let value = self.below(12) as f64 + self.of(&[0.0, 0.0, 0.0, 0.25, 1e-7, 1e-5]);
        Value::from(vec![Value::from(value), Value::from(self.of(&[24.0, 24.0, 48.0, 30_000.0 / 1001.0]))])
    }

    fn range(&mut self) -> Value {
        if self.below(3) == 0 {
            return Value::from(vec![self.time(), self.time()]);
        }
        Value::from(vec![self.near(), self.near()])
    }

    fn transform(&mut self) -> Value {
        let scale = self.of(&[1.0, 0.5, 2.0, -1.0, 0.0, 1.1]);
        Value::from(vec![self.time(), scale.into(), self.of(&[-1.0, 24.0, 0.0, 25.0]).into()])
    }

    fn text(&mut self, alphabet: &[&str], longest: u64) -> String {
        (0..self.below(longest)).map(|_| self.of(alphabet)).collect()
    }

    fn timecode(&mut self) -> String {
        if self.below(6) == 0 {
            return self.text(&["0", "1", "5", "9", ":", ";", " ", "-", "+", "x", "é", "00:"], 14);
        }
        let divider = self.of(&[":", ":", ";"]);
        let (h, m) = (self.below(30), self.below(62));
        format!("{h:02}:{m:02}:{:02}{divider}{:02}", self.below(62), self.below(62))
    }

    fn time_string(&mut self) -> String {
        if self.below(3) == 0 {
            return self.text(&["0", "1", "5", "59", "60", ":", ":", ".", "-", "e", "99999999999"], 9);
        }
        format!(
            "{:02}:{:02}:{}.{}",
            self.below(120),
            self.below(61),
            self.below(61),
            self.below(1_000_000_000)
        )
    }
}

const RATES: &[f64] = &[
    1.0,
    12.0,
    15.0,
    23.97,
    23.976,
    23.98,
    24_000.0 / 1001.0,
    24.0,
    24.0,
    25.0,
    29.97,
    30_000.0 / 1001.0,
    30.0,
    47.95,
    48_000.0 / 1001.0,
    48.0,
    50.0,
    59.94,
    60_000.0 / 1001.0,
    60.0,
    100.0,
    120.0,
    48_000.0,
    192_000.0,
];

const ONE_TIME: &[&str] =
    &["negated", "floor", "ceil", "round", "to_seconds", "to_frames", "is_valid", "to_time_string"];
const TIME_AND_RATE: &[&str] = &["rescaled_to", "to_frames_at"];
const TWO_TIMES: &[&str] = &[
    "add",
    "subtract",
    "equal",
    "less",
    "less_or_equal",
    "strictly_equal",
    "almost_equal",
    "duration",
    "duration_inclusive",
    "range",
    "range_inclusive",
];
const ONE_RANGE: &[&str] = &["end_time_inclusive", "end_time_exclusive", "is_valid_range"];
const RANGE_AND_TIME: &[&str] = &[
    "duration_extended_by",
    "clamped_time",
    "contains_time",
    "overlaps_time",
    "before_time",
    "begins_time",
    "finishes_time",
];
const TWO_RANGES: &[&str] = &[
    "extended_by",
    "clamped",
    "equal_ranges",
    "contains",
    "overlaps",
    "before",
    "meets",
    "begins",
    "finishes",
    "intersects",
];

type Parts = fn(&mut Draw) -> Vec<Value>;

/// So many questions of each operation: `[operation, arguments…]`.
pub(crate) fn questions(of_each: usize) -> Vec<Value> {
    let mut draw = Draw(18);
    let mut questions = Vec::new();
    let mut ask = |operations: &[&str], parts: Parts| {
        for operation in operations {
            for _ in 0..of_each {
                let mut question = vec![Value::from(*operation)];
                question.extend(parts(&mut draw));
                questions.push(Value::from(question));
            }
        }
    };
    ask(ONE_TIME, |draw| vec![draw.time()]);
    ask(TIME_AND_RATE, |draw| vec![draw.time(), draw.rate().into()]);
    ask(TWO_TIMES, |draw| {
        if draw.below(2) == 0 { vec![draw.time(), draw.time()] } else { vec![draw.near(), draw.near()] }
    });
    ask(ONE_RANGE, |draw| vec![draw.range()]);
    ask(RANGE_AND_TIME, |draw| {
        vec![draw.range(), if draw.below(3) == 0 { draw.time() } else { draw.near() }]
    });
    ask(TWO_RANGES, |draw| vec![draw.range(), draw.range()]);
    ask(&["applied_to_time"], |draw| vec![draw.transform(), draw.time()]);
    ask(&["applied_to_range"], |draw| vec![draw.transform(), draw.range()]);
    ask(&["applied_to"], |draw| vec![draw.transform(), draw.transform()]);
    ask(&["from_timecode"], |draw| vec![draw.timecode().into(), draw.rate().into()]);
    ask(&["from_time_string"], |draw| vec![draw.time_string().into(), draw.rate().into()]);
    ask(&["to_timecode", "to_nearest_timecode"], |draw| {
        vec![draw.time(), draw.rate().into(), draw.of(&["rate", "rate", "yes", "no"]).into()]
    });
    ask(&["nearest_rate", "is_rate"], |draw| vec![draw.rate().into()]);
    questions
}
