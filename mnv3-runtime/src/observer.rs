//! Looking at a network while it runs.

use mnv3_ir::{LANES, padded};
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
