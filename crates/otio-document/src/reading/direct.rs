//! From text straight to nodes whose fields stay text.
//!
//! A file that opentimelineio or this project wrote is in canonical form already, so all there is to do is to check that
//! and to note where things stand. A field that is not goes by way of a tree of values and is written anew; an object of an
//! older, newer or unknown schema becomes a node that way. Where that is not enough either — a reference by id, a key that
//! stands twice, more warnings than are kept, text that is no JSON — nothing is read here, and the whole document goes the other way.

#[cfg(test)]
mod differential;
mod nodes;
#[cfg(test)]
mod random;
mod values;

use std::sync::Arc;

use lossless_json::{Compactor, Limits, Value};

use super::references::holds_reference;
use super::{Canonicaliser, Reading, Step, WARNINGS_MAX};
use crate::arena::{Arena, Guid, NodeId};
use crate::fields::Span;
use crate::schema::Family;

/// The most keys that stand twice that are reported.
const DUPLICATE_KEYS_MAX: usize = 100;

/// About how short the text of a node is, as opentimelineio writes a gap without white space.
const NODE_BYTES: usize = 160;

/// What was read.
pub(crate) struct Direct {
    pub(crate) arena: Arena,
    pub(crate) root: NodeId,
    pub(crate) canonicaliser: Canonicaliser,
    /// JSON paths of keys that stood twice.
    pub(crate) duplicate_keys: Vec<String>,
}

/// Reads a document whose root has a place in a tree; nothing where it has to be read another way.
pub(crate) fn read(text: &str) -> Option<Direct> {
    let mut reader = Reader::new(text);
    let root = reader.node(Family::Any).filter(|_| reader.text.is_at_end())?;
    // Things are noticed in another order here, so it would be others that are left out.
    if reader.canonicaliser.warnings.len() > WARNINGS_MAX {
        return None;
    }
    let text = Arc::new(reader.text.into_copy());
    reader.arena.give_text(&reader.unwritten, &text);
    let duplicate_keys = reader.duplicate_keys.into_iter().map(|path| format!("${path}")).collect();
    Some(Direct { arena: reader.arena, root, canonicaliser: reader.canonicaliser, duplicate_keys })
}

struct Reader<'text> {
    text: Compactor<'text>,
    arena: Arena,
    /// What stands for the text of the nodes until all of it is there.
    unwritten: Arc<String>,
    canonicaliser: Canonicaliser,
    duplicate_keys: Vec<String>,
    /// The entries of the nodes that are open.
    entries: Vec<nodes::Entry<'text>>,
    /// Lists and objects around the place.
    depth: usize,
    watch: Watch,
    guid: Guid,
}

/// Where the GUID of the node that is being read is looked for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Watch {
    #[default]
    Nowhere,
    Metadata,
    Sync,
}

impl<'text> Reader<'text> {
    fn new(text: &'text str) -> Self {
        Self {
            text: Compactor::new(text),
            arena: Arena::with_room(text.len() / NODE_BYTES),
            unwritten: Arc::default(),
            canonicaliser: Canonicaliser::new(Reading::Exact),
            duplicate_keys: Vec::new(),
            entries: Vec::new(),
            depth: 0,
            watch: Watch::Nowhere,
            guid: Guid::None,
        }
    }

    /// One level of lists and objects more.
    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= Limits::default().depth_max).then_some(())
    }

    /// Reads something below a step, putting the step before the paths of what is said about it.
    fn within<T>(&mut self, step: Step<'_>, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let known = (self.canonicaliser.warnings.len(), self.duplicate_keys.len());
        let result = read(self);
        for warning in self.canonicaliser.warnings.iter_mut().skip(known.0) {
            step.prefix(&mut warning.path);
        }
        for path in self.duplicate_keys.iter_mut().skip(known.1) {
            step.prefix(path);
        }
        result
    }

    /// Takes a value as a tree.
    fn tree(&mut self) -> Option<Value> {
        let parsed = self.text.value(Limits::default().depth_max.checked_sub(self.depth)?)?;
        let room = DUPLICATE_KEYS_MAX.saturating_sub(self.duplicate_keys.len());
        let paths = parsed.duplicate_keys.into_iter().take(room);
        self.duplicate_keys.extend(paths.map(|path| path.trim_start_matches('$').to_owned()));
        Some(parsed.value).filter(|value| !holds_reference(value))
    }

    /// The part of the copy from a place to here.
    fn span_from(&self, start: usize) -> Option<Span> {
        Span::new(start, self.text.place())
    }
}

#[cfg(test)]
mod tests {
    use lossless_json::Style;

    use crate::Document;
    use crate::Reading;

    fn by_tree(text: &str) -> Document {
        Document::read_by_tree(text.as_bytes(), Reading::Exact).unwrap()
    }

    fn assert_same(text: &str, is_direct: bool) {
        assert_eq!(super::read(text).is_some(), is_direct, "{text}");
        let (read, expected) = (Document::read(text.as_bytes(), Reading::Exact).unwrap(), by_tree(text));
        for style in [Style::OtioCompact, Style::OtioPretty, Style::Digest, Style::Python] {
            assert_eq!(read.to_text(style), expected.to_text(style), "{text}");
        }
        assert_eq!(read.to_value(), expected.to_value(), "{text}");
        let nodes = |document: &Document| {
            let nodes = document.descend(document.root().unwrap());
            nodes
                .map(|node| (document.schema_name(node).to_owned(), document.guid(node).map(str::to_owned)))
                .collect::<Vec<_>>()
        };
        assert_eq!(nodes(&read), nodes(&expected), "{text}");
    }

