//! Our answers.

use lossless_json::{Object, Style, Value};
use otio_document::{Document, FlattenError, NodeId, RationalTime, Reading, TimeRange};

use super::cases::Case;

pub(crate) fn part(value: &Value, index: usize) -> &Value {
    &value.as_array().unwrap()[index]
}

pub(crate) fn time(value: &Value) -> RationalTime {
    RationalTime::new(part(value, 0).as_f64().unwrap(), part(value, 1).as_f64().unwrap())
}

fn range(value: &Value) -> TimeRange {
    TimeRange::new(time(part(value, 0)), time(part(value, 1)))
}

pub(crate) fn from_time(time: RationalTime) -> Value {
    Value::from(vec![Value::from(time.value), Value::from(time.rate)])
}

fn from_range(range: TimeRange) -> Value {
    Value::from(vec![from_time(range.start_time), from_time(range.duration)])
}

fn node(document: &Document, path: &Value) -> NodeId {
    path.as_array().unwrap().iter().fold(document.root().unwrap(), |node, index| {
        document.children(node).get(usize::try_from(index.as_u64().unwrap()).unwrap()).unwrap()
    })
}

pub(crate) fn path(document: &Document, node: NodeId) -> Value {
    let mut indices: Vec<Value> = std::iter::successors(Some(node), |node| document.parent(*node))
        .filter_map(|node| document.index_in_parent(node))
        .map(|index| Value::from(index as u64))
        .collect();
    indices.reverse();
    Value::from(indices)
}

pub(crate) fn answers(case: &Case) -> Vec<Value> {
    let document = Document::read(case.document.as_bytes(), Reading::LikeOpentimelineio).unwrap();
    case.questions.iter().map(|question| answer(&document, question)).collect()
}

fn answer(document: &Document, question: &Value) -> Value {
    told(document, question).unwrap_or_else(|error| {
        Value::Object([("error", Value::from(error.to_string()))].into_iter().collect::<Object>())
    })
}

fn told(document: &Document, question: &Value) -> Result<Value, FlattenError> {
    let root = document.root().unwrap();
    let of = node(document, part(question, 1));
    let argument = |index: usize| part(question, index + 2);
    let paths =
        |nodes: &[NodeId]| Value::from(nodes.iter().map(|node| path(document, *node)).collect::<Vec<_>>());
    let optional = |range: Option<TimeRange>| range.map_or(Value::Null, from_range);
    Ok(match part(question, 0).as_str().unwrap() {
        "duration" => from_time(document.duration(of)?),
        "available_range" => from_range(document.available_range(of)?),
        "trimmed_range" => from_range(document.trimmed_range(of)?),
        "visible_range" => from_range(document.visible_range(of)?),
        "range_in_parent" => from_range(document.range_in_parent(of)?),
        "trimmed_range_in_parent" => optional(document.trimmed_range_in_parent(of)?),
        "range_of_child" => from_range(document.range_of_child(root, of)?),
        "trimmed_range_of_child" => optional(document.trimmed_range_of_child(root, of)?),
        "child_at_time" => document
            .child_at_time(of, time(argument(0)), argument(1) == &Value::Bool(true))?
            .map_or(Value::Null, |child| path(document, child)),
        "children_in_range" => paths(&document.children_in_range(of, range(argument(0)))?),
        "find_clips" => {
            let within = (argument(0) != &Value::Null).then(|| range(argument(0)));
            paths(&document.find_clips(of, within, argument(1) == &Value::Bool(true))?)
        }
        "range_of_all_children" => {
            let ranges = document.range_of_all_children(of)?;
            ranges.into_iter().map(|(_, range)| from_range(range)).collect::<Vec<_>>().into()
        }
        "neighbors_of" => {
            let (before, after) = document.neighbors_of(of)?;
            let shown = |node: Option<NodeId>| node.map_or(Value::Null, |node| path(document, node));
            vec![shown(before), shown(after)].into()
        }
        "transformed_time" => {
            let to = node(document, argument(1));
            from_time(document.transformed_time(time(argument(0)), of, to)?)
        }
        "flatten" => document.flattened(of)?.to_text(Style::OtioCompact).into(),
        "track_trimmed_to_range" => {
            document.track_trimmed_to_range(of, range(argument(0)))?.to_text(Style::OtioCompact).into()
        }
        other => panic!("no answer to {other}"),
    })
}
