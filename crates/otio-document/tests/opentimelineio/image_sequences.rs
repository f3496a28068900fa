//! Image sequences against opentimelineio 0.18.1: the same answer to every question, bit for bit, or an error where it
//! has one.

use lossless_json::{Limits, Object, Style, Value, parse};
use otio_document::{ImageSequenceError, ImageSequenceReference, TimeRange};

use crate::asking;
use crate::asking::{is_same, shown};
use crate::compositions::answers::{from_time, part, time};
use crate::compositions::cases::{object, pair, range};
use crate::draw::Draw;

/// References of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const REFERENCES: usize = 2_000;

/// What a reference says, and what is asked of it: `[operation, arguments…]`.
struct Case {
    reference: Value,
    questions: Vec<Value>,
}

impl Draw {
    fn sequence_rate(&mut self) -> f64 {
        if self.below(8) == 0 {
            return self.of(&[0.0, -24.0, 1e-3]);
        }
        self.of(&[24.0, 24.0, 25.0, 30_000.0 / 1001.0, 23.976, 24_000.0 / 1001.0, 12.0])
    }

    fn moment(&mut self) -> (f64, f64) {
        let part = self.of(&[0.0, 0.0, 0.0, 0.5, 0.1, 1e-9]);
        (self.whole(30) + part, self.of(&[24.0, 24.0, 25.0, 23.976, 30_000.0 / 1001.0, 48.0]))
    }

    fn sequence(&mut self) -> Value {
        let available = match self.below(8) {
            0 => Value::Null,
            1 => range((0.0, 1.0), (self.whole(60), self.sequence_rate())),
            2 => range((-9.0, 0.0), (9.0, 24.0)),
            _ => range(
                (self.whole(12) - 4.0, self.of(&[24.0, 24.0, 25.0])),
                (self.whole(90) - 3.0, self.of(&[24.0, 24.0, 23.976, 25.0])),
            ),
        };
        let start = self.of(&[1001, 1, 0, -3, -100_000, i64::from(i32::MAX)]);
        object(
            "ImageSequenceReference.1",
            vec![
                (
                    "target_url_base",
                    self.of(&["file:///show/sh010", "file:///show/sh010/", "", "/", "é x"]).into(),
                ),
                ("name_prefix", self.of(&["sh010.", "", "a/", "%04d☃"]).into()),
                ("name_suffix", self.of(&[".exr", "", "."]).into()),
                ("start_frame", start.into()),
                ("frame_step", self.of(&[1_i64, 1, 1, 2, 2, 3, 10, 0, -1]).into()),
                ("rate", self.sequence_rate().into()),
                ("frame_zero_padding", self.of(&[0_i64, 4, 5, 8, 200, -2]).into()),
                ("missing_frame_policy", self.of(&["error", "hold", "black"]).into()),
                ("available_range", available),
            ],
        )
    }
}

fn case(seed: u64) -> Case {
    let mut draw = Draw(seed);
    let reference = draw.sequence();
    let mut questions = Vec::new();
    let mut ask = |operation: &str, argument: Option<Value>| {
        questions.push(Value::from([Value::from(operation)].into_iter().chain(argument).collect::<Vec<_>>()));
    };
    for operation in ["end_frame", "number_of_images_in_sequence"] {
        ask(operation, None);
    }
    for _ in 0..8 {
        ask("frame_for_time", Some(pair(draw.moment())));
    }
    for _ in 0..3 {
        let range = vec![pair(draw.moment()), pair((draw.whole(9), 24.0))];
        ask("frame_range_for_time_range", Some(range.into()));
    }
    for image in [-70_000, -5, -1, 0, 1, 2, 5, 23, 47, 60, i64::from(i32::MAX), i64::from(i32::MIN)] {
        ask("target_url_for_image_number", Some(image.into()));
        ask("presentation_time_for_image_number", Some(image.into()));
    }
    ask("abstract_target_url", Some(draw.of(&["%04d", "####", "@"]).into()));
    Case { reference, questions }
}

