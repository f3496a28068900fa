//! The recursive descent through values, lists and objects.

use super::{Dialect, ParseReason, duplicates};
use crate::{Number, Object, Value, path_step};

/// Why and at which byte reading stopped.
pub(super) struct Failure {
    pub(super) reason: ParseReason,
    pub(super) at: usize,
}

pub(super) type Reading<T> = Result<T, Failure>;

/// A position in a text. Entries and items of the lists that are open are kept on two common stacks, so that each
/// list is allocated once and at its size.
pub(super) struct Reader<'text> {
    pub(super) text: &'text str,
    pub(super) at: usize,
    depth: usize,
    depth_max: usize,
    dialect: Dialect,
    entries: Vec<(String, Value)>,
    items: Vec<Value>,
    duplicate_keys: Vec<String>,
}

impl<'text> Reader<'text> {
    pub(super) fn new(text: &'text str, depth_max: usize, dialect: Dialect) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            depth_max,
            dialect,
            entries: Vec::new(),
            items: Vec::new(),
            duplicate_keys: Vec::new(),
        }
    }

    /// JSON paths of the keys that stood twice.
    pub(super) fn into_duplicate_keys(self) -> Vec<String> {
        self.duplicate_keys.into_iter().map(|path| format!("${path}")).collect()
    }

    /// One value and nothing after it.
    pub(super) fn document(&mut self) -> Reading<Value> {
        self.skip_white_space();
        if self.at == self.text.len() {
            return Err(self.fail(ParseReason::Empty));
        }
        let value = self.value()?;
        self.skip_white_space();
        match self.text[self.at..].chars().next() {
            None => Ok(value),
            Some(found) => Err(self.fail(ParseReason::TrailingText(found))),
        }
    }

    pub(super) fn value(&mut self) -> Reading<Value> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn number(&mut self) -> Reading<Number> {
        match self.dialect {
            Dialect::Exact => self.exact_number(),
            Dialect::LikeOpentimelineio => self.rapidjson_number(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Reading<Value>) -> Reading<Value> {
        if self.depth == self.depth_max {
            return Err(self.fail(ParseReason::TooDeep(self.depth_max)));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Into a list or an object, if one that begins so is next and may be nested so deep.
    pub(super) fn open(&mut self, bracket: u8) -> Option<()> {
        let opens = self.depth < self.depth_max && self.take(bracket);
        self.depth += usize::from(opens);
        opens.then_some(())
    }

    /// Out of what was opened.
    pub(super) fn close(&mut self) {
        self.depth -= 1;
    }

    fn list(&mut self) -> Reading<Value> {
        let start = self.items.len();
        self.skip_white_space();
        if self.take(b']') {
            return Ok(Value::Array(Vec::new()));
        }
        loop {
            self.skip_white_space();
            let known = self.duplicate_keys.len();
            let item = self.value()?;
            if self.duplicate_keys.len() > known {
                let index = self.items.len() - start;
                duplicates::prefix(&mut self.duplicate_keys[known..], &format!("[{index}]"));
            }
            self.items.push(item);
            self.skip_white_space();
            if self.take(b']') {
                return Ok(Value::Array(self.items.drain(start..).collect()));
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    fn object(&mut self) -> Reading<Value> {
        let start = self.entries.len();
        self.skip_white_space();
        if self.take(b'}') {
            return Ok(Value::Object(Object::new()));
        }
        loop {
            self.skip_white_space();
            self.entry()?;
            self.skip_white_space();
            if self.take(b'}') {
                return Ok(Value::Object(self.close_object(start)));
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    fn entry(&mut self) -> Reading<()> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in quotation marks"));
        }
        let key = self.string()?;
        self.skip_white_space();
        self.expect(b':', "`:`")?;
        self.skip_white_space();
        let known = self.duplicate_keys.len();
        let value = self.value()?;
        if self.duplicate_keys.len() > known {
            duplicates::prefix(&mut self.duplicate_keys[known..], &path_step(&key));
        }
        self.entries.push((key, value));
        Ok(())
    }

    fn close_object(&mut self, start: usize) -> Object {
        let mut entries: Vec<(String, Value)> = self.entries.drain(start..).collect();
        duplicates::keep_first(&mut entries, &mut self.duplicate_keys);
        Object::from_distinct(entries)
    }

    fn word(&mut self, word: &'static str, value: Value) -> Reading<Value> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.unexpected("a value"))
    }

    /// Past the next byte that is no white space; none at the end of the text.
    pub(super) fn token(&mut self) -> Option<u8> {
        self.skip_white_space();
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Reading<()> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    pub(super) fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    pub(super) fn fail(&self, reason: ParseReason) -> Failure {
        Failure { reason, at: self.at }
    }

    /// The failure that another character, or any, was expected here.
    pub(super) fn unexpected(&self, expected: &'static str) -> Failure {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.fail(ParseReason::UnexpectedCharacter { found, expected }),
            None => self.fail(ParseReason::UnexpectedEnd(expected)),
        }
    }
}
