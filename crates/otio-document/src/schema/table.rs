//! What opentimelineio 0.18.1 knows, found by asking it for every field: left out, `null`, of a wrong type.

use super::{Default, Family, Field, Kind, Schema};

const fn optional(key: &'static str, kind: Kind, default: Default) -> Field {
    Field { key, kind, required: false, default }
}

const fn required(key: &'static str, kind: Kind, default: Default) -> Field {
    Field { key, kind, required: true, default }
}

const RATIONAL_TIME: &str = "RationalTime.1";
const TIME_RANGE: &str = "TimeRange.1";
const V2D: &str = "V2d.1";
const BOX2D: &str = "Box2d.1";
const COLOR: &str = "Color.1";

/// Value types by the text of their schema. They have no metadata, and opentimelineio drops their other keys.
pub(crate) const VALUE_TYPES: &[(&str, &[Field])] = &[
    (
        RATIONAL_TIME,
        &[required("rate", Kind::Double, Default::One), required("value", Kind::Double, Default::Zero)],
    ),
    (
        TIME_RANGE,
        &[
            required("duration", Kind::Value(RATIONAL_TIME), Default::Value(RATIONAL_TIME)),
            required("start_time", Kind::Value(RATIONAL_TIME), Default::Value(RATIONAL_TIME)),
        ],
    ),
    (
        "TimeTransform.1",
        &[
            required("offset", Kind::Value(RATIONAL_TIME), Default::Value(RATIONAL_TIME)),
            required("rate", Kind::Double, Default::One),
            required("scale", Kind::Double, Default::One),
        ],
    ),
    (V2D, &[required("x", Kind::Double, Default::Zero), required("y", Kind::Double, Default::Zero)]),
    (
        BOX2D,
        &[
            required("min", Kind::Value(V2D), Default::Value(V2D)),
            required("max", Kind::Value(V2D), Default::Value(V2D)),
        ],
    ),
    (
        COLOR,
        &[
            required("r", Kind::Double, Default::One),
            required("g", Kind::Double, Default::One),
            required("b", Kind::Double, Default::One),
            required("a", Kind::Double, Default::One),
            required("name", Kind::StrictText, Default::Text("")),
        ],
    ),
];

/// Names that schemas had once.
pub(crate) const ALIASES: &[(&str, &str)] =
    &[("Filler", "Gap"), ("Sequence", "Track"), ("SerializeableCollection", "SerializableCollection")];

const NAMED: &[Field] = &[
    optional("metadata", Kind::Dictionary, Default::Dictionary),
    optional("name", Kind::Text, Default::Text("")),
];

const ITEM: &[Field] = &[
    optional("source_range", Kind::OptionalValue(TIME_RANGE), Default::Null),
    optional("effects", Kind::List(Family::Effect), Default::List),
    optional("markers", Kind::List(Family::Marker), Default::List),
    optional("enabled", Kind::Flag, Default::True),
    optional("color", Kind::OptionalValue(COLOR), Default::Null),
];

const CHILDREN: &[Field] = &[required("children", Kind::List(Family::Composable), Default::List)];

const MEDIA: &[Field] = &[
    optional("available_range", Kind::OptionalValue(TIME_RANGE), Default::Null),
    optional("available_image_bounds", Kind::OptionalValue(BOX2D), Default::Null),
];

const EFFECT: &[Field] =
    &[required("effect_name", Kind::Text, Default::Text("")), optional("enabled", Kind::Flag, Default::True)];

const TIME_SCALAR: &[Field] = &[required("time_scalar", Kind::Double, Default::One)];

