//! Looking at a network while it runs.

use crate::cpu::Cpu;
use crate::kernels::i8::Scales;
use mnv3_ir::{LANES, padded};
use ndarray::Array3;
use std::fmt;

/// A feature map as it lies in memory: `[H][ceil(C / 16)][W][16]`, rows of channel groups.
///
/// That of a network in eight bits lies in bytes, and is told in single precision.
#[derive(Clone, Copy)]
pub struct MapView<'a> {
    /// Height, width, channels.
    pub shape: [usize; 3],
    pub(crate) numbers: MapNumbers<'a>,
}

/// How its numbers lie.
#[derive(Clone, Copy)]
pub(crate) enum MapNumbers<'a> {
    F32(&'a [f32]),
    /// Four bytes to a float, and what they mean.
    Bytes(&'a [f32], Scales<'a>),
}

impl fmt::Debug for MapView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [h, w, c] = self.shape;
        write!(f, "MapView {{ {h} x {w} x {c} }}")
    }
}

impl<'a> MapView<'a> {
    /// The value at row `y`, column `x`, channel `c`, or `None` outside the map.
    #[must_use]
    pub fn get(&self, y: usize, x: usize, c: usize) -> Option<f32> {
        let at = self.place(y, x, c)?;
        match self.numbers {
            MapNumbers::F32(numbers) => numbers.get(at).copied(),
            MapNumbers::Bytes(bytes, scales) => Some(scales.number(c, *bytemuck::cast_slice(bytes).get(at)?)),
        }
    }

    /// The byte there, of a network in eight bits.
    #[doc(hidden)]
    #[must_use]
    pub fn byte(&self, y: usize, x: usize, c: usize) -> Option<u8> {
        match self.numbers {
            MapNumbers::F32(_) => None,
            MapNumbers::Bytes(bytes, _) => bytemuck::cast_slice(bytes).get(self.place(y, x, c)?).copied(),
        }
    }

    fn place(&self, y: usize, x: usize, c: usize) -> Option<usize> {
        let [h, w, channels] = self.shape;
        let inside = y < h && x < w && c < channels;
        inside.then_some(y * w * padded(channels) + (c / LANES * w + x) * LANES + c % LANES)
    }

    /// All of it, as it lies in memory; channels from `C` up to the next multiple of 16 mean nothing. Of a network in eight bits,
    /// whose maps are bytes, there is nothing.
    #[must_use]
    pub fn floats(&self) -> &'a [f32] {
        match self.numbers {
            MapNumbers::F32(numbers) => numbers,
            MapNumbers::Bytes(..) => &[],
        }
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
        match self.numbers {
            MapNumbers::F32(numbers) => copy(w, c, numbers, to, &|_, number| number),
            MapNumbers::Bytes(bytes, scales) => {
                copy(w, c, bytemuck::cast_slice(bytes), to, &|c, byte: u8| {
                    scales.number(c, byte)
                });
            }
        }
        left
    }
}

/// Rows of `w` pixels of `c` channels; `number` is what one of a channel means.
fn copy<T: Copy>(w: usize, c: usize, from: &[T], to: &mut [f32], number: &impl Fn(usize, T) -> f32) {
    let rows = from.chunks_exact((w * padded(c)).max(1));
    for (to, row) in to.chunks_mut((w * c).max(1)).zip(rows) {
        for (group, pixels) in row.chunks_exact(w * LANES).enumerate() {
            let first = group * LANES;
            let channels = LANES.min(c - first);
            for (pixel, to) in pixels.as_chunks::<LANES>().0.iter().zip(to.chunks_mut(c)) {
                if let Some(to) = to.get_mut(first..) {
                    for (lane, (to, from)) in to.iter_mut().zip(&pixel[..channels]).enumerate() {
                        *to = number(first + lane, *from);
                    }
                }
            }
        }
    }
}

/// Is shown the output of every layer that is written out: `stem`, `bottleneck 1` and so on, `last`.
///
/// `()` looks at nothing and costs nothing. A closure `|name: &str, map: MapView| ...` will do.
pub trait Observer {
    /// Called when the map is complete.
    fn map(&mut self, name: &'static str, map: MapView<'_>);

    /// Called with the logits of each pixel of a smaller map, from which those of the image's size are made: whether they shall be.
    #[doc(hidden)]
    fn enlarges(&mut self, _cpu: Cpu<'_>, _logits: MapView<'_>) -> bool {
        true
    }
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
