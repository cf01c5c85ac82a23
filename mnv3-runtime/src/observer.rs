//! Looking at a network while it runs.

use mnv3_ir::{LANES, padded};
use ndarray::Array3;
use std::fmt;

/// A feature map as it lies in memory: `[H][ceil(C / 16)][W][16]`, rows of channel groups.
#[derive(Clone, Copy)]
pub struct MapView<'a> {
    /// Height, width, channels.
    pub shape: [usize; 3],
    pub(crate) data: &'a [f32],
}

impl fmt::Debug for MapView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [h, w, c] = self.shape;
        write!(f, "MapView {{ {h} x {w} x {c} }}")
    }
}

impl MapView<'_> {
    /// The value at row `y`, column `x`, channel `c`, or `None` outside the map.
    #[must_use]
    pub fn get(&self, y: usize, x: usize, c: usize) -> Option<f32> {
        let [h, w, channels] = self.shape;
        (y < h && x < w && c < channels).then(|| {
            self.data
                .get(y * w * padded(channels) + (c / LANES * w + x) * LANES + c % LANES)
                .copied()
        })?
    }
}

impl<'a> MapView<'a> {
    /// All of it, as it lies in memory; channels from `C` up to the next multiple of 16 mean nothing.
    #[must_use]
    pub fn floats(&self) -> &'a [f32] {
        self.data
    }

    /// The map as `H x W x C`, copied.
    #[must_use]
    pub fn to_array(&self) -> Array3<f32> {
        Array3::from_shape_fn(self.shape, |(y, x, c)| self.get(y, x, c).unwrap_or_default())
    }

    /// The map in the order of rows, columns, channels, to the front of `to`, or as much of it as that holds; returns what is left.
    pub fn copy_to<'t>(&self, to: &'t mut [f32]) -> &'t mut [f32] {
        let [h, w, c] = self.shape;
        let (to, left) = to.split_at_mut(to.len().min(h * w * c));
        let rows = self.data.chunks_exact((w * padded(c)).max(1));
        for (to, row) in to.chunks_mut((w * c).max(1)).zip(rows) {
            for (group, pixels) in row.chunks_exact(w * LANES).enumerate() {
                let first = group * LANES;
                let channels = LANES.min(c - first);
                for (pixel, to) in pixels.as_chunks::<LANES>().0.iter().zip(to.chunks_mut(c)) {
                    if let Some(to) = to.get_mut(first..) {
                        let count = channels.min(to.len());
                        to[..count].copy_from_slice(&pixel[..count]);
                    }
                }
            }
        }
        left
    }
}

/// Is shown the output of every layer that is written out: `stem`, `bottleneck 1` and so on, `last`.
///
/// `()` looks at nothing and costs nothing. A closure `|name: &str, map: MapView| ...` will do.
pub trait Observer {
    /// Called when the map is complete.
    fn map(&mut self, name: &'static str, map: MapView<'_>);
}

impl Observer for () {
    #[inline(always)]
    fn map(&mut self, _: &'static str, _: MapView<'_>) {}
}

impl<F: FnMut(&'static str, MapView<'_>)> Observer for F {
    fn map(&mut self, name: &'static str, map: MapView<'_>) {
        self(name, map);
    }
}
