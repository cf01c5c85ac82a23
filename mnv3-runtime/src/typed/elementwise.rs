//! Maps that are gated, added and resized.

use super::map::{Map, Vector};
use crate::cpu::Cpu;
use crate::kernels;
use mnv3_ir::{Shape, resize_scratch};

/// A map, each channel times the sigmoid of its number of a vector.
#[inline]
pub fn gate<'o, const H: usize, const W: usize, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    vector: Vector<'_, C>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, H, W, C> {
    const { assert!(BUFFER >= Map::<H, W, C>::FLOATS, "gate: the buffer is too small") };
    let output = &mut output[..Map::<H, W, C>::FLOATS];
    kernels::gate(cpu, [H, W], C, input.0, vector.0, output);
    Map(output)
}

/// The sum of two maps.
#[inline]
pub fn add<'o, const H: usize, const W: usize, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    one: Map<'_, H, W, C>,
    other: Map<'_, H, W, C>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, H, W, C> {
    const { assert!(BUFFER >= Map::<H, W, C>::FLOATS, "add: the buffer is too small") };
    let output = &mut output[..Map::<H, W, C>::FLOATS];
    kernels::add(cpu, H, [one.0, other.0], output);
    Map(output)
}

/// A map at another height and width, bilinear.
#[inline]
pub fn resize<
    'o,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    const BUFFER: usize,
    const SCRATCH: usize,
>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, OH, OW, C> {
    let floats = const {
        assert!(BUFFER >= Map::<OH, OW, C>::FLOATS, "resize: the buffer is too small");
        let floats = resize_scratch(Shape { h: OH, w: OW, c: C });
        assert!(SCRATCH >= floats, "resize: the scratch is too small");
        floats
    };
    let output = &mut output[..Map::<OH, OW, C>::FLOATS];
    let resize = kernels::ResizePlan {
        input: [H, W],
        output: [OH, OW],
        channels: C,
    };
    kernels::resize(cpu, &resize, input.0, output, &mut scratch[..floats]);
    Map(output)
}
