//! A gaussian blur by three boxes, as SVG's `feGaussianBlur` is defined.

use std::f64::consts::TAU;

/// One channel of an image, row by row.
pub(super) struct Channel {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<u16>,
}

/// How many values before and behind one go into its mean.
#[derive(Clone, Copy)]
struct Window {
    before: usize,
    behind: usize,
}

impl Channel {
    /// Blurs by a standard deviation in pixels; what is outside counts as 0.
    pub(super) fn blur(&mut self, sigma: f32) {
        let windows = windows(sigma);
        for _ in 0..2 {
            for window in windows {
                self.average_rows(window);
            }
            self.transpose();
        }
    }

    fn average_rows(&mut self, window: Window) {
        let mut averaged = vec![0; self.width];
        for row in self.values.chunks_exact_mut(self.width.max(1)) {
            average(row, window, &mut averaged);
            row.copy_from_slice(&averaged);
        }
    }

    fn transpose(&mut self) {
        let mut turned = vec![0; self.values.len()];
        for (y, row) in self.values.chunks_exact(self.width.max(1)).enumerate() {
            for (x, value) in row.iter().enumerate() {
                turned[x * self.height + y] = *value;
            }
        }
        (self.values, self.width, self.height) = (turned, self.height, self.width);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size of some hundred pixels")]
fn windows(sigma: f32) -> [Window; 3] {
    let size = (f64::from(sigma) * 3.0 * TAU.sqrt() / 4.0 + 0.5).floor().max(1.0) as usize;
    let half = size / 2;
    let centred = Window { before: half, behind: half };
    if size % 2 == 1 {
        return [centred; 3];
    }
    [Window { before: half, behind: half - 1 }, Window { before: half - 1, behind: half }, centred]
}

/// The mean around each value.
fn average(row: &[u16], window: Window, averaged: &mut [u16]) {
    let count = (window.before + window.behind + 1) as u64;
    let mut sum: u64 = row.iter().take(window.behind).map(|value| u64::from(*value)).sum();
    for (at, out) in averaged.iter_mut().enumerate() {
        sum += row.get(at + window.behind).map_or(0, |value| u64::from(*value));
        *out = u16::try_from((sum + count / 2) / count).unwrap_or(u16::MAX);
        sum -= at.checked_sub(window.before).map_or(0, |gone| u64::from(row[gone]));
    }
}

#[cfg(test)]
mod tests {
    use super::Channel;

    #[test]
    fn a_point_becomes_a_bell_that_weighs_as_much() {
        for sigma in [1.0_f32, 2.0, 3.5, 8.0] {
            let (width, height) = (221, 211);
            let mut channel = Channel { width, height, values: vec![0; width * height] };
            for y in 60..150 {
                channel.values[y * width + 65..y * width + 155].fill(60_000);
            }
            let weight =
                |channel: &Channel| channel.values.iter().map(|value| f64::from(*value)).sum::<f64>();
            let before = weight(&channel);
            channel.blur(sigma);
            assert!((weight(&channel) / before - 1.0).abs() < 0.001, "{sigma}");
            assert_eq!((channel.width, channel.height), (width, height));
            let at = |x: usize, y: usize| channel.values[y * width + x];
            assert!(at(65 - 3, 100).abs_diff(at(154 + 3, 100)) <= 2, "left and right are alike");
            assert!(at(110, 60 - 2).abs_diff(at(110, 149 + 2)) <= 2, "top and bottom are alike");
            let edge = u32::midpoint(at(64, 100).into(), at(65, 100).into());
            assert!(edge.abs_diff(30_000) < 300, "half at the edge, {sigma}: {edge}");
        }
    }
}
