//! The steps of a forward function.

use super::super::layers::{self, Border, Gate, InvertedResidual, Kernel, Pair, Residual, Stride, window};
use super::super::map::{Image, Vector};
use super::super::shapes;
use super::layers::{Depthwise, Expansion, Map, Pointwise, Stem};
use crate::by_value;
use crate::cpu::Cpu;
use crate::kernels::i8::{self, Gated};
use mnv3_ir::int8::{block_scratch, pointwise_scratch, stem_scratch};
use mnv3_ir::{BlockSizes, Pool, Shape, padded};

/// `H x W x IN` image to `OH x OW x OUT` map.
#[inline]
pub fn stem<
    'o,
    's,
    const H: usize,
    const W: usize,
    const IN: usize,
    const OUT: usize,
    K,
    S,
    D,
    P,
    const OH: usize,
    const OW: usize,
    const BUFFER: usize,
    const SCRATCH: usize,
>(
    cpu: Cpu<'_>,
    image: Image<'_, H, W, IN>,
    layer: Stem<'s, IN, OUT, K, S, D, P>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, 's, OH, OW, OUT>
where
    K: Pair,
    S: Pair,
    D: Pair,
    P: Border,
{
    const {
        let window = window::<K, S, D, P>();
        shapes::follow(&window, [H, W], [OH, OW]);
        assert!(BUFFER >= Map::<OH, OW, OUT>::FLOATS, "stem: the buffer is too small");
        assert!(
            SCRATCH >= stem_scratch([H, W], IN, &window),
            "stem: the scratch is too small"
        );
    }
    let bytes = &mut output[..Map::<OH, OW, OUT>::FLOATS];
    let from = Shape { h: H, w: W, c: IN };
    let stem = i8::Stem::new(layer.layer, window::<K, S, D, P>(), from, Map::<OH, OW, OUT>::SHAPE);
    i8::stem(cpu, &stem, image.0, bytes, scratch);
    let scales = layer.layer.output;
    Map { bytes, scales }
}

/// An inverted residual block: expand, depthwise, squeeze-excite, project, and what `R` says is added.
#[inline]
pub fn inverted_residual<
    'a,
    'o,
    's,
    const H: usize,
    const W: usize,
    const IN: usize,
    const EXP: usize,
    const OUT: usize,
    E,
    K,
    S,
    D,
    P,
    G,
    R,
    const OH: usize,
    const OW: usize,
    const BUFFER: usize,
    const SCRATCH: usize,
>(
    cpu: Cpu<'_>,
    input: Map<'a, '_, H, W, IN>,
    block: InvertedResidual<E, Depthwise<'s, EXP, K, S, D, P>, G, Pointwise<'s, EXP, OUT>, R>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, 's, OH, OW, OUT>
where
    E: Expansion<'s, IN, EXP>,
    K: Pair,
    S: Pair,
    D: Pair,
    P: Border,
    G: Gate<'s, EXP>,
    R: Residual<'a, H, W, IN>,
{
    let sizes = const {
        let sizes = BlockSizes {
            input: [H, W],
            output: [OH, OW],
            window: window::<K, S, D, P>(),
            expand: E::INPUT,
            channels: EXP,
            squeeze: G::SQUEEZE,
            project: OUT,
        };
        let sizes = shapes::block(sizes, R::ADDED);
        assert!(BUFFER >= Map::<OH, OW, OUT>::FLOATS, "block: the buffer is too small");
        assert!(SCRATCH >= block_scratch(&sizes), "block: the scratch is too small");
        sizes
    };
    let (depthwise, project) = (&block.depthwise.layer, &block.project.0);
    let call = i8::Block {
        sizes: &sizes,
        expand: block.expand.layer().map(|layer| layer.pointwise()),
        depthwise: block.depthwise.kernel(),
        gate: block.gate.gate().map(|gate| Gated::new(gate, depthwise, project)),
        project: project.pointwise(),
        added: block.residual.added(input.bytes),
    };
    let bytes = &mut output[..Map::<OH, OW, OUT>::FLOATS];
    let scratch = &mut scratch[..block_scratch(&sizes)];
    i8::inverted_residual(cpu, &call, input.bytes, bytes, scratch);
    let scales = project.output;
    Map { bytes, scales }
}

/// A 1x1 convolution over a whole map.
#[inline]
pub fn pointwise<
    'o,
    's,
    const H: usize,
    const W: usize,
    const IN: usize,
    const OUT: usize,
    const BUFFER: usize,
    const SCRATCH: usize,
>(
    cpu: Cpu<'_>,
    input: Map<'_, '_, H, W, IN>,
    layer: Pointwise<'s, IN, OUT>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, 's, H, W, OUT> {
    const {
        assert!(BUFFER >= Map::<H, W, OUT>::FLOATS, "pointwise: the buffer is too small");
        assert!(
            SCRATCH >= pointwise_scratch([H, W], IN),
            "pointwise: the scratch is too small"
        );
    };
    let bytes = &mut output[..Map::<H, W, OUT>::FLOATS];
    let scratch = &mut scratch[..pointwise_scratch([H, W], IN)];
    i8::pointwise_map(cpu, &layer.0.pointwise(), [H, W], OUT, input.bytes, bytes, scratch);
    let scales = layer.0.output;
    Map { bytes, scales }
}

/// A pool over windows of `KH x KW`, without padding; what does not fill a window at the end is left out. Scales stay.
#[inline]
pub fn window_pool<
    'o,
    's: 'o,
    const H: usize,
    const W: usize,
    const C: usize,
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const OH: usize,
    const OW: usize,
    const BUFFER: usize,
>(
    _: Cpu<'_>,
    input: Map<'_, 's, H, W, C>,
    pool: Pool,
    _: Kernel<KH, KW>,
    _: Stride<SH, SW>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, 's, OH, OW, C> {
    const {
        shapes::pooled([KH, KW], [SH, SW], [H, W], [OH, OW]);
        assert!(BUFFER >= Map::<OH, OW, C>::FLOATS, "pool: the buffer is too small");
    }
    let bytes = &mut output[..Map::<OH, OW, C>::FLOATS];
    let pool = by_value::window(
        pool,
        [[KH, KW], [SH, SW]],
        [Map::<H, W, C>::SHAPE, Map::<OH, OW, C>::SHAPE],
    );
    i8::window_pool(&pool, input.bytes, bytes);
    let scales = input.scales;
    Map { bytes, scales }
}

/// A map to one number a channel, in single precision.
#[inline]
pub fn global_pool<'o, const H: usize, const W: usize, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Map<'_, '_, H, W, C>,
    pool: Pool,
    output: &'o mut [f32; BUFFER],
) -> Vector<'o, C> {
    const { assert!(BUFFER >= padded(C), "pool: the buffer is too small") };
    let output = &mut output[..padded(C)];
    i8::global_pool(cpu, pool, [H, W], input.scales, input.bytes, output);
    Vector(output)
}

/// The wide layer of the head, in single precision.
#[inline]
pub fn hidden<'o, const IN: usize, const OUT: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Vector<'_, IN>,
    layer: layers::Pointwise<'_, IN, OUT>,
    output: &'o mut [f32; BUFFER],
) -> Vector<'o, OUT> {
    const { assert!(BUFFER >= padded(OUT), "head: the buffer is too small") };
    let output = &mut output[..padded(OUT)];
    i8::linear(cpu, &layer.0, input.0, output);
    Vector(output)
}

/// The last layer, in single precision: scores, written to the caller's array.
#[inline]
pub fn classes<const IN: usize, const OUT: usize, const SCRATCH: usize>(
    cpu: Cpu<'_>,
    input: Vector<'_, IN>,
    layer: layers::Pointwise<'_, IN, OUT>,
    scratch: &mut [f32; SCRATCH],
    scores: &mut [f32; OUT],
) {
    const { assert!(SCRATCH >= padded(OUT), "classes: the scratch is too small") };
    let padded_scores = &mut scratch[..padded(OUT)];
    i8::linear(cpu, &layer.0, input.0, padded_scores);
    scores.copy_from_slice(&padded_scores[..OUT]);
}
