//! Paint nodes of OpenRV as events, and back.
//!
//! OpenRV has the protocol's coordinates. What it draws is a list of properties for each stroke, text or shape ([`PaintSpec`]); who
//! applies them names them `<node>.<item>.<property>`.
//!
//! **What is lost.** Going in, a stroke keeps of its brush only whether it is soft, and loses the opacities of its points and
//! its times, the frames it is held or ghosted on, and whether it is hidden; a text loses its font, and a spacing or scale of 0; strokes have no
//! identity among their properties, so those that OpenRV itself tells come back under fresh ones. Coming out, texts have no
//! time. Sizes, positions and colours come back as they were, of shapes too; a shape that says no size is two image heights
//! thick on its way in and one on its way out, as in the reference.

mod from_events;
mod spec;
mod to_events;

pub use from_events::from_sync_events;
pub use spec::{Kind, PaintSpec, Property, PropertyValues, TYPE_FLOAT, TYPE_INT, TYPE_STRING};
pub use to_events::to_sync_events;

/// The program that this codec is for.
pub const HOST_ID: &str = "openrv";

/// What the program has of its own.
pub const SUPPORTED_KINDS: [&str; 6] = ["pen", "erase", "text", "ellipse", "rect", "arrow"];

/// How many times larger the number for the same letters is in the protocol.
pub const RV_FONT_SCALE: f64 = 1080.0 / 2.5;

/// What a brush's diameter is multiplied with to be its width in OpenRV.
pub const RV_WIDTH_SCALE: f64 = 0.6;

/// The frame of OpenRV that shows a frame of a source, which is counted from 1 here and nowhere else.
pub fn rv_frame(source_start: i64, local: i64) -> i64 {
    source_start.saturating_add(local).saturating_sub(1)
}

/// The frame of a source, counted from 1, that a frame of OpenRV shows.
pub fn local_frame(source_start: i64, rv: i64) -> i64 {
    rv.saturating_sub(source_start).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{local_frame, rv_frame};

    #[test]
    fn the_first_frame_of_a_source_is_1() {
        assert_eq!((rv_frame(1001, 1), local_frame(1001, 1001)), (1001, 1));
        assert_eq!((rv_frame(1, 24), local_frame(1, 24)), (24, 24));
        assert_eq!(local_frame(86_400, rv_frame(86_400, -3)), -3);
        assert_eq!(rv_frame(i64::MAX, i64::MAX), i64::MAX - 1);
    }
}
