//! Times as documents hold them, and what can be reckoned with them (OTIO's `opentime`).
//!
//! ```
//! use otio_document::{DropFrame, RationalTime, TimeRange};
//!
//! let shot = TimeRange::new(RationalTime::from_timecode("01:00:00:00", 24.0)?, RationalTime::new(48.0, 24.0));
//! assert_eq!(shot.end_time_inclusive().to_timecode(24.0, DropFrame::FromRate)?, "01:00:01:23");
//! # Ok::<(), otio_document::TimecodeError>(())
//! ```

mod rational_time;
mod time_range;
mod time_string;
mod time_transform;
mod timecode;

pub use rational_time::RationalTime;
pub use time_range::{EPSILON_SECONDS, TimeRange};
pub use time_transform::TimeTransform;
pub use timecode::{DropFrame, TimecodeError};
