//! Maps that are gated, added and resized.

use super::layers::{Border, Depthwise, Pair, window};
use super::map::{Map, Vector};
use super::shapes;
use crate::cpu::Cpu;
use crate::kernels::{self, GateForm};
use crate::observer::Observer;
use mnv3_ir::{Act, depthwise_scratch, padded, resize_scratch};

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
    kernels::gate(cpu, GateForm::Sigmoid, [H, W], C, input.0, vector.0, output);
    Map(output)
}

/// A map, each channel times its number of a vector.
#[inline]
pub fn scale<'o, const H: usize, const W: usize, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    vector: Vector<'_, C>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, H, W, C> {
    const { assert!(BUFFER >= Map::<H, W, C>::FLOATS, "scale: the buffer is too small") };
    let output = &mut output[..Map::<H, W, C>::FLOATS];
    kernels::gate(cpu, GateForm::Plain, [H, W], C, input.0, vector.0, output);
    Map(output)
}

/// A non-linearity of each number of a map.
#[inline]
pub fn activate<'o, const H: usize, const W: usize, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    act: Act,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, H, W, C> {
    const { assert!(BUFFER >= Map::<H, W, C>::FLOATS, "activate: the buffer is too small") };
    let output = &mut output[..Map::<H, W, C>::FLOATS];
    kernels::activate(cpu, H, act, input.0, output);
    Map(output)
}

/// A non-linearity of each number of a vector.
#[inline]
pub fn activate_vector<'o, const C: usize, const BUFFER: usize>(
    cpu: Cpu<'_>,
    input: Vector<'_, C>,
    act: Act,
    output: &'o mut [f32; BUFFER],
) -> Vector<'o, C> {
    const { assert!(BUFFER >= padded(C), "activate: the buffer is too small") };
    let output = &mut output[..padded(C)];
    kernels::activate(cpu, 1, act, input.0, output);
    Vector(output)
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
        let floats = resize_scratch(Map::<OH, OW, C>::SHAPE);
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

/// Logits at the height and width of the image, bilinear; not computed where the observer makes do with the map that they are made of.
#[inline]
pub fn enlarge<
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
    observer: &mut impl Observer,
) -> Map<'o, OH, OW, C> {
    if observer.enlarges(cpu, input.view()) {
        resize(cpu, input, output, scratch)
    } else {
        Map(&output[..Map::<OH, OW, C>::FLOATS])
    }
}

/// A depthwise convolution by itself.
#[inline]
pub fn depthwise<
    'o,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    const BUFFER: usize,
    const SCRATCH: usize,
    K: Pair,
    S: Pair,
    D: Pair,
    P: Border,
>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    layer: Depthwise<'_, C, K, S, D, P>,
    output: &'o mut [f32; BUFFER],
    scratch: &mut [f32; SCRATCH],
) -> Map<'o, OH, OW, C> {
    let floats = const {
        let window = window::<K, S, D, P>();
        shapes::follow(&window, [H, W], [OH, OW]);
        assert!(BUFFER >= Map::<OH, OW, C>::FLOATS, "depthwise: the buffer is too small");
        let floats = depthwise_scratch(Map::<H, W, C>::SHAPE, &window);
        assert!(SCRATCH >= floats, "depthwise: the scratch is too small");
        floats
    };
    let output = &mut output[..Map::<OH, OW, C>::FLOATS];
    let map = kernels::DepthwiseLayer {
        layer: &layer.layer,
        input: [H, W],
        output: [OH, OW],
        channels: C,
    };
    kernels::depthwise_map(cpu, &map, input.0, output, &mut scratch[..floats]);
    Map(output)
}

/// A map of four times the channels to one of twice the height and width.
#[inline]
pub fn pixel_shuffle<
    'o,
    const H: usize,
    const W: usize,
    const C: usize,
    const OH: usize,
    const OW: usize,
    const OC: usize,
    const BUFFER: usize,
>(
    cpu: Cpu<'_>,
    input: Map<'_, H, W, C>,
    output: &'o mut [f32; BUFFER],
) -> Map<'o, OH, OW, OC> {
    const {
        assert!(
            OH == 2 * H && OW == 2 * W && C == 4 * OC,
            "pixel shuffle: the sizes do not fit"
        );
        assert!(
            BUFFER >= Map::<OH, OW, OC>::FLOATS,
            "pixel shuffle: the buffer is too small"
        );
    }
    let output = &mut output[..Map::<OH, OW, OC>::FLOATS];
    let shuffle = kernels::PixelShuffle {
        input: [H, W],
        channels: OC,
    };
    kernels::pixel_shuffle(cpu, &shuffle, input.0, output);
    Map(output)
}
