//! OpenTimelineIO documents without loss: objects, order, numbers, GUIDs and edits.
