//! From JSON as it came to the form that opentimelineio writes.
//!
//! opentimelineio decodes every object to its class when its closing brace comes and lets the class read its own keys;
//! what is left becomes dynamic fields. The same is done here on values: upgrade, check each field of the class, sort
//! the rest.

mod class;
mod defaults;
pub(crate) mod direct;
mod fields;
mod nodes;
pub(crate) mod nul;
mod places;
mod references;
mod upgrade;

pub(crate) use class::SCHEMA_KEY;
pub(crate) use fields::expected;
pub(crate) use places::place_warnings;

use std::collections::BTreeSet;

use lossless_json::{Object, Value, path_step};

use crate::{ReadError, RefusalReason, Warning, WarningReason};

/// The most warnings that are kept.
const WARNINGS_MAX: usize = 1000;

/// How a document is read.
///
/// ```
/// use lossless_json::Style;
/// use otio_document::{Document, Reading};
///
/// let text = br#"{"OTIO_SCHEMA":"Clip.1","metadata":{"big":18446744073709551615},"media_reference":null}"#;
/// let big = |reading| -> Result<_, otio_document::ReadError> {
///     let document = Document::read(text, reading)?;
///     let root = document.root().and_then(|clip| document.metadata(clip)?.get("big").cloned());
///     Ok(root.map(|big| big.to_text(Style::OtioCompact)))
/// };
/// assert_eq!(big(Reading::Exact)?.as_deref(), Some("18446744073709551615"));
/// assert_eq!(big(Reading::LikeOpentimelineio)?.as_deref(), Some("9223372036854775807"), "all that it can hold");
/// # Ok::<(), otio_document::ReadError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Everything is read and nothing is lost: missing required fields get opentimelineio's defaults, newer schemas and
    /// fields of wrong types are kept as they are, each with a warning.
    Exact,
    /// As opentimelineio 0.18.1 reads: its number reading, its losses and its refusals. There are no warnings but for keys
    /// that stand twice.
    LikeOpentimelineio,
}

/// A refusal, its path still being put together from the inside out.
pub(crate) struct Refused {
    path: String,
    reason: RefusalReason,
}

impl From<Box<Refused>> for ReadError {
    fn from(refused: Box<Refused>) -> Self {
        Self::Refused { path: format!("${}", refused.path), position: None, reason: refused.reason }
    }
}

pub(crate) type Outcome<T> = Result<T, Box<Refused>>;

/// A step of a JSON path.
#[derive(Clone, Copy)]
pub(crate) enum Step<'key> {
    Key(&'key str),
    Index(usize),
}

impl Step<'_> {
    pub(crate) fn prefix(self, path: &mut String) {
        let step = match self {
            Self::Index(index) => format!("[{index}]"),
            Self::Key(key) => path_step(key),
        };
        path.insert_str(0, &step);
    }

    /// Puts the step before the path of a refusal.
    fn before<T>(self, mut outcome: Outcome<T>) -> Outcome<T> {
        if let Err(refused) = &mut outcome {
            self.prefix(&mut refused.path);
        }
        outcome
    }
}

/// Brings values into canonical form.
pub(crate) struct Canonicaliser {
    reading: Reading,
    warnings: Vec<Warning>,
    /// The `OTIO_REF_ID`s seen, which opentimelineio wants to be distinct.
    reference_ids: BTreeSet<String>,
    /// Room to write in.
    scratch: String,
}

impl Canonicaliser {
    pub(crate) fn new(reading: Reading) -> Self {
        Self { reading, warnings: Vec::new(), reference_ids: BTreeSet::new(), scratch: String::new() }
    }

    /// What was repaired or kept on the way.
    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        let path = |path: String| format!("${path}");
        self.warnings.into_iter().map(|warning| Warning { path: path(warning.path), ..warning }).collect()
    }

    /// Any value in canonical form.
    pub(crate) fn any(&mut self, value: Value) -> Outcome<Value> {
        match value {
            Value::Array(items) => self.items(items),
            Value::Object(object) => self.object(object).map(Value::Object),
            scalar => Ok(scalar),
        }
    }

    fn items(&mut self, items: Vec<Value>) -> Outcome<Value> {
        let canonical = items.into_iter().enumerate().map(|(index, item)| {
            if is_scalar(&item) { Ok(item) } else { self.within(Step::Index(index), |this| this.any(item)) }
        });
        canonical.collect::<Outcome<_>>().map(Value::Array)
    }

    /// An object without a schema: keys sorted.
    fn dictionary(&mut self, object: Object) -> Outcome<Object> {
        let entries = self.sorted_entries(object.into_iter().collect())?;
        Ok(Object::from_distinct(entries))
    }

    fn sorted_entries(&mut self, mut entries: Vec<(String, Value)>) -> Outcome<Vec<(String, Value)>> {
        if !entries.is_sorted_by(|(a, _), (b, _)| a <= b) {
            entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        }
        self.values_of(&mut entries)?;
        Ok(entries)
    }

    fn values_of(&mut self, entries: &mut [(String, Value)]) -> Outcome<()> {
        for (key, value) in entries.iter_mut().filter(|(_, value)| !is_scalar(value)) {
            let taken = std::mem::take(value);
            *value = self.within(Step::Key(key), |this| this.any(taken))?;
        }
        Ok(())
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.reading == Reading::Exact
    }

    /// Reads something below a step, putting the step before the paths of what is said about it.
    fn within<T>(&mut self, step: Step<'_>, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        let known = self.warnings.len();
        let outcome = read(self);
        for warning in &mut self.warnings[known..] {
            step.prefix(&mut warning.path);
        }
        step.before(outcome)
    }

    fn warn(&mut self, reason: WarningReason) {
        let reason = match self.warnings.len() {
            ..WARNINGS_MAX => reason,
            WARNINGS_MAX => WarningReason::More,
            _ => return,
        };
        self.warnings.push(Warning { path: String::new(), position: None, reason });
    }

    /// A refusal where opentimelineio is followed, a warning otherwise.
    fn mismatch(&mut self, expected: &'static str, found: &'static str) -> Outcome<()> {
        if self.is_exact() {
            self.warn(WarningReason::WrongType { expected, found });
            return Ok(());
        }
        refuse(RefusalReason::WrongType { expected, found })
    }
}

fn refuse<T>(reason: RefusalReason) -> Outcome<T> {
    Err(Box::new(Refused { path: String::new(), reason }))
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}