    const GAP: &str = r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"sync":{"guid":"g"}},"name":"","source_range":null,"effects":[],"markers":[],"enabled":true,"color":null}"#;

    #[test]
    fn what_is_read_directly_is_what_a_tree_gives() {
        let track = |before: &str, children: &str, after: &str| {
            format!(r#"{{"OTIO_SCHEMA":"Track.1",{before}"children":[{children}]{after}}}"#)
        };
        let texts = [
            GAP.to_owned(),
            GAP.replace(r#""name":"""#, r#""name":"\u00e9\"x""#),
            GAP.replace(r#""name":"""#, r#""name":null"#),
            GAP.replace(r#""enabled":true,"#, ""),
            GAP.replace(r#""enabled":true,"#, r#""enabled":"yes","zz":1,"aa":{"b":1,"a":[{"d":1,"c":2}]},"#),
            GAP.replace(r#""guid":"g""#, r#""guid":"\u0041""#),
            GAP.replace(r#""guid":"g""#, r#""guid":7"#),
            GAP.replace(r#""sync":{"guid":"g"}"#, r#""z":1,"sync":{"x":{"guid":"no"},"guid":"g"}"#),
            GAP.replace(r#""sync":{"guid":"g"}"#, r#""sync":[{"guid":"no"}]"#),
            GAP.replace(r#""sync":{"guid":"g"}"#, r#""sync":{"OTIO_SCHEMA":"X.1","guid":"g"}"#),
            GAP.replace(r#""sync":{"guid":"g"}"#, r#""a":{"OTIO_SCHEMA":"Clip.1","name":"old"},"b":1.50"#),
            GAP.replace(r#""metadata":{"sync":{"guid":"g"}},"#, r#""metadata":[1],"#),
            GAP.replace("Gap.1", "Clip.2"),
            GAP.replace(r#""effects":[]"#, r#""effects":[{"OTIO_SCHEMA":"LinearTimeWarp.1","time_scalar":2}]"#),
            GAP.replace(r#""source_range":null"#, r#""source_range":{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":24,"value":1.0},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":2.40e1,"value":9007199254740993}}"#),
            track(r#""metadata":{},"name":"","source_range":null,"effects":[],"markers":[],"enabled":true,"color":null,"#, GAP, r#","kind":"Video""#),
            track("", &[GAP, GAP].join(" , "), r#" , "kind" : "Video", "name":"V1""#),
            track(r#""kind":"Audio","x":1,"#, &GAP.replace("Gap.1", "Clip.1"), r#","b":2,"a":1"#),
            track("", &GAP.replace("Gap.1", "Elsewhere.1"), ""),
            track("", &GAP.replace("Gap.1", "Clip.9"), ""),
            track("", &GAP.replace("Gap.1", "Marker.2"), ""),
            r#"{"OTIO_SCHEMA":"Timeline.1","tracks":null}"#.to_owned(),
            format!(r#"{{"OTIO_SCHEMA":"Timeline.1","tracks":{{"children":[],"OTIO_SCHEMA":"Stack.1"}},"global_start_time":{GAP}}}"#),
            format!(r#"{{"OTIO_SCHEMA":"SerializableCollection.1","children":[{GAP},{{"OTIO_SCHEMA":"Marker.2"}},{{}}]}}"#),
        ];
        for text in texts {
            assert_same(&text, true);
            assert_same(&by_tree(&text).to_text(Style::OtioPretty), true);
        }
    }

    #[test]
    fn what_is_odd_is_read_by_a_tree_as_a_whole() {
        for text in [
            r#"{"name":"x","OTIO_SCHEMA":"Gap.1"}"#.to_owned(),
            r#"{"OTIO_SCHEMA":"Track.1","children":null}"#.to_owned(),
            r#"{"OTIO_SCHEMA":"Track.1","children":[null]}"#.to_owned(),
            r#"{"OTIO_SCHEMA":"Track.1","children":[],"children":[]}"#.to_owned(),
            r#"{"OTIO_SCHEMA":"Track.1","name":"a","name":"b","children":[]}"#.to_owned(),
            r#"{"OTIO_SCHEMA":"Track.1","children":[],"\u006eame":"b"}"#.to_owned(),
            r#"{"OTIO_SCHEMA":"Track.1"}"#.to_owned(),
            format!(
                r#"{{"OTIO_SCHEMA":"Track.1","children":[{}]}}"#,
                [r#"{"OTIO_SCHEMA":"Foo"}"#; 1001].join(",")
            ),
            GAP.replace(
                r#""effects":[]"#,
                r#""effects":[{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"x"}]"#,
            ),
        ] {
            assert_same(&text, false);
        }
    }

    #[test]
    fn duplicate_keys_are_reported_from_where_they_stand() {
        let text = format!(
            r#"{{"OTIO_SCHEMA":"Track.1","kind":"","children":[{}],"metadata":{{"x":{{"a":1,"a":2}}}}}}"#,
            GAP.replace(r#""guid":"g""#, r#""guid":"g","guid":"h""#)
        );
        assert_same(&text, true);
        let document = Document::read(text.as_bytes(), Reading::Exact).unwrap();
        let paths: Vec<_> = document.warnings().iter().map(|warning| warning.path.as_str()).collect();
        assert_eq!(paths, ["$.children[0].metadata.sync.guid", "$.metadata.x.a"]);
    }
}
