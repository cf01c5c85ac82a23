//! Convolutions in eight bits, from float weights and the scales of the maps around them: the arithmetic of docs/int8.md.

use crate::arena::Arena;
use crate::error::{Problem, WeightsError};
use crate::manifest::{Kind, Manifest, PackedLayer};
use crate::values::FileNumbers;
use crate::{fold, read};
use mnv3_ir::{Act, LANES, Layout, padded};

/// Scale and zero point of every channel of a map: a number is `scale * (byte - zero)`.
#[derive(Clone, Copy, Debug)]
pub struct ChannelScales<'s> {
    /// Above 0.
    pub scale: &'s [f32],
    /// Whole numbers from 0 to 255; of an image any numbers in that range.
    pub zero: &'s [f32],
}

/// The maps around a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Around<'s> {
    /// What it reads.
    pub input: ChannelScales<'s>,
    /// Whether that is the image.
    pub image: bool,
    /// What it writes.
    pub output: ChannelScales<'s>,
    /// What is added before it is written.
    pub residual: Option<ChannelScales<'s>>,
    /// After bias or batch norm.
    pub act: Act,
}

/// A convolution in eight bits. Numbers for each output are `[padded(output)]`, for each input `[padded(channels)]`.
#[derive(Clone, Debug)]
pub struct Int8Layer {
    /// Form.
    pub kind: Kind,
    /// After the bias.
    pub act: Act,
    /// `[ceil(output / 16)][kh][ceil(row / 4)][16][4]`, where a row is `kw * input` weights, of a depthwise kernel `kw`.
    panels: Arena,
    /// Where sums start: zero points of the input times weights, taken off.
    pub start: Vec<i32>,
    /// What sums are multiplied with, in steps of the output.
    pub scale: Vec<f32>,
    /// What is added then.
    pub bias: Vec<f32>,
    /// Six in steps of the output, or the slope of the non-linearity over them.
    pub curve: Vec<f32>,
    /// What the added map's bytes are multiplied with.
    pub residual: Vec<f32>,
    /// Scale of the output.
    pub output_scale: Vec<f32>,
    /// Zero points of the output.
    pub output_zero: Vec<i32>,
    /// Scale of the input.
    pub input_scale: Vec<f32>,
    /// Zero points of the input.
    pub input_zero: Vec<f32>,
    /// The same in bytes, `[ceil(channels / 16)][16]`: what lies beyond a map's border.
    pub border: Vec<[u8; LANES]>,
}

/// The largest number of steps that leaves room for a zero point in 32 bits.
const MOST_STEPS: f64 = (1 << 30) as f64;

impl Int8Layer {
    /// The packed weights.
    #[must_use]
    pub fn panels(&self) -> &[[i8; 4 * LANES]] {
        bytemuck::cast_slice::<u8, i8>(self.panels.bytes()).as_chunks().0
    }

