//! The steps of a forward function.

use super::layers::{Border, Depthwise, Expansion, Gate, InvertedResidual, Pair, Pointwise, Residual, Stem, window};
use super::map::{Image, Map, Vector};
use super::shapes;
use crate::cpu::Cpu;
use crate::kernels;
use crate::layer::Block;
use mnv3_ir::{BlockPlan, BlockSizes, Pool, padded, stem_scratch};

/// `H x W x IN` image to `OH x OW x OUT` map.
#[inline]
pub fn stem<
    'o,
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
    layer: Stem<'_, IN, OUT, K, S, D, P>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, OH, OW, OUT>
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
            SCRATCH >= stem_scratch(OW, &window, IN),
            "stem: the scratch is too small"
        );
    }
    let output = &mut output[..Map::<OH, OW, OUT>::FLOATS];
    let stem = kernels::Stem {
        dense: &layer.dense,
        window: window::<K, S, D, P>(),
        input: [H, W],
        channels: IN,
        output: [OH, OW],
    };
    kernels::stem(cpu, &stem, image.0, output, scratch);
    Map(output)
}

/// An inverted residual block: expand, depthwise, squeeze-excite, project, and what `R` says is added.
#[inline]
pub fn inverted_residual<
    'a,
    'o,
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
    input: Map<'a, H, W, IN>,
    block: InvertedResidual<E, Depthwise<'a, EXP, K, S, D, P>, G, Pointwise<'a, EXP, OUT>, R>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, OH, OW, OUT>
where
    E: Expansion<'a, IN, EXP>,
    K: Pair,
    S: Pair,
    D: Pair,
    P: Border,
    G: Gate<'a, EXP>,
    R: Residual<'a, H, W, IN>,
{
    let plan = const {
        let sizes = BlockSizes {
            input: [H, W],
            output: [OH, OW],
            window: window::<K, S, D, P>(),
            expand: E::INPUT,
            channels: EXP,
            squeeze: G::SQUEEZE,
            project: OUT,
        };
        let plan = BlockPlan::new(shapes::block(sizes, R::ADDED));
        assert!(BUFFER >= Map::<OH, OW, OUT>::FLOATS, "block: the buffer is too small");
        assert!(SCRATCH >= plan.scratch.floats, "block: the scratch is too small");
        plan
    };
    let block = Block {
        plan,
        expand: block.expand.dense(),
        depthwise: block.depthwise.layer,
        gate: block.gate.gate(),
        project: block.project.0,
        added: block.residual.added(input.0),
    };
    let output = &mut output[..Map::<OH, OW, OUT>::FLOATS];
    let scratch = &mut scratch[..block.plan.scratch.floats];
    kernels::inverted_residual(cpu, &block, input.0, output, scratch);
    Map(output)
}

/// A 1x1 convolution over a whole map.
#[inline]
pub fn pointwise<'o, const H: usize, const W: usize, const IN: usize, const OUT: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, IN>,
    layer: Pointwise<'_, IN, OUT>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, H, W, OUT> {
    const { assert!(BUFFER >= Map::<H, W, OUT>::FLOATS, "pointwise: the buffer is too small") };
    let output = &mut output[..Map::<H, W, OUT>::FLOATS];
    kernels::pointwise_map(cpu, &layer.0, [H, W], input.0, output);
    Map(output)
}

/// A map to one number a channel.
#[inline]
pub fn global_pool<'o, const H: usize, const W: usize, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    pool: Pool,
    output: &'o mut [f32; BUFFER],
) -> Vector<'o, C> {
    const { assert!(BUFFER >= padded(C), "pool: the buffer is too small") };
    let output = &mut output[..padded(C)];
    match pool {
        Pool::Avg => kernels::pool_avg(cpu.level, [H, W], C, input.0, output),
        Pool::Max => kernels::pool_max(cpu.level, [H, W], C, input.0, output),
    }
    Vector(output)
}

/// The wide layer of the head.
#[inline]
pub fn hidden<'o, const IN: usize, const OUT: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Vector<'_, IN>,
    layer: Pointwise<'_, IN, OUT>,
    output: &'o mut [f32; BUFFER],
) -> Vector<'o, OUT> {
    const { assert!(BUFFER >= padded(OUT), "head: the buffer is too small") };
    let output = &mut output[..padded(OUT)];
    kernels::linear(cpu, &layer.0, input.0, output);
    Vector(output)
}

/// The last layer: scores, written to the caller's array.
#[inline]
pub fn classes<const IN: usize, const OUT: usize, const SCRATCH: usize>(
    cpu: Cpu<'_>,
    input: Vector<'_, IN>,
    layer: Pointwise<'_, IN, OUT>,
    scratch: &mut [f32; SCRATCH],
    scores: &mut [f32; OUT],
) {
    const { assert!(SCRATCH >= padded(OUT), "classes: the scratch is too small") };
    let padded_scores = &mut scratch[..padded(OUT)];
    kernels::linear(cpu, &layer.0, input.0, padded_scores);
    scores.copy_from_slice(&padded_scores[..OUT]);
}

/// Scores to probabilities that add up to 1.
#[inline]
pub fn softmax(scores: &mut [f32]) {
    kernels::softmax(scores);
}

/// Scores to a probability each.
#[inline]
pub fn sigmoid(scores: &mut [f32]) {
    kernels::sigmoid(scores);
}

/// A vector to the caller's array.
#[inline]
pub fn flatten<const C: usize>(input: Vector<'_, C>, output: &mut [f32; C]) {
    output.copy_from_slice(&input.0[..C]);
}
