//! Folding batch norms and packing panels.
//!
//! What comes out is normal or zero: numbers below 2^-126, as weight decay leaves them in dead filters, are flushed, because
//! a core takes a hundred times as long to multiply them. In half precision subnormal numbers are kept: they are normal
//! when they are multiplied, in single precision. In int8, an output whose scale would be subnormal is zero.

use crate::kind::Kind;
use crate::manifest::PackedLayer;
use crate::values::{FileNumbers, all_finite};
use half::f16;
use mnv3_ir::{LANES, Layout, Packing};

/// Taps that are packed at a time: their lines stay in the first cache while the lanes are filled one after the other.
const BLOCK: usize = 64;

/// Writes a layer's packed weights and bias into the arena. `tensors` are those of the manifest, of the right shapes.
///
/// # Errors
/// The first output channel whose numbers are finite but whose folded or stored numbers are not.
pub(crate) fn pack(layer: &PackedLayer, tensors: &[FileNumbers<'_>], arena: &mut [u8]) -> Result<(), usize> {
    let (outputs, taps) = (layer.kind.output(), layer.kind.taps());
    let (weights, bias) = arena[layer.offset..][..layer.packed_bytes()].split_at_mut(layer.bias_offset());
    let weights = &mut weights[..layer.weights() * layer.packing.bytes()];
    let numbers: &mut [f32] = bytemuck::cast_slice_mut(bias);
    let (bias, scales) = numbers.split_at_mut((layer.scale_offset() - layer.bias_offset()) / size_of::<f32>());
    let weight = tensors[layer.weight].to_f32();
    let folded = fold(layer, tensors, outputs);
    let panels = weights.chunks_exact_mut(taps * LANES * layer.packing.bytes());
    let mut panel = vec![0.0; taps * LANES];
    for (p, ((stored, bias), folded)) in panels
        .zip(bias.chunks_exact_mut(LANES))
        .zip(folded.chunks(LANES))
        .enumerate()
    {
        for (to, &(_, shift)) in bias.iter_mut().zip(folded) {
            *to = normal(shift);
        }
        panel.fill(0.0);
        fill(layer, &weight, p * LANES, folded, &mut panel);
        let finite = match layer.packing {
            Packing::F32 => {
                bytemuck::cast_slice_mut(stored).copy_from_slice(&panel);
                all_finite(&panel)
            }
            Packing::F16 => halve(&panel, bytemuck::cast_slice_mut(stored)),
            Packing::I8 => {
                let scales = &mut scales[p * LANES..][..LANES];
                quantise(&panel, bytemuck::cast_slice_mut(stored), scales);
                all_finite(&panel)
            }
        };
        if !finite || !all_finite(bias) {
            let most = match layer.packing {
                Packing::F32 | Packing::I8 => f32::MAX,
                Packing::F16 => f16::MAX.to_f32(),
            };
            let fits = |number: f32| number.is_finite() && number.abs() <= most;
            let overflows =
                |lane: &usize| !bias[*lane].is_finite() || panel.iter().skip(*lane).step_by(LANES).any(|w| !fits(*w));
            return Err(p * LANES + (0..LANES).find(overflows).unwrap_or_default());
        }
    }
    Ok(())
}

/// One panel, `[taps][16]`: the outputs from `first` on, as many as there are in `folded`.
fn fill(layer: &PackedLayer, weight: &[f32], first: usize, folded: &[(f64, f64)], panel: &mut [f32]) {
    let (outputs, taps) = (layer.kind.output(), layer.kind.taps());
    for (block, lines) in panel.chunks_mut(BLOCK * LANES).enumerate() {
        let block = block * BLOCK..(block * BLOCK + BLOCK).min(taps);
        for (lane, &(scale, _)) in folded.iter().enumerate() {
            let out = first + lane;
            let to = lines.iter_mut().skip(lane).step_by(LANES);
            let scaled = |weight: f32| normal(f64::from(weight) * scale);
            match (layer.kind, layer.layout) {
                // Output after output in the file; taps go by ky, kx, input channel, and there by input channel first.
                (Kind::Dense { kh, kw, input, .. }, Layout::Oihw) if kh * kw > 1 => {
                    let row = &weight[out * taps..][..taps];
                    to.zip(block.clone())
                        .for_each(|(to, tap)| *to = scaled(row[tap % input * kh * kw + tap / input]));
                }
                (Kind::Dense { .. } | Kind::Depthwise { .. }, Layout::Oihw) => to
                    .zip(&weight[out * taps..][block.clone()])
                    .for_each(|(to, &from)| *to = scaled(from)),
                // All outputs of a tap together in the file.
                (Kind::Dense { .. } | Kind::Depthwise { .. }, Layout::Hwio) => to
                    .zip(weight[block.start * outputs + out..].iter().step_by(outputs))
                    .for_each(|(to, &from)| *to = scaled(from)),
            }
        }
    }
}

/// In single precision, or zero for what would be subnormal there.
fn normal(x: f64) -> f32 {
    if x.abs() < f64::from(f32::MIN_POSITIVE) {
        0.0
    } else {
        x as f32
    }
}

/// Rounds to half precision; whether all are finite there.
fn halve(numbers: &[f32], halves: &mut [u16]) -> bool {
    let mut finite = true;
    for (to, &number) in halves.iter_mut().zip(numbers) {
        let half = f16::from_f32(number);
        finite &= half.is_finite();
        *to = half.to_bits();
    }
    finite
}

/// Rounds a panel `[taps][16]` to multiples of a scale for each lane, which is its largest magnitude over 127 in single
/// precision: to the nearest, half to even.
fn quantise(panel: &[f32], stored: &mut [i8], scales: &mut [f32]) {
    let (lines, stored) = (panel.as_chunks::<LANES>().0, stored.as_chunks_mut::<LANES>().0);
    for (lane, scale) in scales.iter_mut().enumerate() {
        let most = lines.iter().fold(0.0f32, |most, line| most.max(line[lane].abs()));
        *scale = normal(f64::from(most / 127.0));
        for (to, line) in stored.iter_mut().zip(lines) {
            to[lane] = if *scale == 0.0 {
                0
            } else {
                (f64::from(line[lane]) / f64::from(*scale)).round_ties_even() as i8
            };
        }
    }
}

/// Scale and shift of every output channel: `y = (factor * conv + bias - mean) * gamma / sqrt(variance + epsilon) + beta`.
pub(crate) fn fold(layer: &PackedLayer, tensors: &[FileNumbers<'_>], outputs: usize) -> Vec<(f64, f64)> {
    let read = |tensor: usize| tensors[tensor].to_f32();
    let bias = layer.bias.map(read);
    let norm = layer.norm.map(|norm| {
        (
            norm.epsilon,
            [norm.gamma, norm.beta, norm.mean, norm.variance].map(read),
        )
    });
    let folded = |out: usize| {
        let bias = bias.as_ref().map_or(0.0, |bias| f64::from(bias[out]));
        let Some((epsilon, norm)) = &norm else {
            return (layer.factor, bias);
        };
        let [gamma, beta, mean, variance] = norm.each_ref().map(|values| f64::from(values[out]));
        let scale = gamma / (variance + epsilon).sqrt();
        (layer.factor * scale, beta + (bias - mean) * scale)
    };
    (0..outputs).map(folded).collect()
}