fn answer(images: &ImageSequenceReference, question: &Value) -> Value {
    told(images, question).unwrap_or_else(|error| {
        Value::Object([("error", Value::from(error.to_string()))].into_iter().collect::<Object>())
    })
}

fn told(images: &ImageSequenceReference, question: &Value) -> Result<Value, ImageSequenceError> {
    let argument = || part(question, 1);
    let image = || i32::try_from(argument().as_i64().unwrap()).unwrap();
    let number = |number: i32| Value::from(i64::from(number));
    Ok(match part(question, 0).as_str().unwrap() {
        "end_frame" => number(images.end_frame()),
        "number_of_images_in_sequence" => number(images.number_of_images_in_sequence()),
        "frame_for_time" => number(images.frame_for_time(time(argument()))?),
        "frame_range_for_time_range" => {
            let range = TimeRange::new(time(part(argument(), 0)), time(part(argument(), 1)));
            let (first, last) = images.frame_range_for_time_range(range)?;
            Value::from(vec![number(first), number(last)])
        }
        "target_url_for_image_number" => images.target_url_for_image_number(image())?.into(),
        "presentation_time_for_image_number" => {
            from_time(images.presentation_time_for_image_number(image())?)
        }
        "abstract_target_url" => images.abstract_target_url(argument().as_str().unwrap()).into(),
        other => panic!("no answer to {other}"),
    })
}

/// opentimelineio writes −2³¹, which has no counterpart above zero in 32 bits, without its digits.
fn is_number_without_digits(ours: &Value) -> bool {
    ours.as_str().is_some_and(|url| url.contains("2147483648"))
}

fn line(case: &Case) -> Value {
    let text = case.reference.to_text(Style::OtioCompact);
    let fields = [("reference", Value::from(text)), ("questions", case.questions.clone().into())];
    Value::Object(fields.into_iter().collect())
}

#[test]
fn every_question_has_opentimelineios_answer() {
    let cases: Vec<Case> = (0..asking::wanted(REFERENCES) as u64).map(case).collect();
    let questions: Vec<Value> = cases.iter().map(line).collect();
    let Some(theirs) = asking::answers("image_sequences.py", &questions) else { return };
    let (mut wrong, mut told, mut refused) = (Vec::new(), 0, 0);
    for (case, theirs) in cases.iter().zip(&theirs) {
        let images = ImageSequenceReference::from_value(&case.reference).unwrap();
        for (question, theirs) in case.questions.iter().zip(theirs.as_array().unwrap()) {
            let ours = answer(&images, question);
            *if matches!(theirs, Value::Object(_)) { &mut refused } else { &mut told } += 1;
            if !is_same(&ours, theirs) && !is_number_without_digits(&ours) {
                let [question, ours, theirs, reference] =
                    [question, &ours, theirs, &case.reference].map(shown);
                wrong.push(format!("{question}\n  ours   {ours}\n  theirs {theirs}\n  of     {reference}"));
            }
        }
    }
    let first = wrong[..wrong.len().min(8)].join("\n");
    assert!(wrong.is_empty(), "{} of {}:\n{first}", wrong.len(), told + refused);
    println!("{told} answers and {refused} refusals are the same for {} references", cases.len());
    assert!(told > refused, "most questions are refused; the test says little");
}

#[test]
fn a_document_cannot_ask_for_gigabytes_of_zeros() {
    let mut reference = Draw(2).sequence();
    let fields = reference.as_object_mut().unwrap();
    fields.insert("frame_zero_padding", i64::from(i32::MAX));
    fields.insert("rate", 24.0);
    fields.insert("frame_step", 1_i64);
    fields.insert("available_range", range((0.0, 24.0), (9.0, 24.0)));
    let text = reference.to_text(Style::OtioCompact);
    let reference = parse(text.as_bytes(), &Limits::default()).unwrap().value;
    let images = ImageSequenceReference::from_value(&reference).unwrap();
    let error = images.target_url_for_image_number(0).unwrap_err();
    assert_eq!(error, ImageSequenceError::PaddingTooWide(i32::MAX));
}
