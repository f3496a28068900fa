//! Envelopes in little room, for logs that hold many of them.
//!
//! What is packed never leaves the process that packed it, so its form may change with every version. Integers stand in as
//! many bytes as they need, texts and lists behind their length, objects field by field in the order of their table.

use std::collections::BTreeMap;

use lossless_json::{Number, Object, Value};

use crate::dialect::Dialect;
use crate::message::Message;
use crate::messages::{
    AddTimeline, InsertChild, MoveChild, OperationStamp, RemoveChild, RemoveTimeline, RenameTimeline,
    ReplaceAnnotationCommands, ReplaceTimeline, SetProperty,
};
use crate::operation_fields::Anchor;
use crate::parts::{RationalTime, Secret};
use crate::{Envelope, OperationFields};

/// An envelope without its source, in a tenth to a half of the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(Box<[u8]>);

impl Envelope {
    /// The same in little room; none of what is rare: other dialects, fields that are unknown or stood otherwise than they
    /// would be written, messages that no log holds in numbers.
    pub fn pack(&self) -> Option<Packed> {
        let is_plain = self.dialect == Dialect::Nested
            && [&self.extra, &self.payload_extra, &self.command_extra].iter().all(|extra| extra.is_empty());
        is_plain.then_some(())?;
        let mut out = Vec::with_capacity(256);
        self.session.pack(&mut out)?;
        self.operation.pack(&mut out)?;
        pack_message(&self.message, &mut out)?;
        Some(Packed(out.into()))
    }
}

impl Packed {
    /// The envelope that was packed, said by `source_guid`; none where no envelope was packed so.
    pub fn unpack(&self, source_guid: &str) -> Option<Envelope> {
        let input = &mut &*self.0;
        let session = String::unpack(input)?;
        let operation: Option<Box<OperationFields>> = Pack::unpack(input)?;
        let mut envelope = Envelope::new(session, source_guid, unpack_message(input)?);
        envelope.operation = operation;
        input.is_empty().then_some(envelope)
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Numbers the messages that can be packed.
macro_rules! packable {
    ($($number:literal $name:ident)*) => {
        fn pack_message(message: &Message, out: &mut Vec<u8>) -> Option<()> {
            match message {
                $(Message::$name(body) => {
                    out.push($number);
                    body.pack(out)
                })*
                _ => None,
            }
        }

        fn unpack_message(input: &mut &[u8]) -> Option<Message> {
            match take_byte(input)? {
                $($number => $name::unpack(input).map(Message::from),)*
                _ => None,
            }
        }
    };
}

packable! {
    0 SetProperty 1 InsertChild 2 MoveChild 3 RemoveChild 4 ReplaceAnnotationCommands
    5 AddTimeline 6 ReplaceTimeline 7 RenameTimeline 8 RemoveTimeline
    9 OperationStamp
}

/// What can be packed.
pub(crate) trait Pack: Sized {
    /// Appends it; none where it cannot be packed.
    fn pack(&self, out: &mut Vec<u8>) -> Option<()>;
    /// Takes it from the front.
    fn unpack(input: &mut &[u8]) -> Option<Self>;
}

fn take_byte(input: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = input.split_first()?;
    *input = rest;
    Some(first)
}

fn take_bytes<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (bytes, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(bytes)
}

/// Seven bits a byte, the lowest first.
impl Pack for u64 {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        let mut left = *self;
        while left >= 0x80 {
            out.push(left.to_le_bytes()[0] | 0x80);
            left >>= 7;
        }
        out.push(left.to_le_bytes()[0]);
        Some(())
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let mut value = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let byte = take_byte(input)?;
            value |= Self::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Pack for usize {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        (*self as u64).pack(out)
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Self::try_from(u64::unpack(input)?).ok()
    }
}

/// The sign in the lowest bit.
impl Pack for i64 {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        ((self << 1) ^ (self >> 63)).cast_unsigned().pack(out)
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let folded = u64::unpack(input)?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }
}

impl Pack for f64 {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        out.extend(self.to_bits().to_le_bytes());
        Some(())
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let (bits, rest) = input.split_first_chunk()?;
        *input = rest;
        Some(Self::from_bits(u64::from_le_bytes(*bits)))
    }
}

impl Pack for bool {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        out.push(u8::from(*self));
        Some(())
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Some(take_byte(input)? != 0)
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        pack_text(self, out)
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let count = usize::unpack(input)?;
        Some(std::str::from_utf8(take_bytes(input, count)?).ok()?.to_owned())
    }
}

fn pack_text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    text.len().pack(out)?;
    out.extend(text.as_bytes());
    Some(())
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        out.push(u8::from(self.is_some()));
        self.as_ref().map_or(Some(()), |value| value.pack(out))
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        if take_byte(input)? == 0 { Some(None) } else { T::unpack(input).map(Some) }
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        (**self).pack(out)
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        T::unpack(input).map(Self::new)
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        self.len().pack(out)?;
        self.iter().try_for_each(|item| item.pack(out))
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let count = usize::unpack(input)?;
        (0..count).map(|_| T::unpack(input)).collect()
    }
}

