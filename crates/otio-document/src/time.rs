//! Times as documents hold them, and what can be reckoned with them (OTIO's `opentime`).

mod rational_time;
mod time_range;
mod time_string;
mod time_transform;
mod timecode;

pub use rational_time::RationalTime;
pub use time_range::{EPSILON_SECONDS, TimeRange};
pub use time_transform::TimeTransform;
pub use timecode::{DropFrame, TimecodeError};
