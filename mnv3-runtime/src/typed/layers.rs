//! Layers as views of packed weights, with their sizes as const parameters.

use super::map::Map;
use crate::engine::Engine;
use crate::layer;
use mnv3_ir::{Act, Packing, Window};

/// Two numbers, for height and width.
pub trait Pair {
    /// Both.
    const HW: [usize; 2];
}

/// Kernel height and width.
#[derive(Clone, Copy, Debug)]
pub struct Kernel<const H: usize, const W: usize>;
/// Stride down and across.
#[derive(Clone, Copy, Debug)]
pub struct Stride<const H: usize, const W: usize>;
/// Dilation down and across.
#[derive(Clone, Copy, Debug)]
pub struct Dilation<const H: usize, const W: usize>;
/// Rows of zeros above and below, columns of zeros left and right.
#[derive(Clone, Copy, Debug)]
pub struct Padding<const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize>;

impl<const H: usize, const W: usize> Pair for Kernel<H, W> {
    const HW: [usize; 2] = [H, W];
}
impl<const H: usize, const W: usize> Pair for Stride<H, W> {
    const HW: [usize; 2] = [H, W];
}
impl<const H: usize, const W: usize> Pair for Dilation<H, W> {
    const HW: [usize; 2] = [H, W];
}

/// Zero padding of both axes.
pub trait Border {
    /// Above, below.
    const H: [usize; 2];
    /// Left, right.
    const W: [usize; 2];
}

impl<const TOP: usize, const BOTTOM: usize, const LEFT: usize, const RIGHT: usize> Border
    for Padding<TOP, BOTTOM, LEFT, RIGHT>
{
    const H: [usize; 2] = [TOP, BOTTOM];
    const W: [usize; 2] = [LEFT, RIGHT];
}

/// The window that four marker types describe.
pub(super) const fn window<K: Pair, S: Pair, D: Pair, P: Border>() -> Window {
    Window {
        kernel: K::HW,
        stride: S::HW,
        dilation: D::HW,
        pad_h: P::H,
        pad_w: P::W,
    }
}

/// The first convolution, over all channels of the image.
#[derive(Clone, Copy, Debug)]
pub struct Stem<'a, const IN: usize, const OUT: usize, K, S, D, P> {
    pub(super) dense: layer::Dense<'a>,
    shape: std::marker::PhantomData<(K, S, D, P)>,
}

impl<'a, const IN: usize, const OUT: usize, K: Pair, S: Pair, D: Pair, P: Border> Stem<'a, IN, OUT, K, S, D, P> {
    /// The layer whose packed weights start `offset` bytes into `engine`.
    #[must_use]
    pub fn at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        let taps = K::HW[0] * K::HW[1];
        Self {
            dense: layer::dense(engine, offset, [taps * IN, OUT], Packing::F32, act),
            shape: std::marker::PhantomData,
        }
    }
}

/// A 1x1 convolution or linear layer.
#[derive(Clone, Copy, Debug)]
pub struct Pointwise<'a, const IN: usize, const OUT: usize>(pub(super) layer::Dense<'a>);

impl<'a, const IN: usize, const OUT: usize> Pointwise<'a, IN, OUT> {
    /// The layer whose packed weights start `offset` bytes into `engine`.
    #[must_use]
    pub fn at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        Self(layer::dense(engine, offset, [IN, OUT], Packing::F32, act))
    }

    /// The same with weights in half precision: for a matrix that one vector is multiplied with.
    #[must_use]
    pub fn f16_at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        Self(layer::dense(engine, offset, [IN, OUT], Packing::F16, act))
    }

    /// The same with weights in int8, with a scale for each output: likewise.
    #[must_use]
    pub fn i8_at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        Self(layer::dense(engine, offset, [IN, OUT], Packing::I8, act))
    }
}

/// A depthwise convolution over `C` channels.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise<'a, const C: usize, K, S, D, P> {
    pub(super) layer: layer::Depthwise<'a>,
    shape: std::marker::PhantomData<(K, S, D, P)>,
}

impl<'a, const C: usize, K: Pair, S: Pair, D: Pair, P: Border> Depthwise<'a, C, K, S, D, P> {
    /// The layer whose packed weights start `offset` bytes into `engine`.
    #[must_use]
    pub fn at(engine: &'a Engine, offset: usize, act: Act) -> Self {
        let layer = layer::depthwise(engine, offset, C, window::<K, S, D, P>(), act);
        Self {
            layer,
            shape: std::marker::PhantomData,
        }
    }
}