    /// The layers of a file that `around` gives maps for; `None` for the others.
    ///
    /// # Errors
    /// What is wrong with the file, or every layer whose numbers would be more than 2^30 steps of its output's scale.
    pub fn read<'s>(
        bytes: &[u8],
        manifest: &Manifest<'_>,
        around: &dyn Fn(usize) -> Option<Around<'s>>,
    ) -> Result<Vec<Option<Self>>, WeightsError> {
        let tensors = read::tensors(bytes, manifest)?;
        let mut problems = Vec::new();
        let mut layers = Vec::with_capacity(manifest.layers.len());
        for (i, layer) in manifest.layers.iter().enumerate() {
            let made = around(i).map(|around| Self::new(layer, &tensors, &around));
            layers.push(match made {
                Some(Err(channel)) => {
                    let name = manifest.tensors[layer.weight].name.to_owned();
                    problems.push(Problem::Steps { name, channel });
                    None
                }
                Some(Ok(made)) => Some(made),
                None => None,
            });
        }
        if problems.is_empty() {
            return Ok(layers);
        }
        // The file's own numbers may be to blame.
        read::check(bytes, manifest)?;
        Err(WeightsError::new(manifest, problems))
    }

    /// # Errors
    /// The first output channel whose numbers may be too many steps.
    fn new(layer: &PackedLayer, tensors: &[FileNumbers<'_>], around: &Around<'_>) -> Result<Self, usize> {
        let (outputs, taps) = (layer.kind.output(), layer.kind.taps());
        let (rows, channels) = match layer.kind {
            Kind::Dense { kh, input, .. } => (kh, input),
            Kind::Depthwise { kh, channels, .. } => (kh, channels),
        };
        let row = taps / rows;
        let quads = row.div_ceil(4);
        let all = padded(outputs);
        let floats = || vec![0.0f32; all];
        let to_i32 = |zero: &f32| *zero as i32;
        let mut made = Self {
            kind: layer.kind,
            act: around.act,
            panels: Arena::zeroed(all / LANES * rows * quads * LANES),
            start: vec![0; all],
            scale: floats(),
            bias: floats(),
            curve: floats(),
            residual: floats(),
            output_scale: filled(around.output.scale, all, 1.0),
            output_zero: around.output.zero.iter().map(to_i32).collect(),
            input_scale: filled(around.input.scale, padded(channels), 1.0),
            input_zero: filled(around.input.zero, padded(channels), 0.0),
            border: Vec::new(),
        };
        made.output_zero.resize(all, 0);
        let (border, _) = made.input_zero.as_chunks::<LANES>();
        made.border = border
            .iter()
            .map(|zeros| zeros.map(|zero| zero.round_ties_even() as u8))
            .collect();
        let folded = fold::fold(layer, tensors, outputs);
        let kernel = tensors[layer.weight].to_f32();
        let mut scaled = vec![0.0f64; taps];
        for (o, &(scale, shift)) in folded.iter().enumerate() {
            let channel = |tap: usize| match layer.kind {
                Kind::Dense { input, .. } => tap % input,
                Kind::Depthwise { .. } => o,
            };
            for (tap, scaled) in scaled.iter_mut().enumerate() {
                let weight = f64::from(kernel[place(layer, o, tap)]) * scale;
                *scaled = weight * f64::from(around.input.scale[channel(tap)]);
            }
            let largest = scaled.iter().fold(0.0f64, |most, weight| most.max(weight.abs()));
            let worth = largest / 127.0;
            let (mut start, mut real, mut most) = (0i64, 0.0f64, 0i64);
            let panels: &mut [i8] = bytemuck::cast_slice_mut(made.panels.bytes_mut());
            for (tap, scaled) in scaled.iter().enumerate() {
                let weight = if worth == 0.0 {
                    0
                } else {
                    (scaled / worth).round_ties_even().clamp(-127.0, 127.0) as i8
                };
                let zero = around.input.zero[channel(tap)];
                if around.image {
                    real += f64::from(weight) * f64::from(zero);
                } else {
                    start -= i64::from(weight) * zero as i64;
                }
                most += 255 * i64::from(weight.unsigned_abs());
                let panel = (o / LANES * rows + tap / row) * quads + tap % row / 4;
                panels[(panel * LANES + o % LANES) * 4 + tap % row % 4] = weight;
            }
            let step = f64::from(around.output.scale[o]);
            let mut bias = (shift - worth * real) / step;
            if let Some(residual) = &around.residual {
                let ratio = f64::from(residual.scale[o]) / step;
                bias -= f64::from(residual.zero[o]) * ratio;
                made.residual[o] = ratio as f32;
            }
            made.start[o] = i32::try_from(start).map_err(|_| o)?;
            made.scale[o] = (worth / step) as f32;
            made.bias[o] = bias as f32;
            made.curve[o] = match around.act {
                Act::Identity | Act::Relu => 0.0,
                Act::Relu6 => (6.0 / step) as f32,
                Act::HardSwish { slope, .. } | Act::HardSigmoid { slope, .. } => (f64::from(slope) * step) as f32,
            };
            // Sums are at most this, and so is every number between.
            let most = i32::try_from(most + start.abs()).map_err(|_| o)?;
            let steps = f64::from(most) * f64::from(made.scale[o])
                + f64::from(made.bias[o]).abs()
                + 255.0 * f64::from(made.residual[o]);
            // Of NaN nothing is true.
            let fits = steps <= MOST_STEPS && made.curve[o].is_finite();
            if !fits {
                return Err(o);
            }
        }
        Ok(made)
    }
}

/// Padded to a length.
fn filled(numbers: &[f32], len: usize, with: f32) -> Vec<f32> {
    let mut filled = numbers.to_vec();
    filled.resize(len, with);
    filled
}

/// Where a kernel of a file has the weight of an output and a tap; taps go by row, column, input channel.
fn place(layer: &PackedLayer, output: usize, tap: usize) -> usize {
    let taps = layer.kind.taps();
    match (layer.layout, layer.kind) {
        (Layout::Oihw, Kind::Dense { kh, kw, input, .. }) => output * taps + tap % input * kh * kw + tap / input,
        (Layout::Oihw, Kind::Depthwise { .. }) => output * taps + tap,
        (Layout::Hwio, Kind::Dense { .. } | Kind::Depthwise { .. }) => tap * layer.kind.output() + output,
    }
}

/// The numbers of a tensor of a safetensors file in single precision; `None` if it has no such tensor that can be read.
#[must_use]
pub fn tensor(bytes: &[u8], name: &str) -> Option<Vec<f32>> {
    let file = safetensors::SafeTensors::deserialize(bytes).ok()?;
    let view = file.tensor(name).ok()?;
    FileNumbers::new(view.data(), view.dtype()).map(|values| values.to_f32().into_owned())
}
