//! Edits of every kind, by chance or by hand.

use conformance::seeded::Random;
use lossless_json::{Object, Value};

use super::compare::json;

/// The fields of a command: `fields! { "path": "name", "value": 1 }`.
macro_rules! fields {
    ($($key:literal : $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "a command may have no fields")]
        let mut object = lossless_json::Object::new();
        $(object.insert($key, $value);)*
        object
    }};
}
pub(crate) use fields;

/// A clip of one second with a name and a GUID.
pub(crate) fn clip(guid: &str) -> Value {
    json(format!(
        r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","source_range":{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":24.0}},"start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":0.0}}}},"effects":[],"markers":[],"enabled":true,"color":null,"media_references":{{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"MissingReference.1","metadata":{{}},"name":"","available_range":null,"available_image_bounds":null}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#
    ))
}

/// A timeline with one track of clips and one for annotations; GUIDs begin with `guid`.
pub(crate) fn timeline(guid: &str, clips: &[&str]) -> Value {
    let item = r#""source_range":null,"effects":[],"markers":[],"enabled":true,"color":null"#;
    let clips: Vec<String> =
        clips.iter().map(|clip_guid| clip(clip_guid).to_text(lossless_json::Style::Python)).collect();
    json(format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"sync":{{"guid":"{guid}"}}}},"name":"{guid}","global_start_time":null,"tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{"sync":{{"guid":"{guid}-stack"}}}},"name":"tracks",{item},"children":[{{"OTIO_SCHEMA":"Track.1","metadata":{{"sync":{{"guid":"{guid}-media"}}}},"name":"Media",{item},"children":[{}],"kind":"Video"}},{{"OTIO_SCHEMA":"Track.1","metadata":{{"sync":{{"guid":"{guid}-annotations"}}}},"name":"Annotations",{item},"children":[],"kind":"Video"}}]}}}}"#,
        clips.join(",")
    ))
}

/// A stroke as hosts draw it, with every field, so that no reader adds any.
pub(crate) fn stroke(uuid: &str) -> Value {
    json(format!(
        r#"[{{"OTIO_SCHEMA":"PaintStart.1","brush":"oval","friendly_name":"","ghost":null,"ghost_after":null,"ghost_before":null,"hold":null,"layer_range":null,"participant_hash":null,"rgba":[1.0,0.5,0.25,1.0],"source_index":0,"timestamp":"2026-08-16T12:00:00","type":"color","uuid":"{uuid}","visible":true}},{{"OTIO_SCHEMA":"PaintPoint.1","layer_range":null,"points":{{"OTIO_SCHEMA":"PaintVertices.1","alpha":[],"size":[0.0087,0.0093],"x":[-0.476,0.125],"y":[-0.0118,0.25]}},"source_index":0,"timestamp":"2026-08-16T12:00:00.5","uuid":"{uuid}"}}]"#
    ))
}

/// What stands where in a state, for choosing what to edit.
#[derive(Default)]
pub(crate) struct Scene {
    timelines: Vec<String>,
    /// Of the timelines those that are no clip's, the hosted one first.
    sequences: Vec<String>,
    compositions: Vec<String>,
    /// Child, its parent and how many children that has.
    children: Vec<(String, String, usize)>,
    clips: Vec<String>,
    annotations: Vec<String>,
}

impl Scene {
    /// Reads `timelines` of a state.
    pub(crate) fn of(state: &Value) -> Self {
        let mut scene = Self::default();
        for (guid, timeline) in state.get("timelines").and_then(Value::as_object).unwrap().iter() {
            scene.timelines.push(guid.to_owned());
            if timeline.at(&["metadata", "clip_timeline_for"]).is_none() {
                scene.sequences.push(guid.to_owned());
                scene.visit(timeline.get("tracks").unwrap());
            }
        }
        scene
    }

    fn visit(&mut self, composition: &Value) {
        let Some(children) = composition.get("children").and_then(Value::as_array) else { return };
        let Some(parent) = guid_of(composition) else { return };
        self.compositions.push(parent.clone());
        for child in children {
            let Some(guid) = guid_of(child) else { continue };
            self.children.push((guid.clone(), parent.clone(), children.len()));
            if child.at(&["metadata", "annotation_commands"]).is_some() {
                self.annotations.push(guid);
            } else if child.get("media_references").is_some() {
                self.clips.push(guid);
            }
            self.visit(child);
        }
    }

    /// A GUID of a clip, in order of the timeline.
    pub(crate) fn clip(&self, index: usize) -> &str {
        &self.clips[index % self.clips.len()]
    }

    /// Tracks and stacks.
    pub(crate) fn parent_of(&self, child: &str) -> &str {
        &self.children.iter().find(|(guid, _, _)| guid == child).unwrap().1
    }

