//! Folding batch norms and packing panels.
//!
//! What comes out is normal or zero: numbers below 2^-126, as weight decay leaves them in dead filters, are flushed, because
//! a core takes a hundred times as long to multiply them. In half precision subnormal numbers are kept: they are normal
//! when they are multiplied, in single precision.

use crate::manifest::{Kind, Recipe};
use crate::values::{Values, all_finite};
use half::f16;
use mnv3_ir::{LANES, Layout};

/// Taps that are packed at a time: their lines stay in the first cache while the lanes are filled one after the other.
const BLOCK: usize = 64;

/// Writes a layer's packed weights and bias into the arena. `tensors` are those of the manifest, of the right shapes.
///
/// # Errors
/// The first output channel whose numbers are finite but whose folded or halved numbers are not.
pub(crate) fn pack(recipe: &Recipe, tensors: &[Values<'_>], arena: &mut [f32]) -> Result<(), usize> {
    let (outputs, taps) = (recipe.kind.output(), recipe.kind.taps());
    let (panels, bias) = arena[recipe.offset..][..recipe.packed_floats()].split_at_mut(recipe.weight_floats());
    let weight = tensors[recipe.weight].to_f32();
    let folded = fold(recipe, tensors, outputs);
    let panel_floats = panels.len() / outputs.div_ceil(LANES);
    let panels = panels.chunks_exact_mut(panel_floats);
    let mut whole = vec![0.0; if recipe.half { taps * LANES } else { 0 }];
    for (p, ((panel, bias), folded)) in panels
        .zip(bias.chunks_exact_mut(LANES))
        .zip(folded.chunks(LANES))
        .enumerate()
    {
        for (to, &(_, shift)) in bias.iter_mut().zip(folded) {
            *to = normal(shift);
        }
        let finite = if recipe.half {
            fill(recipe, &weight, p * LANES, folded, &mut whole);
            halve(&whole, panel)
        } else {
            fill(recipe, &weight, p * LANES, folded, panel);
            all_finite(panel)
        };
        if !finite || !all_finite(bias) {
            let panel = if recipe.half { &whole } else { &*panel };
            let most = if recipe.half { f16::MAX.to_f32() } else { f32::MAX };
            let fits = |number: f32| number.is_finite() && number.abs() <= most;
            let overflows =
                |lane: &usize| !bias[*lane].is_finite() || panel.iter().skip(*lane).step_by(LANES).any(|w| !fits(*w));
            return Err(p * LANES + (0..LANES).find(overflows).unwrap_or_default());
        }
    }
    Ok(())
}

/// One panel, `[taps][16]`: the outputs from `first` on, as many as there are in `folded`.
fn fill(recipe: &Recipe, weight: &[f32], first: usize, folded: &[(f64, f64)], panel: &mut [f32]) {
    let (outputs, taps) = (recipe.kind.output(), recipe.kind.taps());
    for (block, lines) in panel.chunks_mut(BLOCK * LANES).enumerate() {
        let block = block * BLOCK..(block * BLOCK + BLOCK).min(taps);
        for (lane, &(scale, _)) in folded.iter().enumerate() {
            let out = first + lane;
            let to = lines.iter_mut().skip(lane).step_by(LANES);
            let scaled = |weight: f32| normal(f64::from(weight) * scale);
            match (recipe.kind, recipe.layout) {
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

/// Rounds to half precision, two to a float; whether all are finite there.
fn halve(numbers: &[f32], halves: &mut [f32]) -> bool {
    let mut finite = true;
    for (to, [low, high]) in halves.iter_mut().zip(numbers.as_chunks().0) {
        let [low, high] = [f16::from_f32(*low), f16::from_f32(*high)];
        finite &= low.is_finite() & high.is_finite();
        *to = f32::from_bits(u32::from(low.to_bits()) | u32::from(high.to_bits()) << 16);
    }
    finite
}

/// Scale and shift of every output channel: `y = (conv + bias - mean) * gamma / sqrt(variance + epsilon) + beta`.
fn fold(recipe: &Recipe, tensors: &[Values<'_>], outputs: usize) -> Vec<(f64, f64)> {
    let read = |tensor: usize| tensors[tensor].to_f32();
    let bias = recipe.bias.map(read);
    let norm = recipe.norm.map(|norm| {
        (
            norm.epsilon,
            [norm.gamma, norm.beta, norm.mean, norm.variance].map(read),
        )
    });
    let folded = |out: usize| {
        let bias = bias.as_ref().map_or(0.0, |bias| f64::from(bias[out]));
        let Some((epsilon, norm)) = &norm else {
            return (1.0, bias);
        };
        let [gamma, beta, mean, variance] = norm.each_ref().map(|values| f64::from(values[out]));
        let scale = gamma / (variance + epsilon).sqrt();
        (scale, beta + (bias - mean) * scale)
    };
    (0..outputs).map(folded).collect()
}