impl<T: Pack> Pack for BTreeMap<String, T> {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        self.len().pack(out)?;
        self.iter().try_for_each(|(key, entry)| pack_text(key, out).and_then(|()| entry.pack(out)))
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let count = usize::unpack(input)?;
        (0..count).map(|_| Some((String::unpack(input)?, T::unpack(input)?))).collect()
    }
}

impl<T: Pack + Copy + Default, const N: usize> Pack for [T; N] {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        self.iter().try_for_each(|item| item.pack(out))
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let mut items = [T::default(); N];
        for item in &mut items {
            *item = T::unpack(input)?;
        }
        Some(items)
    }
}

impl Pack for Anchor {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        self.0.pack(out)
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Pack::unpack(input).map(Self)
    }
}

impl Pack for Object {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        self.len().pack(out)?;
        self.iter().try_for_each(|(key, value)| pack_text(key, out).and_then(|()| value.pack(out)))
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        let count = usize::unpack(input)?;
        let entries = (0..count).map(|_| Some((String::unpack(input)?, Value::unpack(input)?)));
        Some(Self::from_distinct(entries.collect::<Option<_>>()?))
    }
}

/// A byte for the kind, then what there is of it.
impl Pack for Value {
    fn pack(&self, out: &mut Vec<u8>) -> Option<()> {
        let kind = match self {
            Self::Null => 0,
            Self::Bool(false) => 1,
            Self::Bool(true) => 2,
            Self::Number(Number::Int(_)) => 3,
            Self::Number(Number::UInt(_)) => 4,
            Self::Number(Number::Float(_)) => 5,
            Self::Number(Number::Literal(_)) => 6,
            Self::String(_) => 7,
            Self::Array(_) => 8,
            Self::Object(_) => 9,
        };
        out.push(kind);
        match self {
            Self::Null | Self::Bool(_) => Some(()),
            Self::Number(Number::Int(value)) => value.pack(out),
            Self::Number(Number::UInt(value)) => value.pack(out),
            Self::Number(Number::Float(value)) => value.pack(out),
            Self::Number(Number::Literal(text)) => pack_text(text, out),
            Self::String(text) => text.pack(out),
            Self::Array(items) => items.pack(out),
            Self::Object(object) => object.pack(out),
        }
    }

    fn unpack(input: &mut &[u8]) -> Option<Self> {
        Some(match take_byte(input)? {
            0 => Self::Null,
            1 => Self::Bool(false),
            2 => Self::Bool(true),
            3 => Self::Number(Number::Int(Pack::unpack(input)?)),
            4 => Self::Number(Number::UInt(Pack::unpack(input)?)),
            5 => Self::Number(Number::Float(Pack::unpack(input)?)),
            6 => Self::Number(Number::Literal(String::unpack(input)?.into())),
            7 => Self::String(Pack::unpack(input)?),
            8 => Self::Array(Pack::unpack(input)?),
            9 => Self::Object(Pack::unpack(input)?),
            _ => return None,
        })
    }
}

/// Stands in view state only, which no log holds.
macro_rules! never_packed {
    ($($name:ident)*) => {
        $(impl Pack for $name {
            fn pack(&self, _: &mut Vec<u8>) -> Option<()> {
                None
            }

            fn unpack(_: &mut &[u8]) -> Option<Self> {
                None
            }
        })*
    };
}

never_packed! { RationalTime Secret }

#[cfg(test)]
mod tests {
    use super::*;

    fn packed_and_unpacked<T: Pack>(value: &T) -> Option<T> {
        let mut out = Vec::new();
        value.pack(&mut out)?;
        let input = &mut &*out;
        let value = T::unpack(input)?;
        input.is_empty().then_some(value)
    }

    #[test]
    fn integers_of_every_size_come_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::MAX - 1, u64::MAX] {
            assert_eq!(packed_and_unpacked(&value), Some(value));
        }
        for value in [0, -1, 1, 63, -64, i64::MAX, i64::MIN] {
            assert_eq!(packed_and_unpacked(&value), Some(value));
        }
    }

    #[test]
    fn values_of_every_kind_come_back() {
        let text =
            r#"{"a": [null, true, false, -7, 18446744073709551615, 0.1, -0.0, NaN, 1e400, "é"], "b": {}}"#;
        let value = lossless_json::parse(text.as_bytes(), &lossless_json::Limits::default()).unwrap().value;
        assert_eq!(packed_and_unpacked(&value), Some(value));
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        let envelope = Envelope::new("dailies", "a", SetProperty::new("clip", "name", "x".into(), 1.5));
        let whole = envelope.pack().unwrap();
        assert_eq!(whole.unpack("a"), Some(envelope));
        for count in 0..whole.bytes() {
            assert_eq!(Packed(whole.0[..count].into()).unpack("a"), None);
        }
    }
}
