//! Pixels, and the coordinates of the protocol: the origin in the centre of the image, x to the right, y **up**, both in image
//! **heights**. So y runs from −0.5 to 0.5, and x from −[`aspect_half`] to [`aspect_half`].
//!
//! ```
//! use annotation_codec::coords::{norm_to_px, px_to_norm};
//!
//! assert_eq!(norm_to_px(0.25, 0.25, 1920.0, 1080.0), [1230.0, 270.0]);
//! assert_eq!(px_to_norm(1230.0, 270.0, 1920.0, 1080.0), [0.25, 0.25]);
//! ```

/// Half the width of an image in heights, where nobody knows the image: that of 16:9.
pub const DEFAULT_ASPECT_HALF: f64 = 8.0 / 9.0;

/// The spacing of the letters of a text that says none. Nobody says in what unit.
pub const DEFAULT_SPACING: f64 = 0.8;

/// The size of the letters of a text that says none; [`TextAnnotation`](otio_document::review::TextAnnotation) says in
/// what unit.
pub const DEFAULT_FONT_SIZE: f64 = 50.0;

/// Half the width of an image in heights, from its size in any unit. [`DEFAULT_ASPECT_HALF`] where the sizes are none
/// (zero, negative, not finite).
pub fn aspect_half(width: f64, height: f64) -> f64 {
    usable(width / (2.0 * height)).filter(|_| height > 0.0).unwrap_or(DEFAULT_ASPECT_HALF)
}

/// From pixels right of and below the image's top left corner to heights right of and above its centre.
pub fn px_to_norm(px: f64, py: f64, width: f64, height: f64) -> [f64; 2] {
    [(px - width / 2.0) / height, -((py - height / 2.0) / height)]
}

/// From heights right of and above the image's centre to pixels right of and below its top left corner.
pub fn norm_to_px(nx: f64, ny: f64, width: f64, height: f64) -> [f64; 2] {
    [nx * height + width / 2.0, -ny * height + height / 2.0]
}

/// The aspect as a codec may divide by it: the default where a caller has none.
pub(crate) fn usable_aspect(aspect_half: f64) -> f64 {
    usable(aspect_half).unwrap_or(DEFAULT_ASPECT_HALF)
}

fn usable(aspect_half: f64) -> Option<f64> {
    (aspect_half.is_finite() && aspect_half > 0.0).then_some(aspect_half)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "results are given to the last digit")]

    use super::{DEFAULT_ASPECT_HALF, aspect_half, norm_to_px, px_to_norm, usable_aspect};

    #[test]
    fn the_corners_of_an_hd_image_are_where_the_protocol_says() {
        assert_eq!(px_to_norm(0.0, 0.0, 1920.0, 1080.0), [-0.888_888_888_888_888_8, 0.5]);
        assert_eq!(px_to_norm(1920.0, 1080.0, 1920.0, 1080.0), [0.888_888_888_888_888_8, -0.5]);
        assert_eq!(norm_to_px(0.25, 0.25, 1920.0, 1080.0), [1230.0, 270.0]);
    }

    #[test]
    fn an_image_without_size_counts_as_16_to_9() {
        assert_eq!(aspect_half(1920.0, 1080.0), DEFAULT_ASPECT_HALF);
        assert_eq!(aspect_half(1000.0, 1000.0), 0.5);
        for (width, height) in [(1920.0, 0.0), (1920.0, -1.0), (0.0, 0.0), (f64::NAN, 1080.0), (-5.0, 5.0)] {
            assert_eq!(aspect_half(width, height), 8.0 / 9.0, "{width} x {height}");
        }
        assert_eq!(usable_aspect(0.0), DEFAULT_ASPECT_HALF);
    }
}
