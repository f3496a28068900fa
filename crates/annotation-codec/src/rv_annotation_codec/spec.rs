//! What OpenRV's paint nodes hold.

use lossless_json::{Object, Value};

use crate::native::{Fields, NativeError};

/// The type of a property that holds strings.
pub const TYPE_STRING: &str = "string";
/// The type of a property that holds floats.
pub const TYPE_FLOAT: &str = "float";
/// The type of a property that holds whole numbers.
pub const TYPE_INT: &str = "int";

/// One item of a paint node: a stroke, a text or a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct PaintSpec {
    /// What it is.
    pub kind: Kind,
    /// The identity of the event it comes from; of a stroke that OpenRV tells, none.
    pub uuid: Option<String>,
    /// Who drew it.
    pub user: String,
    /// Its properties, in the order in which they are written.
    pub props: Vec<Property>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stroke that paints.
    Pen,
    /// A stroke that wipes away.
    Erase,
    /// Words.
    Text,
    /// An ellipse.
    Ellipse,
    /// A rectangle.
    Rect,
    /// An arrow.
    Arrow,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Pen, Self::Erase, Self::Text, Self::Ellipse, Self::Rect, Self::Arrow];

    /// Its name: one of [`SUPPORTED_KINDS`](super::SUPPORTED_KINDS).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pen => "pen",
            Self::Erase => "erase",
            Self::Text => "text",
            Self::Ellipse => "ellipse",
            Self::Rect => "rect",
            Self::Arrow => "arrow",
        }
    }

    /// What the names of its items begin with, before `:<stroke>:<frame>:<user>`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Erase => "pen",
            other => other.name(),
        }
    }
}

/// A property of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name, without node and item.
    pub name: String,
    /// What it holds, as one flat list.
    pub values: PropertyValues,
    /// How many of them belong together: 2 for places, 4 for colours.
    pub dim: usize,
}

/// What a property holds.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyValues {
    /// Texts.
    Strings(Vec<String>),
    /// Numbers.
    Floats(Vec<f64>),
    /// Whole numbers.
    Ints(Vec<i64>),
}

impl PropertyValues {
    /// [`TYPE_STRING`], [`TYPE_FLOAT`] or [`TYPE_INT`].
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Strings(_) => TYPE_STRING,
            Self::Floats(_) => TYPE_FLOAT,
            Self::Ints(_) => TYPE_INT,
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Strings(values) => values.iter().map(String::as_str).collect::<Vec<_>>().into(),
            Self::Floats(values) => values.clone().into(),
            Self::Ints(values) => values.clone().into(),
        }
    }
}

impl PaintSpec {
    /// The values of a property, where it is there and holds floats; whole numbers count as such.
    pub fn floats(&self, name: &str) -> Option<Vec<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "OpenRV's are of 32 bits")]
        let float = |int: &i64| *int as f64;
        match &self.property(name)?.values {
            PropertyValues::Floats(values) => Some(values.clone()),
            PropertyValues::Ints(values) => Some(values.iter().map(float).collect()),
            PropertyValues::Strings(_) => None,
        }
    }

    /// As many floats of a property as are asked for.
    pub(super) fn tuple<const COUNT: usize>(&self, name: &str) -> Option<[f64; COUNT]> {
        self.floats(name)?.first_chunk().copied()
    }

    /// The first value of a property, where it is there and holds numbers.
    pub fn float(&self, name: &str) -> Option<f64> {
        self.tuple::<1>(name).map(|[value]| value)
    }

    /// The first value of a property, where it is there and holds texts.
    pub fn string(&self, name: &str) -> Option<&str> {
        match &self.property(name)?.values {
            PropertyValues::Strings(values) => values.first().map(String::as_str),
            _ => None,
        }
    }

    fn property(&self, name: &str) -> Option<&Property> {
        self.props.iter().find(|property| property.name == name)
    }

    /// As the reference has it: `{kind, uuid, user, props: [(name, type, values, dim)]}`, a list for each tuple.
    pub fn to_value(&self) -> Value {
        let property = |property: &Property| {
            let dim = i64::try_from(property.dim).unwrap_or(i64::MAX);
            Value::Array(vec![
                property.name.as_str().into(),
                property.values.type_name().into(),
                property.values.to_value(),
                dim.into(),
            ])
        };
        let object: Object = [
            ("kind", self.kind.name().into()),
            ("uuid", self.uuid.as_deref().into()),
            ("user", self.user.as_str().into()),
            ("props", Value::Array(self.props.iter().map(property).collect())),
        ]
        .into_iter()
        .collect();
        object.into()
    }

    /// Reads what [`to_value`](Self::to_value) writes.
    ///
    /// # Errors
    /// No object, a kind that is not known, or a property that is no `[name, type, values, dim]`.
    pub fn from_value(value: &Value) -> Result<Self, NativeError> {
        let fields = Fields::of(value)?;
        let named = fields.text("kind")?.unwrap_or_default();
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == named) else {
            return Err(NativeError::new("$.kind", "pen, erase, text, ellipse, rect or arrow", value));
        };
        let read = |(at, item): (usize, &Value)| {
            property(item)
                .ok_or_else(|| NativeError::new(format!("$.props[{at}]"), "[name, type, values, dim]", item))
        };
        Ok(Self {
            kind,
            uuid: fields.text("uuid")?.filter(|uuid| !uuid.is_empty()).map(str::to_owned),
            user: fields.text("user")?.unwrap_or_default().to_owned(),
            props: fields
                .list("props")?
                .unwrap_or_default()
                .iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn property(item: &Value) -> Option<Property> {
    let [name, kind, values, dim] = item.as_array()? else { return None };
    let values = values.as_array()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let values = match kind.as_str()? {
        TYPE_STRING => PropertyValues::Strings(values.iter().map(text).collect::<Option<_>>()?),
        TYPE_FLOAT => PropertyValues::Floats(values.iter().map(Value::as_f64).collect::<Option<_>>()?),
        TYPE_INT => PropertyValues::Ints(values.iter().map(Value::as_i64).collect::<Option<_>>()?),
        _ => return None,
    };
    Some(Property { name: text(name)?, values, dim: usize::try_from(dim.as_i64()?).ok()? })
}