/// What widens `IN` channels to `EXP` before the depthwise convolution.
pub trait Expansion<'a, const IN: usize, const EXP: usize> {
    #[doc(hidden)]
    const INPUT: Option<usize>;
    #[doc(hidden)]
    fn dense(self) -> Option<layer::Dense<'a>>;
}

/// No expand convolution: exp equals the incoming channels.
#[derive(Clone, Copy, Debug)]
pub struct NoExpand;

impl<'a, const C: usize> Expansion<'a, C, C> for NoExpand {
    const INPUT: Option<usize> = None;
    fn dense(self) -> Option<layer::Dense<'a>> {
        None
    }
}

impl<'a, const IN: usize, const EXP: usize> Expansion<'a, IN, EXP> for Pointwise<'a, IN, EXP> {
    const INPUT: Option<usize> = Some(IN);
    fn dense(self) -> Option<layer::Dense<'a>> {
        Some(self.0)
    }
}

/// What scales the `C` channels after the depthwise convolution.
pub trait Gate<'a, const C: usize> {
    #[doc(hidden)]
    const SQUEEZE: Option<usize>;
    #[doc(hidden)]
    fn gate(self) -> Option<layer::Gate<'a>>;
}

/// No squeeze-excite.
#[derive(Clone, Copy, Debug)]
pub struct NoGate;

impl<'a, const C: usize> Gate<'a, C> for NoGate {
    const SQUEEZE: Option<usize> = None;
    fn gate(self) -> Option<layer::Gate<'a>> {
        None
    }
}

/// Squeeze-excite: the map's mean, reduced to `SQUEEZE` channels, expanded to one gate for each of `C`.
#[derive(Clone, Copy, Debug)]
pub struct SqueezeExcite<'a, const C: usize, const SQUEEZE: usize> {
    /// Mean to squeezed vector.
    pub reduce: Pointwise<'a, C, SQUEEZE>,
    /// Squeezed vector to gate.
    pub expand: Pointwise<'a, SQUEEZE, C>,
}

impl<'a, const C: usize, const SQUEEZE: usize> Gate<'a, C> for SqueezeExcite<'a, C, SQUEEZE> {
    const SQUEEZE: Option<usize> = Some(SQUEEZE);
    fn gate(self) -> Option<layer::Gate<'a>> {
        Some(layer::Gate {
            reduce: self.reduce.0,
            expand: self.expand.0,
        })
    }
}

/// The layers of an inverted residual block, and what is added to its output.
#[derive(Clone, Copy, Debug)]
pub struct InvertedResidual<E, D, G, P, R> {
    /// [`Pointwise`] or [`NoExpand`].
    pub expand: E,
    /// [`Depthwise`].
    pub depthwise: D,
    /// [`SqueezeExcite`] or [`NoGate`].
    pub gate: G,
    /// [`Pointwise`].
    pub project: P,
    /// [`AddInput`], [`AddMap`] or [`NoResidual`].
    pub residual: R,
}

/// What a block with an input of `H x W x IN` adds to its output.
pub trait Residual<'a, const H: usize, const W: usize, const IN: usize> {
    /// Height, width and channels of the map that is added, if one is.
    #[doc(hidden)]
    const ADDED: Option<[usize; 3]>;
    #[doc(hidden)]
    fn added(self, input: &'a [f32]) -> Option<&'a [f32]>;
}

/// Adds the block's input: strides are 1 and channels equal.
#[derive(Clone, Copy, Debug)]
pub struct AddInput;
/// Adds another map: of a block whose expansion stands before it, the map that was expanded.
#[derive(Clone, Copy, Debug)]
pub struct AddMap<'a, const H: usize, const W: usize, const C: usize>(pub Map<'a, H, W, C>);
/// Adds nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoResidual;

impl<'a, const H: usize, const W: usize, const IN: usize> Residual<'a, H, W, IN> for AddInput {
    const ADDED: Option<[usize; 3]> = Some([H, W, IN]);
    fn added(self, input: &'a [f32]) -> Option<&'a [f32]> {
        Some(input)
    }
}
impl<'a, const H: usize, const W: usize, const IN: usize, const AH: usize, const AW: usize, const AC: usize>
    Residual<'a, H, W, IN> for AddMap<'a, AH, AW, AC>
{
    const ADDED: Option<[usize; 3]> = Some([AH, AW, AC]);
    fn added(self, _: &'a [f32]) -> Option<&'a [f32]> {
        Some(self.0.0)
    }
}
impl<'a, const H: usize, const W: usize, const IN: usize> Residual<'a, H, W, IN> for NoResidual {
    const ADDED: Option<[usize; 3]> = None;
    fn added(self, _: &'a [f32]) -> Option<&'a [f32]> {
        None
    }
}
