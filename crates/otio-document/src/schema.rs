//! The schemas of opentimelineio 0.18: names, versions, fields.

mod table;

pub(crate) use table::{ALIASES, SCHEMAS, VALUE_TYPES};

/// A class of OTIO objects.
pub(crate) struct Schema {
    pub(crate) name: &'static str,
    /// Name and version as they are written.
    pub(crate) text: &'static str,
    /// The newest version that opentimelineio 0.18.1 knows.
    pub(crate) version: i32,
    /// Where its objects may stand.
    pub(crate) families: &'static [Family],
    /// Its fields in the order in which C++ writes them, ancestors first.
    pub(crate) fields: &'static [&'static [Field]],
    /// Defaults that Python's constructors leave in the dynamic fields.
    pub(crate) implied: &'static [(&'static str, Default)],
}

/// A field that a class reads and writes itself; every other key of an object is a dynamic field.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) kind: Kind,
    /// Whether opentimelineio refuses an object without it.
    pub(crate) required: bool,
    pub(crate) default: Default,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string that may not be `null`.
    StrictText,
    /// A string; `null` is read as the empty one.
    Text,
    /// `true` or `false`.
    Flag,
    /// A float; integers are read as floats.
    Double,
    /// An integer of 32 bits.
    Integer,
    /// `error`, `hold` or `black`.
    MissingFramePolicy,
    /// An object without a schema.
    Dictionary,
    /// A value type.
    Value(&'static str),
    /// A value type or `null`.
    OptionalValue(&'static str),
    /// One object or `null`.
    Object(Family),
    /// A list of objects.
    List(Family),
    /// A dictionary of objects.
    Map(Family),
}

/// A place that only objects of certain classes may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Any object with a schema, unknown ones too.
    Any,
    Composable,
    Stack,
    Effect,
    Marker,
    MediaReference,
}

impl Family {
    /// In the words of an error.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any => "an OTIO object",
            Self::Composable => "an item of a composition",
            Self::Stack => "a Stack",
            Self::Effect => "an Effect",
            Self::Marker => "a Marker",
            Self::MediaReference => "a media reference",
        }
    }
}

/// What stands in for a field that is not there.
#[derive(Clone, Copy)]
pub(crate) enum Default {
    Null,
    Text(&'static str),
    True,
    Zero,
    One,
    OneInteger,
    ZeroInteger,
    Dictionary,
    List,
    /// The value type with its own defaults.
    Value(&'static str),
    /// A dictionary with a `MissingReference` under `DEFAULT_MEDIA`.
    MissingMedia,
}

impl Schema {
    /// The fields in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static Field> + Clone {
        self.fields.iter().flat_map(|group| group.iter())
    }

    /// The field of that key.
    pub(crate) fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.key == key)
    }

    /// The field that holds the nodes below, with its place among the fields.
    pub(crate) fn child_field(&self) -> Option<(usize, &'static Field)> {
        self.fields().enumerate().find(|(_, field)| {
            matches!(field.kind, Kind::List(Family::Composable | Family::Any) | Kind::Object(Family::Stack))
        })
    }

    /// How many fields follow the one of the nodes below.
    pub(crate) fn fields_after_children(&self) -> usize {
        self.child_field().map_or(0, |(at, _)| self.fields().count() - 1 - at)
    }

    /// Whether its objects may take a place of that family.
    pub(crate) fn belongs_to(&self, family: Family) -> bool {
        family == Family::Any || self.families.contains(&family)
    }
}

/// The schema of that name, also under the names it had once.
pub(crate) fn schema_named(name: &str) -> Option<&'static Schema> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, current)| current);
    SCHEMAS.iter().find(|schema| schema.name == name)
}

/// The schema that is written with that text.
pub(crate) fn schema_of_text(text: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|schema| schema.text == text)
}

/// The value type of that text, which must match to the letter, as opentimelineio compares it.
pub(crate) fn value_type(text: &str) -> Option<(&'static str, &'static [Field])> {
    VALUE_TYPES.iter().find(|(name, _)| *name == text).copied()
}

/// `Clip.2` in two parts, as opentimelineio splits it: at the last point, the version read by C's `stoi`, which skips
/// white space before the number and ignores what follows it.
pub(crate) fn split_schema(text: &str) -> Option<(&str, i32)> {
    let (name, version) = text.rsplit_once('.')?;
    let version = version.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let unsigned = version.strip_prefix(['+', '-']).unwrap_or(version);
    let digits = unsigned.len() - unsigned.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let sign = version.len() - unsigned.len();
    version[..sign + digits].parse().ok().map(|version| (name, version))
}

#[cfg(test)]
mod tests {
    use super::{SCHEMAS, schema_named, split_schema};

    #[test]
    fn a_schema_text_is_split_as_opentimelineio_splits_it() {
        assert_eq!(split_schema("Clip.2"), Some(("Clip", 2)));
        assert_eq!(split_schema("Foo.1.2"), Some(("Foo.1", 2)));
        assert_eq!(split_schema("Foo. +01x"), Some(("Foo", 1)));
        assert_eq!(split_schema("Foo.-1"), Some(("Foo", -1)));
        for malformed in ["", "Foo", "Foo.", "Foo.x", "Foo.99999999999", "Foo.+-1"] {
            assert_eq!(split_schema(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn old_names_lead_to_their_schemas() {
        assert_eq!(schema_named("Sequence").map(|schema| schema.name), Some("Track"));
        assert_eq!(
            schema_named("SerializeableCollection").map(|schema| schema.name),
            Some("SerializableCollection")
        );
        assert!(schema_named("PaintStart").is_none());
    }

    #[test]
    fn every_schema_is_written_right() {
        for schema in SCHEMAS {
            assert_eq!(schema.text, format!("{}.{}", schema.name, schema.version));
            let mut keys: Vec<_> = schema.fields().map(|field| field.key).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), schema.fields().count(), "{}", schema.name);
        }
    }
}
