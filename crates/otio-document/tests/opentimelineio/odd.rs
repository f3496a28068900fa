//! Documents that hold what programs seldom write.

/// References by id: backwards, forwards, to shared media, to unknown schemas, and those that are refused.
pub(crate) const REFERENCES: &[&str] = &[
    r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"a":{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A","name":"x"},"b":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}}}"#,
    r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"a":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"B"},"b":{"OTIO_SCHEMA":"Foo.1","OTIO_REF_ID":"B"}}}"#,
    r#"{"OTIO_SCHEMA":"SerializableCollection.1","children":[
        {"OTIO_SCHEMA":"Clip.1","media_reference":{"OTIO_SCHEMA":"MissingReference.1","OTIO_REF_ID":"M"}},
        {"OTIO_SCHEMA":"Clip.1","media_reference":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"M"}}]}"#,
    r#"{"OTIO_SCHEMA":"SerializableCollection.1","children":[
        {"OTIO_SCHEMA":"Stack.1","OTIO_REF_ID":"S","children":[{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"G"}]},
        {"OTIO_SCHEMA":"Timeline.1","tracks":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"S"}},
        {"OTIO_SCHEMA":"SerializableObjectRef.1","id":"G"}]}"#,
    r#"{"OTIO_SCHEMA":"Foo.1","a":{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A","metadata":{"deep":[{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"B"}]}},
        "b":{"OTIO_SCHEMA":"Bar.2","OTIO_REF_ID":"B","z":1,"y":2},"c":[{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A","extra":1}]}"#,
    r#"{"OTIO_SCHEMA":"Stack.1","children":[{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A"},{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}]}"#,
    r#"{"OTIO_SCHEMA":"Stack.1","OTIO_REF_ID":"A","children":[],"metadata":{"me":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}}}"#,
    r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"a":{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"nobody"}}}"#,
    r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"a":{"OTIO_SCHEMA":"SerializableObjectRef.1"}}}"#,
    r#"{"OTIO_SCHEMA":"Gap.1","markers":[{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}],"metadata":{"a":{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A"}}}"#,
    r#"[{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A"},{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}]"#,
    r#"{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}"#,
    r#"[{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A"},{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":"A"}]"#,
    r#"[{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":""},{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":""}]"#,
    r#"{"OTIO_SCHEMA":"Gap.1","OTIO_REF_ID":5}"#,
    r#"[{"OTIO_REF_ID":"A"},{"OTIO_REF_ID":"A"}]"#,
];

/// A NUL in keys and texts, which are compared in full and written up to it.
pub(crate) const NULS: &[&str] = &[
    r#"{"OTIO_SCHEMA":"Foo.1","x":[{"a\u0000b":1,"a":2,"a\u0000a":3,"z":"x\u0000y"}]}"#,
    r#"{"OTIO_SCHEMA":"Gap.1","metadata":{"k\u0000":["\u0000","a\u0000"]},"name":"n\u0000m","name\u0000":1}"#,
    r#"{"OTIO_SCHEMA":"Foo\u0000.1","b":1,"a":2}"#,
    r#"{"OTIO_SCHEMA":"Clip.2\u0000","media_references":{"x\u0000":{"OTIO_SCHEMA":"MissingReference.1"}},"active_media_reference_key":"x\u0000"}"#,
    r#"{"OTIO_SCHEMA":"RationalTime.1\u0000","value":1,"rate":2}"#,
    r#"{"OTIO_SCHEMA":"Stack.1","children":[{"OTIO_SCHEMA":"Gap.1"}],"children\u0000":5}"#,
];

/// A class that only opentimelineio's Python module registers.
pub(crate) const TEST_CLASS: &[&str] = &[
    r#"{"OTIO_SCHEMA":"Test.1","zeta":1}"#,
    r#"{"OTIO_SCHEMA":"Test.1","metadata":5}"#,
    r#"{"OTIO_SCHEMA":"Test.2"}"#,
];
