//! Folding batch norms and packing panels.

use crate::layout::{LANES, padded};
use crate::manifest::{Kind, Layout, Recipe};

/// Writes a layer's packed weights and bias into the arena. `tensors` are those of the manifest, of the right shapes.
///
/// # Errors
/// The first output channel whose numbers are finite but whose folded numbers are not.
pub(crate) fn pack(recipe: &Recipe, tensors: &[Vec<f32>], arena: &mut [f32]) -> Result<(), usize> {
    let kind = recipe.kind;
    let (outputs, taps) = (kind.output(), kind.taps());
    let (panels, bias) = arena[recipe.offset..][..kind.packed_floats()].split_at_mut(padded(outputs) * taps);
    let weight = &tensors[recipe.weight];
    for out in 0..outputs {
        let (scale, shift) = fold(recipe, tensors, out);
        let mut finite = true;
        let panel = &mut panels[out / LANES * taps * LANES..][..taps * LANES];
        for (tap, lanes) in panel.chunks_exact_mut(LANES).enumerate() {
            let folded = (f64::from(weight[source(kind, recipe.layout, out, tap)]) * scale) as f32;
            finite &= folded.is_finite();
            lanes[out % LANES] = folded;
        }
        bias[out] = shift as f32;
        if !(finite && bias[out].is_finite()) {
            return Err(out);
        }
    }
    Ok(())
}

/// Scale and shift of one output channel: `y = (conv + bias - mean) * gamma / sqrt(variance + epsilon) + beta`.
fn fold(recipe: &Recipe, tensors: &[Vec<f32>], out: usize) -> (f64, f64) {
    let at = |tensor: usize| f64::from(tensors[tensor][out]);
    let bias = recipe.bias.map_or(0.0, at);
    match &recipe.norm {
        None => (1.0, bias),
        Some(norm) => {
            let scale = at(norm.gamma) / (at(norm.variance) + norm.epsilon).sqrt();
            (scale, at(norm.beta) + (bias - at(norm.mean)) * scale)
        }
    }
}

/// Where in the file's kernel the weight of output `out` and tap `tap` lies; taps go by ky, kx, input channel.
fn source(kind: Kind, layout: Layout, out: usize, tap: usize) -> usize {
    match (kind, layout) {
        (Kind::Dense { kh, kw, input, .. }, Layout::Oihw) => {
            let (position, channel) = (tap / input, tap % input);
            (out * input + channel) * kh * kw + position
        }
        (Kind::Depthwise { kh, kw, .. }, Layout::Oihw) => out * kh * kw + tap,
        (Kind::Dense { output, .. }, Layout::Hwio) => tap * output + out,
        (Kind::Depthwise { channels, .. }, Layout::Hwio) => tap * channels + out,
    }
}
