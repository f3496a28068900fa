//! OpenTimelineIO documents without loss: objects, order, numbers, GUIDs and edits.
//!
//! A [`Document`] is an arena that holds one timeline (or any OTIO file) as a tree of [`NodeId`]s: timelines, stacks,
//! tracks and what they contain. Everything below that — metadata, effects, markers, media references — is kept as JSON
//! values in the order and form that opentimelineio 0.18.1 writes.
//!
//! ```
//! use lossless_json::Style;
//! use otio_document::{Document, PropertyPath, Reading};
//!
//! let text = br#"{"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [{"OTIO_SCHEMA": "Gap.1"}]}"#;
//! let mut document = Document::read(text, Reading::Exact)?;
//! let track = document.root().ok_or("a track is a tree")?;
//! document.set_property(track, &PropertyPath::parse("name")?, "V1".into())?;
//! assert_eq!(document.name(track), "V1");
//! assert_eq!(document.children(track).len(), 1);
//! assert!(document.to_text(Style::OtioCompact).starts_with(r#"{"OTIO_SCHEMA":"Track.1","metadata":{},"name":"V1""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! No input or output, no clock, no randomness.
//!
//! Who knows opentimelineio in Python finds:
//!
//! | there | here |
//! |---|---|
//! | `otio.adapters.read_from_string(text, "otio_json")` | [`Document::read`]; with [`Reading::LikeOpentimelineio`] to the byte |
//! | `to_json_string(indent=4)` | [`Document::to_text`] |
//! | a `Timeline`, `Stack`, `Track`, `Clip`, `Gap`, `Transition`, … | a [`NodeId`], asked through its document |
//! | `list(track)`, `clip.parent()`, `track.index(clip)` | [`Document::children`], [`Document::parent`], [`Document::index_in_parent`] |
//! | `timeline.find_clips()` | [`Document::find_children`], or [`Document::descend`] |
//! | `clip.name = "a"`, `clip.metadata["review"]["status"] = "ok"` | [`Document::set_property`] |
//! | `track.insert(0, clip)`, `track.pop(0)` | [`Document::insert_child`], [`Document::detach_child`] |
//! | `clip.trimmed_range()`, `track.range_of_child(clip)`, … | the methods of [`Document`] of these names |
//! | `clip.media_reference` | [`Document::active_media_reference`] |
//! | `opentime.RationalTime`, `TimeRange`, `TimeTransform` | [`RationalTime`], [`TimeRange`], [`TimeTransform`] |
//! | `otio.algorithms.flatten_stack(stack)` | [`Document::flattened`] |
//! | `otio.algorithms.top_clip_at_time(stack, time)` | [`Document::clip_at_time`] |

mod arena;
mod child_list;
mod composition;
mod document;
mod downgrade;
mod edit;
mod error;
mod fields;
mod guid;
mod image_sequence;
mod newer;
mod path;
mod reading;
pub mod review;
mod schema;
mod time;
mod tree;
mod withdrawn;
mod writing;

pub use arena::NodeId;
pub use child_list::{Children, ChildrenIter};
pub use composition::{FlattenError, MediaFrame, Presence, RangeError};
pub use document::Document;
pub use downgrade::{DowngradeError, TargetVersions, TargetVersionsError, downgraded};
pub use edit::PropertyUndo;
pub use error::{EditError, PathError, ReadError, RefusalReason, Warning, WarningReason};
pub use guid::{DuplicateGuid, GuidReport, Reminted};
pub use image_sequence::{ImageSequenceError, ImageSequenceReference};
pub use newer::newer_schema;
pub use path::PropertyPath;
pub use reading::Reading;
pub use time::{DropFrame, EPSILON_SECONDS, RationalTime, TimeRange, TimeTransform, TimecodeError};
pub use withdrawn::Withdrawn;
