//! Folding batch norms and packing panels.

use crate::layout::{LANES, padded};
use crate::manifest::{Kind, Layout, Recipe};
use crate::values::{Values, all_finite};

/// Writes a layer's packed weights and bias into the arena. `tensors` are those of the manifest, of the right shapes.
///
/// # Errors
/// The first output channel whose numbers are finite but whose folded numbers are not.
pub(crate) fn pack(recipe: &Recipe, tensors: &[Values<'_>], arena: &mut [f32]) -> Result<(), usize> {
    let kind = recipe.kind;
    let (outputs, taps) = (kind.output(), kind.taps());
    let (panels, bias) = arena[recipe.offset..][..kind.packed_floats()].split_at_mut(padded(outputs) * taps);
    let weight = tensors[recipe.weight].to_f32();
    let folded = fold(recipe, tensors, outputs);
    for (out, &(scale, shift)) in folded.iter().enumerate() {
        let panel = &mut panels[out / LANES * taps * LANES..][..taps * LANES];
        let lane = panel.iter_mut().skip(out % LANES).step_by(LANES);
        let scaled = |weight: f32| (f64::from(weight) * scale) as f32;
        match (kind, recipe.layout) {
            // Output after output in the file; taps go by ky, kx, input channel, and there by input channel first.
            (Kind::Dense { kh, kw, input, .. }, Layout::Oihw) if kh * kw > 1 => {
                let row = &weight[out * taps..][..taps];
                for (tap, to) in lane.enumerate() {
                    *to = scaled(row[tap % input * kh * kw + tap / input]);
                }
            }
            (Kind::Dense { .. } | Kind::Depthwise { .. }, Layout::Oihw) => {
                lane.zip(&weight[out * taps..][..taps])
                    .for_each(|(to, &from)| *to = scaled(from));
            }
            // All outputs of a tap together in the file.
            (Kind::Dense { .. } | Kind::Depthwise { .. }, Layout::Hwio) => {
                lane.zip(weight[out..].iter().step_by(outputs))
                    .for_each(|(to, &from)| *to = scaled(from));
            }
        }
        bias[out] = shift as f32;
    }
    if all_finite(panels) && all_finite(bias) {
        return Ok(());
    }
    let overflows = |out: &usize| {
        let panel = &panels[out / LANES * taps * LANES..][..taps * LANES];
        !bias[*out].is_finite() || panel.iter().skip(out % LANES).step_by(LANES).any(|w| !w.is_finite())
    };
    Err((0..outputs).find(overflows).unwrap_or_default())
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