    /// A command and its fields by chance; `tag` makes its GUIDs and texts its own.
    pub(crate) fn edit(&self, random: &mut Random, tag: &str) -> (&'static str, Object) {
        let clip = random.pick(&self.clips).cloned().unwrap_or_default();
        let (child, parent, siblings) = random.pick(&self.children).cloned().unwrap_or_default();
        let composition = random.pick(&self.compositions).cloned().unwrap_or_default();
        let timeline_guid = random.pick(&self.timelines).cloned().unwrap_or_default();
        let frame = random.below(40) as u64;
        match random.below(27) {
            0..=3 => ("set_property", property(random, child, tag)),
            4..=6 => (
                "insert_child",
                fields! { "parent_uuid": composition, "index": index(random, siblings), "child_data": self::clip(tag) },
            ),
            7..=9 => (
                "move_child",
                fields! { "parent_uuid": parent, "child_uuid": child, "to_index": random.below(siblings + 1) as u64 },
            ),
            10 => ("remove_child", fields! { "parent_uuid": parent, "child_uuid": child }),
            11..=13 => ("annotate", fields! { "clip_guid": clip, "frame": frame, "events": stroke(tag) }),
            14 => (
                "note",
                fields! { "clip_guid": clip, "frame": frame, "text": format!("note {tag}"), "status": "open" },
            ),
            15 => self.replaced_annotation(random, tag),
            16 => {
                ("rename_timeline", fields! { "timeline_guid": timeline_guid, "name": format!("cut {tag}") })
            }
            17 => (
                "add_timeline",
                fields! { "timeline": timeline(tag, &[&format!("{tag}-a"), &format!("{tag}-b")]) },
            ),
            18 => self.changed_timeline(random, tag),
            19 => ("seek", fields! { "frame": frame }),
            20 => (if random.below(2) == 0 { "play" } else { "pause" }, fields! {}),
            21 => ("select", fields! { "clip_guid": clip }),
            22 => ("display", shown(random)),
            23 => (
                "partial_annotation",
                fields! { "clip_guid": clip, "frame": frame, "fps": 24.0, "events": stroke(tag) },
            ),
            24 => ("playback", fields! { "playback_mode": *random.pick(&["loop", "ping-pong"]).unwrap() }),
            25 => ("set_peer_role", fields! { "user": format!("user {tag}"), "role": "viewer" }),
            _ => (if random.below(3) == 0 { "redo" } else { "undo" }, fields! {}),
        }
    }

    fn replaced_annotation(&self, random: &mut Random, tag: &str) -> (&'static str, Object) {
        let guid = random.pick(&self.annotations).cloned().unwrap_or_default();
        let commands = if random.below(2) == 0 { Value::from(Vec::<Value>::new()) } else { stroke(tag) };
        ("replace_annotation", fields! { "annotation_clip_guid": guid, "commands": commands })
    }

    /// Timelines that came by an edit are replaced and removed; the hosted one stays, so that there is always
    /// something to edit.
    fn changed_timeline(&self, random: &mut Random, tag: &str) -> (&'static str, Object) {
        let Some(guid) = self.sequences.get(1 + random.below(self.sequences.len())) else {
            return ("add_timeline", fields! { "timeline": timeline(tag, &[]) });
        };
        if random.below(2) == 0 {
            return ("remove_timeline", fields! { "timeline_guid": guid.as_str() });
        }
        let body = timeline(guid, &[&format!("{tag}-new")]);
        ("replace_timeline", fields! { "timeline_guid": guid.as_str(), "timeline": body })
    }
}

fn property(random: &mut Random, target: String, tag: &str) -> Object {
    match random.below(4) {
        0 => fields! { "target_uuid": target, "path": "name", "value": format!("name {tag}") },
        1 => {
            fields! { "target_uuid": target, "path": "metadata/grade/slope", "value": f64::from(random.byte()) / 7.0 }
        }
        2 => {
            fields! { "target_uuid": target, "path": "metadata/color_space", "value": format!("ocio:{tag}") }
        }
        _ => {
            fields! { "target_uuid": target, "path": "metadata/color", "value": json(format!(r#"{{"config":"{tag}","n":null}}"#)) }
        }
    }
}

/// One display field: others may be changed elsewhere at the same time.
fn shown(random: &mut Random) -> Object {
    let amount = f64::from(random.byte() % 9) / 4.0;
    match random.below(3) {
        0 => fields! { "exposure": amount },
        1 => fields! { "zoom": amount + 1.0 },
        _ => fields! { "channel": "R" },
    }
}

fn index(random: &mut Random, siblings: usize) -> i64 {
    i64::try_from(random.below(siblings + 2)).unwrap() - 1
}

fn guid_of(thing: &Value) -> Option<String> {
    thing.at(&["metadata", "sync", "guid"]).and_then(Value::as_str).map(str::to_owned)
}