/// Every schema with fields of its own.
pub(crate) const SCHEMAS: &[Schema] = &[
    Schema {
        name: "SerializableObject",
        text: "SerializableObject.1",
        version: 1,
        families: &[],
        fields: &[],
        implied: &[],
    },
    Schema {
        name: "SerializableObjectWithMetadata",
        text: "SerializableObjectWithMetadata.1",
        version: 1,
        families: &[],
        fields: &[NAMED],
        implied: &[],
    },
    // Registered by opentimelineio's Python module for tests of its own.
    Schema { name: "Test", text: "Test.1", version: 1, families: &[], fields: &[NAMED], implied: &[] },
    Schema {
        name: "Composable",
        text: "Composable.1",
        version: 1,
        families: &[Family::Composable],
        fields: &[NAMED],
        implied: &[],
    },
    Schema {
        name: "Item",
        text: "Item.1",
        version: 1,
        families: &[Family::Composable],
        fields: &[NAMED, ITEM],
        implied: &[],
    },
    Schema {
        name: "Composition",
        text: "Composition.1",
        version: 1,
        families: &[Family::Composable],
        fields: &[NAMED, ITEM, CHILDREN],
        implied: &[],
    },
    Schema {
        name: "Timeline",
        text: "Timeline.1",
        version: 1,
        families: &[],
        fields: &[
            NAMED,
            &[
                optional("global_start_time", Kind::OptionalValue(RATIONAL_TIME), Default::Null),
                required("tracks", Kind::Object(Family::Stack), Default::Null),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "Stack",
        text: "Stack.1",
        version: 1,
        families: &[Family::Composable, Family::Stack],
        fields: &[NAMED, ITEM, CHILDREN],
        implied: &[],
    },
    Schema {
        name: "Track",
        text: "Track.1",
        version: 1,
        families: &[Family::Composable],
        fields: &[NAMED, ITEM, CHILDREN, &[required("kind", Kind::Text, Default::Text("Video"))]],
        implied: &[],
    },
    Schema {
        name: "Clip",
        text: "Clip.2",
        version: 2,
        families: &[Family::Composable],
        fields: &[
            NAMED,
            ITEM,
            &[
                required("media_references", Kind::Map(Family::MediaReference), Default::MissingMedia),
                required("active_media_reference_key", Kind::Text, Default::Text("DEFAULT_MEDIA")),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "Gap",
        text: "Gap.1",
        version: 1,
        families: &[Family::Composable],
        fields: &[
            NAMED,
            &[
                optional("source_range", Kind::OptionalValue(TIME_RANGE), Default::Value(TIME_RANGE)),
                optional("effects", Kind::List(Family::Effect), Default::List),
                optional("markers", Kind::List(Family::Marker), Default::List),
                optional("enabled", Kind::Flag, Default::True),
                optional("color", Kind::OptionalValue(COLOR), Default::Null),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "Transition",
        text: "Transition.1",
        version: 1,
        families: &[Family::Composable],
        fields: &[
            NAMED,
            &[
                required("in_offset", Kind::Value(RATIONAL_TIME), Default::Value(RATIONAL_TIME)),
                required("out_offset", Kind::Value(RATIONAL_TIME), Default::Value(RATIONAL_TIME)),
                required("transition_type", Kind::Text, Default::Text("")),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "SerializableCollection",
        text: "SerializableCollection.1",
        version: 1,
        families: &[],
        fields: &[NAMED, &[required("children", Kind::List(Family::Any), Default::List)]],
        implied: &[],
    },
    Schema {
        name: "MediaReference",
        text: "MediaReference.1",
        version: 1,
        families: &[Family::MediaReference],
        fields: &[NAMED, MEDIA],
        implied: &[],
    },
    Schema {
        name: "ExternalReference",
        text: "ExternalReference.1",
        version: 1,
        families: &[Family::MediaReference],
        fields: &[NAMED, MEDIA, &[required("target_url", Kind::Text, Default::Text(""))]],
        implied: &[],
    },
    Schema {
        name: "MissingReference",
        text: "MissingReference.1",
        version: 1,
        families: &[Family::MediaReference],
        fields: &[NAMED, MEDIA],
        implied: &[],
    },
    Schema {
        name: "GeneratorReference",
        text: "GeneratorReference.1",
        version: 1,
        families: &[Family::MediaReference],
        fields: &[
            NAMED,
            MEDIA,
            &[
                required("generator_kind", Kind::Text, Default::Text("")),
                required("parameters", Kind::Dictionary, Default::Dictionary),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "ImageSequenceReference",
        text: "ImageSequenceReference.1",
        version: 1,
        families: &[Family::MediaReference],
        fields: &[
            NAMED,
            MEDIA,
            &[
                required("target_url_base", Kind::Text, Default::Text("")),
                required("name_prefix", Kind::Text, Default::Text("")),
                required("name_suffix", Kind::Text, Default::Text("")),
                required("start_frame", Kind::Integer, Default::OneInteger),
                required("frame_step", Kind::Integer, Default::OneInteger),
                required("rate", Kind::Double, Default::One),
                required("frame_zero_padding", Kind::Integer, Default::ZeroInteger),
                required("missing_frame_policy", Kind::MissingFramePolicy, Default::Text("error")),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "Marker",
        text: "Marker.2",
        version: 2,
        families: &[Family::Marker],
        fields: &[
            NAMED,
            &[
                optional("color", Kind::Text, Default::Text("GREEN")),
                required("marked_range", Kind::Value(TIME_RANGE), Default::Value(TIME_RANGE)),
                optional("comment", Kind::Text, Default::Text("")),
            ],
        ],
        implied: &[],
    },
    Schema {
        name: "Effect",
        text: "Effect.1",
        version: 1,
        families: &[Family::Effect],
        fields: &[NAMED, EFFECT],
        implied: &[],
    },
    Schema {
        name: "TimeEffect",
        text: "TimeEffect.1",
        version: 1,
        families: &[Family::Effect],
        fields: &[NAMED, EFFECT],
        implied: &[],
    },
    Schema {
        name: "LinearTimeWarp",
        text: "LinearTimeWarp.1",
        version: 1,
        families: &[Family::Effect],
        fields: &[NAMED, EFFECT, TIME_SCALAR],
        implied: &[],
    },
    Schema {
        name: "FreezeFrame",
        text: "FreezeFrame.1",
        version: 1,
        families: &[Family::Effect],
        fields: &[NAMED, EFFECT, TIME_SCALAR],
        implied: &[],
    },
    Schema {
        name: "Adapter",
        text: "Adapter.1",
        version: 1,
        families: &[],
        fields: &[],
        implied: &[("filepath", Default::Null), ("name", Default::Null), ("suffixes", Default::List)],
    },
    Schema {
        name: "SchemaDef",
        text: "SchemaDef.1",
        version: 1,
        families: &[],
        fields: &[],
        implied: &[("filepath", Default::Null), ("name", Default::Null)],
    },
    Schema {
        name: "MediaLinker",
        text: "MediaLinker.1",
        version: 1,
        families: &[],
        fields: &[],
        implied: &[("filepath", Default::Null), ("name", Default::Null)],
    },
    Schema {
        name: "HookScript",
        text: "HookScript.1",
        version: 1,
        families: &[],
        fields: &[],
        implied: &[("filepath", Default::Null), ("name", Default::Null)],
    },
    Schema {
        name: "PluginManifest",
        text: "PluginManifest.1",
        version: 1,
        families: &[],
        fields: &[],
        implied: &[
            ("adapters", Default::List),
            ("hook_scripts", Default::List),
            ("hooks", Default::Dictionary),
            ("media_linkers", Default::List),
            ("schemadefs", Default::List),
            ("version_manifests", Default::Dictionary),
        ],
    },
];
