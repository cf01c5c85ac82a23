//! Maps of bytes, and layers as views of packed weights.

use super::super::layers::{Border, NoExpand, Pair, Residual, window};
use crate::engine::Engine;
use crate::int8_layer::{Int8Layer, int8_layer};
use crate::kernels::i8;
use crate::observer::{MapNumbers, MapView};
use mnv3_ir::int8::map_floats;
use mnv3_ir::{Act, Shape};
use mnv3_weights::Kind;
use ndarray::Array3;
use std::fmt;
use std::marker::PhantomData;

/// A feature map of `H` rows, `W` columns and `C` channels in a buffer of the workspace, in bytes; a byte of a channel stands
/// for `scale * (byte - zero point)`. Scales lie with the weights, for `'s`.
#[derive(Clone, Copy)]
pub struct Map<'m, 's, const H: usize, const W: usize, const C: usize> {
    pub(super) bytes: &'m [f32],
    pub(super) scales: i8::Scales<'s>,
}

impl<'m, 's: 'm, const H: usize, const W: usize, const C: usize> Map<'m, 's, H, W, C> {
    pub(super) const SHAPE: Shape = Shape { h: H, w: W, c: C };
    pub(super) const FLOATS: usize = map_floats(Self::SHAPE);

    /// The map as `H x W x C` in single precision, copied.
    #[must_use]
    pub fn to_array(&self) -> Array3<f32> {
        self.view().to_array()
    }

    /// What stands at row `y`, column `x`, channel `c`, or `None` outside the map.
    #[must_use]
    pub fn get(&self, y: usize, x: usize, c: usize) -> Option<f32> {
        self.view().get(y, x, c)
    }

    /// The same without its sizes in the type.
    #[must_use]
    pub fn view(&self) -> MapView<'m> {
        MapView {
            shape: [H, W, C],
            numbers: MapNumbers::Bytes(self.bytes, self.scales),
        }
    }
}

impl<const H: usize, const W: usize, const C: usize> fmt::Debug for Map<'_, '_, H, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Map {{ {H} x {W} x {C} in bytes }}")
    }
}

/// The first convolution, over all channels of the image.
#[derive(Clone, Copy, Debug)]
pub struct Stem<'a, const IN: usize, const OUT: usize, K, S, D, P> {
    pub(super) layer: Int8Layer<'a>,
    shape: PhantomData<(K, S, D, P)>,
}

impl<'a, const IN: usize, const OUT: usize, K: Pair, S: Pair, D: Pair, P: Border> Stem<'a, IN, OUT, K, S, D, P> {
    /// The layer whose packed weights start `offset` bytes into `engine`.
    #[must_use]
    pub fn at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        let [kh, kw] = K::HW;
        let (input, output) = (IN, OUT);
        Self {
            layer: int8_layer(engine, offset, Kind::Dense { kh, kw, input, output }, act),
            shape: PhantomData,
        }
    }
}

/// A 1x1 convolution.
#[derive(Clone, Copy, Debug)]
pub struct Pointwise<'a, const IN: usize, const OUT: usize>(pub(super) Int8Layer<'a>);

impl<'a, const IN: usize, const OUT: usize> Pointwise<'a, IN, OUT> {
    /// The layer whose packed weights start `offset` bytes into `engine`.
    #[must_use]
    pub fn at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        let kind = Kind::Dense {
            kh: 1,
            kw: 1,
            input: IN,
            output: OUT,
        };
        Self(int8_layer(engine, offset, kind, act))
    }
}

/// A depthwise convolution over `C` channels.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise<'a, const C: usize, K, S, D, P> {
    pub(super) layer: Int8Layer<'a>,
    shape: PhantomData<(K, S, D, P)>,
}

impl<'a, const C: usize, K: Pair, S: Pair, D: Pair, P: Border> Depthwise<'a, C, K, S, D, P> {
    /// The layer whose packed weights start `offset` bytes into `engine`.
    #[must_use]
    pub fn at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        let [kh, kw] = K::HW;
        Self {
            layer: int8_layer(engine, offset, Kind::Depthwise { kh, kw, channels: C }, act),
            shape: PhantomData,
        }
    }

    pub(super) fn kernel(&self) -> i8::Depthwise<'a> {
        self.layer.depthwise(window::<K, S, D, P>())
    }
}

/// What widens `IN` channels to `EXP` before the depthwise convolution.
pub trait Expansion<'a, const IN: usize, const EXP: usize> {
    #[doc(hidden)]
    const INPUT: Option<usize>;
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "nobody else implements it")]
    fn layer(self) -> Option<Int8Layer<'a>>;
}

impl<'a, const C: usize> Expansion<'a, C, C> for NoExpand {
    const INPUT: Option<usize> = None;
    #[expect(private_interfaces, reason = "nobody else implements it")]
    fn layer(self) -> Option<Int8Layer<'a>> {
        None
    }
}

impl<'a, const IN: usize, const EXP: usize> Expansion<'a, IN, EXP> for Pointwise<'a, IN, EXP> {
    const INPUT: Option<usize> = Some(IN);
    #[expect(private_interfaces, reason = "nobody else implements it")]
    fn layer(self) -> Option<Int8Layer<'a>> {
        Some(self.0)
    }
}

/// Adds another map: of a block whose expansion stands before it, the map that was expanded.
#[derive(Clone, Copy, Debug)]
pub struct AddMap<'m, 's, const H: usize, const W: usize, const C: usize>(pub Map<'m, 's, H, W, C>);

impl<'a, 's, const H: usize, const W: usize, const IN: usize, const AH: usize, const AW: usize, const AC: usize>
    Residual<'a, H, W, IN> for AddMap<'a, 's, AH, AW, AC>
{
    const ADDED: Option<[usize; 3]> = Some([AH, AW, AC]);
    fn added(self, _: &'a [f32]) -> Option<&'a [f32]> {
        Some(self.0.bytes)
    }
}
