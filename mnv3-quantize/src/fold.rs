//! A layer's float weights with their batch norm folded in.

use mnv3_spec::{Layout, Tensor, Tensors};

/// `y[o] = sum over taps of weight[o][tap] * x[tap] + shift[o]`.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    /// Output channels.
    pub(crate) outputs: usize,
    /// Of each output: rows of the kernel, columns, input channels; of a depthwise kernel without the channels.
    pub(crate) taps: usize,
    /// `[outputs][taps]`.
    pub(crate) weights: Vec<f64>,
    /// What is added.
    pub(crate) shift: Vec<f64>,
}

impl Folded {
    /// `y = (factor * sum + bias - mean) * gamma / sqrt(variance + epsilon) + beta`.
    pub(crate) fn read(tensors: &Tensors, outputs: usize, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> Self {
        let numbers = |wanted: &Tensor| -> Vec<f64> { tensor(wanted).into_iter().map(f64::from).collect() };
        let bias = tensors.bias.as_ref().map(numbers);
        let norm = tensors.norm.as_ref().map(|norm| {
            let numbers = [&norm.gamma, &norm.beta, &norm.mean, &norm.variance].map(numbers);
            (norm.epsilon, numbers)
        });
        let scale_and_shift = |o: usize| {
            let bias = bias.as_ref().map_or(0.0, |bias| bias[o]);
            let Some((epsilon, [gamma, beta, mean, variance])) = &norm else {
                return (tensors.factor, bias);
            };
            let scale = gamma[o] / (variance[o] + epsilon).sqrt();
            (tensors.factor * scale, beta[o] + (bias - mean[o]) * scale)
        };
        let folded: Vec<(f64, f64)> = (0..outputs).map(scale_and_shift).collect();
        let kernel = tensor(&tensors.weight);
        let taps = kernel.len() / outputs;
        let place = places(&tensors.weight.shape, tensors.layout, taps);
        let weight = |(o, tap): (usize, usize)| f64::from(kernel[place(o, tap)]) * folded[o].0;
        let all = (0..outputs).flat_map(|o| (0..taps).map(move |tap| (o, tap)));
        Self {
            outputs,
            taps,
            weights: all.map(weight).collect(),
            shift: folded.iter().map(|(_, shift)| *shift).collect(),
        }
    }
}

/// Where a kernel of a file has the weight of an output and a tap; taps go by row, column, input channel.
fn places(shape: &[usize], layout: Layout, taps: usize) -> impl Fn(usize, usize) -> usize {
    // Rows times columns, and input channels of an output; a matrix is a kernel of 1 x 1.
    let kernel = match (shape, layout) {
        (&[_, _, h, w], Layout::Oihw) | (&[h, w, _, _], Layout::Hwio) => h * w,
        _ => 1,
    };
    let inputs = taps / kernel;
    let outputs = shape.iter().product::<usize>() / taps;
    move |o, tap| match layout {
        Layout::Oihw => o * taps + tap % inputs * kernel + tap / inputs,
        // A depthwise kernel is `[h][w][channels][1]`: there the channels are the outputs.
        Layout::Hwio => tap * outputs + o,
    }
}
