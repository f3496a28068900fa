//! Documents with media references of every kind, and the media.

use std::fs;
use std::path::Path;

/// Texts of documents whose media lie in `folder`.
pub(crate) fn all(folder: &Path) -> Vec<String> {
    fs::write(folder.join("a b.mov"), b"\0first\xff").unwrap();
    fs::write(folder.join("é#1.mov"), b"second").unwrap();
    fs::create_dir(folder.join("other")).unwrap();
    fs::write(folder.join("other/a b.mov"), b"another of that name").unwrap();
    fs::write(folder.join("plain.mov"), b"").unwrap();
    let here = folder.display();
    let absolute = format!("file://{here}/a%20b.mov");
    let roundabout = format!("{here}/other/../a b.mov");
    vec![
        timeline(&[]),
        timeline(&[
            &external("a b.mov"),
            &external(&absolute),
            &external(&roundabout),
            &external("./a%2520b.mov"),
        ]),
        timeline(&[
            &external("plain.mov"),
            &external("é%231.mov"),
            &external("plain.mov?q#f"),
            &external("plain.mov;p"),
        ]),
        timeline(&[&external("a b.mov"), &external("other/a b.mov")]),
        timeline(&[&external("a b.mov"), &external("http://host/a.mov")]),
        timeline(&[&external("a b.mov"), &external("file:///nowhere/at/all.mov"), &external("other")]),
        timeline(&[&external("plain.mov"), OTHERS[0], OTHERS[1], OTHERS[2], "null"]),
        timeline(&[&external("file://localhost"), &external("C:/drive.mov"), &external("S3:bucket/a.mov")]),
        format!(
            r#"{{"OTIO_SCHEMA":"SerializableCollection.1","children":[{},{},{{"OTIO_SCHEMA":"Clip.1","media_reference":{}}}]}}"#,
            timeline(&[&external("a b.mov")]),
            timeline(&[&nested(&external("plain.mov"))]),
            external("plain.mov"),
        ),
        two_references(),
    ]
}

const OTHERS: [&str; 3] = [
    r#"{"OTIO_SCHEMA":"MissingReference.1","name":"gone","metadata":{"k":1}}"#,
    r#"{"OTIO_SCHEMA":"GeneratorReference.1","generator_kind":"bars","parameters":{}}"#,
    r#"{"OTIO_SCHEMA":"ImageSequenceReference.1","target_url_base":"file:///x/","name_prefix":"a.","name_suffix":".exr","start_frame":1,"frame_step":1,"rate":24,"frame_zero_padding":4,"missing_frame_policy":"error"}"#,
];

fn external(target: &str) -> String {
    format!(
        r#"{{"OTIO_SCHEMA":"ExternalReference.1","target_url":"{target}","name":"é","metadata":{{"zeta":1,"alpha":[1.5,null]}},"available_range":{{"OTIO_SCHEMA":"TimeRange.1","start_time":{{"OTIO_SCHEMA":"RationalTime.1","value":86400,"rate":23.976}},"duration":{{"OTIO_SCHEMA":"RationalTime.1","value":10,"rate":24}}}}}}"#
    )
}

/// A timeline of clips with these media references; what is no reference stands as a child itself.
fn timeline(references: &[&str]) -> String {
    let child = |reference: &&str| {
        if reference.starts_with(r#"{"OTIO_SCHEMA":"Stack"#) {
            return (*reference).to_owned();
        }
        format!(r#"{{"OTIO_SCHEMA":"Clip.1","name":"c","media_reference":{reference}}}"#)
    };
    let children: Vec<String> = references.iter().map(child).collect();
    format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","name":"t","tracks":{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[{}]}}]}}}}"#,
        children.join(",")
    )
}

fn nested(reference: &str) -> String {
    format!(
        r#"{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Gap.1"}},{{"OTIO_SCHEMA":"Clip.1","media_reference":{reference}}}]}}"#
    )
}

/// A clip whose second reference is the active one.
fn two_references() -> String {
    format!(
        r#"{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Clip.2","media_references":{{"high":{},"proxy":{}}},"active_media_reference_key":"proxy"}}]}}"#,
        external("http://host/high.mov"),
        external("plain.mov")
    )
}
