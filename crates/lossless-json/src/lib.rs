//! JSON trees that keep every value they read.
//!
//! The wire of a review session and OTIO files carry what strict JSON libraries refuse or change: `NaN` and
//! `Infinity` tokens, integers beyond 64 bits, the difference between `1` and `1.0`. This crate reads all of it
//! into a [`Value`] and writes it back in the forms that the project needs (see [`Style`]).
//! No input or output, no clock, no randomness; depth and size are limited by [`Limits`].
//!
//! OTIO's counterparts are `AnyDictionary` and `AnyVector`, which Python sees as `dict` and `list`: they sort their keys
//! and hold numbers as far as 64 bits go. It has no counterpart of the rest: its reader and writers are not public.
//!
//! ```
//! use lossless_json::{Limits, Style, parse};
//!
//! let metadata = parse(br#"{"take": 3, "gamma": 1.0, "serial": 170141183460469231731687303715884105728}"#, &Limits::default())?;
//! let written = metadata.value.to_text(Style::OtioCompact);
//! assert_eq!(written, r#"{"take":3,"gamma":1.0,"serial":170141183460469231731687303715884105728}"#);
//!
//! let error = parse(b"{\n  \"name\": nul\n}", &Limits::default()).map(|_| ()).map_err(|error| error.to_string());
//! assert!(error.is_err_and(|error| error.starts_with("line 2, column 11, $.name: ")));
//! # Ok::<(), lossless_json::ParseError>(())
//! ```

mod compact;
mod compactor;
mod number;
mod object;
mod parse;
mod place;
mod scan;
mod value;
mod write;

pub use compact::{compact_depth, compact_entries, compact_value};
pub use compactor::{Compactor, Mark, StringToken};
pub use number::Number;
pub use object::Object;
pub use parse::{Cursor, Limits, ParseError, ParseReason, Parsed, parse, parse_like_opentimelineio};
pub use place::{Sought, TextPosition, locate, path_at, path_step};
pub use value::Value;
pub use write::{Style, TextWriter};
