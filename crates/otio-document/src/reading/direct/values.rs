//! Values that are in canonical form. `None` says that one is not, or is no JSON.

use lossless_json::Number;

use super::{Reader, Watch};
use crate::arena::Guid;
use crate::reading::class::SCHEMA_KEY;
use crate::reading::fields::is_policy;
use crate::reading::references::REFERENCE;
use crate::schema::{Family, Field, Kind, Schema, schema_named, schema_of_text, split_schema, value_type};

impl Reader<'_> {
    /// A value that suits a field of that kind.
    pub(super) fn value(&mut self, kind: Kind) -> Option<()> {
        match kind {
            Kind::Text | Kind::StrictText => self.text.string().map(drop),
            Kind::Flag => self.flag(),
            Kind::Double => self.double(),
            Kind::Integer => self.text.number().filter(|number| matches!(number, Number::Int(_))).map(drop),
            Kind::MissingFramePolicy => {
                self.text.string()?.plain().filter(|policy| is_policy(policy)).map(drop)
            }
            Kind::Dictionary => self.dictionary(),
            Kind::Value(text) => self.value_type(text),
            Kind::OptionalValue(text) => self.null().or_else(|| self.value_type(text)),
            Kind::Object(family) => self.null().or_else(|| self.member(family)),
            Kind::List(family) => self.list(|this| this.member(family)),
            Kind::Map(family) => self.map(family),
        }
    }

    fn null(&mut self) -> Option<()> {
        self.text.word("null").then_some(())
    }

    fn flag(&mut self) -> Option<()> {
        (self.text.word("true") || self.text.word("false")).then_some(())
    }

    fn double(&mut self) -> Option<()> {
        let canonicaliser = &self.canonicaliser;
        self.text.number_as(|number| canonicaliser.double(number)).then_some(())
    }

    /// A value of any kind.
    pub(super) fn any(&mut self) -> Option<()> {
        let watch = std::mem::take(&mut self.watch);
        match self.text.peek()? {
            b'"' => self.text.string().map(drop),
            b'{' => {
                self.watch = watch;
                self.object()
            }
            b'[' => self.list(Self::any),
            b't' | b'f' => self.flag(),
            b'n' => self.null(),
            _ => self.text.number().map(drop),
        }
    }

    fn list(&mut self, item: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        self.open(b'[')?;
        if self.text.take(b']') {
            return self.close();
        }
        loop {
            item(self)?;
            if self.text.take(b']') {
                return self.close();
            }
            self.comma()?;
        }
    }

    pub(super) fn open(&mut self, bracket: u8) -> Option<()> {
        if self.text.take(bracket) { self.enter() } else { None }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last step of those that can fail")]
    pub(super) fn close(&mut self) -> Option<()> {
        self.depth -= 1;
        Some(())
    }

    pub(super) fn comma(&mut self) -> Option<()> {
        self.text.take(b',').then_some(())
    }

    /// An object with a schema, or a dictionary.
    fn object(&mut self) -> Option<()> {
        self.open(b'{')?;
        if self.text.take(b'}') {
            self.watch = Watch::Nowhere;
            return self.close();
        }
        if !self.text.key_is(SCHEMA_KEY) {
            return self.entries();
        }
        // Such an object is no place for a GUID to be looked for on the way.
        if self.watch != Watch::Nowhere {
            return None;
        }
        self.classed(None)
    }

    fn dictionary(&mut self) -> Option<()> {
        self.open(b'{')?;
        if self.text.take(b'}') {
            self.watch = Watch::Nowhere;
            return self.close();
        }
        self.entries()
    }

    /// The entries of a dictionary, their keys in order.
    fn entries(&mut self) -> Option<()> {
        let watch = std::mem::take(&mut self.watch);
        self.ordered_entries(|this, key| match (watch, key) {
            (Watch::Sync, "guid") => this.guid(),
            (Watch::Metadata, "sync") => {
                this.watch = Watch::Sync;
                this.any()
            }
            _ => this.any(),
        })
    }

    /// Entries up to the closing brace, whose keys are in order, each once; `value` takes what stands under one.
    fn ordered_entries(&mut self, value: impl Fn(&mut Self, &str) -> Option<()>) -> Option<()> {
        let mut previous = None;
        loop {
            let key = self.text.key()?.plain().filter(|key| *key != SCHEMA_KEY)?;
            if previous.is_some_and(|previous| previous >= key) {
                return None;
            }
            previous = Some(key);
            value(self, key)?;
            if self.text.take(b'}') {
                return self.close();
            }
            self.comma()?;
        }
    }

    /// What stands under `metadata.sync.guid`.
    fn guid(&mut self) -> Option<()> {
        if self.text.peek() != Some(b'"') {
            return self.any();
        }
        let start = self.text.place() + 1;
        let guid = self.text.string()?.plain()?;
        self.guid = Guid::InText(crate::fields::Span::new(start, start + guid.len())?);
        Some(())
    }

    fn map(&mut self, family: Family) -> Option<()> {
        self.open(b'{')?;
        if self.text.take(b'}') {
            return self.close();
        }
        self.ordered_entries(|this, _| this.member(family))
    }

    /// An object in a place of that family.
    fn member(&mut self, family: Family) -> Option<()> {
        self.open(b'{')?;
        if !self.text.key_is(SCHEMA_KEY) {
            return None;
        }
        self.classed(Some(family))
    }

    fn value_type(&mut self, text: &'static str) -> Option<()> {
        self.open(b'{')?;
        if !self.text.key_is(SCHEMA_KEY) || self.text.string()?.plain()? != text {
            return None;
        }
        let (_, fields) = value_type(text)?;
        self.fields(&fields.iter(), &[])
    }

    /// An object from the text of its schema on.
    fn classed(&mut self, place: Option<Family>) -> Option<()> {
        let text = self.text.string()?.plain()?;
        if let Some(schema) = schema_of_text(text) {
            let is_admitted = place.is_none_or(|family| schema.belongs_to(family));
            return is_admitted.then_some(()).and_then(|()| self.known(schema));
        }
        if let Some((_, fields)) = value_type(text) {
            return place.is_none().then_some(()).and_then(|()| self.fields(&fields.iter(), &[]));
        }
        let (name, _) = split_schema(text).filter(|_| text != REFERENCE)?;
        let is_unknown = schema_named(name).is_none() && place.is_none_or(|family| family == Family::Any);
        if !is_unknown {
            return None;
        }
        if self.text.take(b'}') { self.close() } else { self.comma().and_then(|()| self.entries()) }
    }

    fn known(&mut self, schema: &'static Schema) -> Option<()> {
        self.fields(&schema.fields(), schema.implied)
    }

    /// What follows the schema of an object: other keys in order, then each of its fields.
    fn fields(
        &mut self,
        fields: &(impl Iterator<Item = &'static Field> + Clone),
        implied: &[(&'static str, crate::schema::Default)],
    ) -> Option<()> {
        let mut rest = fields.clone();
        let mut next = rest.next();
        let mut previous: Option<&str> = None;
        let mut missing = implied.len();
        let mut is_among_fields = false;
        while self.text.take(b',') {
            if let Some(field) = next.filter(|field| self.text.key_is(field.key)) {
                self.value(field.kind)?;
                next = rest.next();
                is_among_fields = true;
                continue;
            }
            let key = self.text.key()?.plain().filter(|key| *key != SCHEMA_KEY)?;
            let is_own = fields.clone().any(|field| field.key == key);
            if is_among_fields || is_own || previous.is_some_and(|previous| previous >= key) {
                return None;
            }
            missing -= usize::from(implied.iter().any(|(name, _)| *name == key));
            previous = Some(key);
            self.any()?;
        }
        let is_whole = next.is_none() && missing == 0 && self.text.take(b'}');
        if is_whole { self.close() } else { None }
    }
}
