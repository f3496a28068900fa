//! Media under the time of compositions: against the definitions, reckoned exactly by a Python script, and against
//! opentimelineio's `transformed_time` where nothing is retimed; and what must hold of any document.

mod cases;
mod properties;

use lossless_json::Value;
use otio_document::{Document, MediaFrame, NodeId, RangeError, Reading};

use crate::asking;
use crate::asking::{is_same, shown};
use crate::compositions::answers::{from_time, part, path, time};
use crate::compositions::cases::Case;
use crate::compositions::line;
use cases::{Contents, case};

/// Documents of one run; `OTIO_SYNC_DOCUMENTS` asks for more.
const DOCUMENTS: usize = 2_000;

/// Documents that one process is asked about, so that long runs fit the memory.
const AT_ONCE: usize = 5_000;

/// How far seconds may be from exact ones, relative to a day.
const TOLERANCE: f64 = 1e-9;

/// What a path from the tracks leads to; a timeline itself for the empty path.
fn node(document: &Document, path: &Value) -> NodeId {
    let indices = path.as_array().unwrap();
    let root = document.root().unwrap();
    if indices.is_empty() {
        return root;
    }
    let top = if document.is_timeline(root) { document.children(root).first().unwrap() } else { root };
    indices.iter().fold(top, |node, index| {
        document.children(node).get(usize::try_from(index.as_u64().unwrap()).unwrap()).unwrap()
    })
}

/// The path from the tracks.
fn path_of(document: &Document, clip: NodeId) -> Value {
    let path = path(document, clip);
    let indices = path.as_array().unwrap();
    let above = usize::from(document.is_timeline(document.root().unwrap()));
    indices[above..].to_vec().into()
}

fn is_near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0)
}

/// Whether an answer is what theirs says; ours are told as theirs are.
fn fits(document: &Document, ours: &Result<Option<MediaFrame>, RangeError>, theirs: &Value) -> bool {
    let (seen, theirs) = match (ours, theirs) {
        (Ok(Some(seen)), Value::Array(theirs)) => (seen, theirs),
        (Ok(None), Value::Null) | (Err(_), Value::Object(_)) => return true,
        _ => return false,
    };
    let whole = |frame: Option<i64>| frame.map_or(Value::Null, Value::from);
    let url = document.media_url(seen.clip, seen.frame.unwrap_or(0));
    let frames = [whole(seen.frame), seen.frame_of_clip.into(), whole(seen.frames)];
    is_same(&path_of(document, seen.clip), &theirs[0])
        && is_near(seen.time.to_seconds(), theirs[1].as_f64().unwrap())
        && frames == theirs[2..5]
        && (theirs[5].is_null() || is_same(&from_time(seen.time), &theirs[5]))
        && url.map_or(Value::Null, Value::from) == theirs[6]
}

#[derive(Default)]
struct Tally {
    seen: usize,
    exact: usize,
    nothing: usize,
    refused: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, case: &Case, theirs: &Value) {
        let document = Document::read(case.document.as_bytes(), Reading::LikeOpentimelineio).unwrap();
        for (question, theirs) in case.questions.iter().zip(theirs.as_array().unwrap()) {
            let of = node(&document, part(question, 0));
            let ours = document.media_at_time(of, time(part(question, 1)));
            if !fits(&document, &ours, theirs) {
                let [question, theirs] = [question, theirs].map(shown);
                let text = &case.document;
                self.wrong.push(format!("{question}\n  ours   {ours:?}\n  theirs {theirs}\n  in     {text}"));
            }
            match theirs {
                Value::Array(theirs) => {
                    self.seen += 1;
                    self.exact += usize::from(!theirs[5].is_null());
                }
                Value::Null => self.nothing += 1,
                _ => self.refused += 1,
            }
        }
    }
}

fn ask(retimes: bool) -> Option<Tally> {
    let contents = Contents { retimes, anything: true };
    let count = asking::wanted(DOCUMENTS);
    let mut tally = Tally::default();
    for first in (0..count).step_by(AT_ONCE) {
        let seeds = first as u64..count.min(first + AT_ONCE) as u64;
        let cases: Vec<Case> = seeds.map(|seed| case(seed, contents)).collect();
        let questions: Vec<Value> = cases.iter().map(line).collect();
        let theirs = asking::answers("media.py", &questions)?;
        cases.iter().zip(&theirs).for_each(|(case, theirs)| tally.compare(case, theirs));
    }
    let Tally { seen, exact, nothing, refused, wrong } = &tally;
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n"));
    println!(
        "{count} documents: {seen} seen, {exact} of them as transformed_time; {nothing} nothing, {refused} refused"
    );
    assert!(seen > nothing, "mostly nothing is seen; the test says little");
    Some(tally)
}

#[test]
fn without_retimes_media_times_are_opentimelineios() {
    let Some(tally) = ask(false) else { return };
    assert_eq!(tally.exact, tally.seen);
}

#[test]
fn with_retimes_media_times_follow_from_the_definitions() {
    let Some(tally) = ask(true) else { return };
    assert!(tally.exact < tally.seen, "nothing is retimed");
}
