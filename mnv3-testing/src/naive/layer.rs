//! A layer's weights as a file has them, and what it makes of its input.

use half::f16;
use mnv3_spec::{Act, Layout, Matrices, Tensor, Tensors};

/// A convolution or matrix, its bias, its batch norm, its non-linearity.
pub(super) struct NaiveLayer {
    layout: Layout,
    /// Of the kernel; a matrix is a kernel of 1 x 1.
    shape: [usize; 4],
    kernel: Vec<f64>,
    bias: Option<Vec<f64>>,
    /// Gamma, beta, mean, variance, epsilon.
    norm: Option<([Vec<f64>; 4], f64)>,
    act: Act,
}

/// Where in a kernel, and what of the input lies there.
pub(super) struct KernelSums<'i> {
    /// The output channel.
    pub(super) output: usize,
    /// Rows and columns of the kernel.
    pub(super) kernel: [usize; 2],
    /// Channels of the input.
    pub(super) channels: usize,
    /// The input under a row and column of the kernel, in a channel.
    pub(super) input: &'i dyn Fn(usize, usize, usize) -> f64,
}

impl NaiveLayer {
    pub(super) fn read(tensors: &Tensors, act: Act, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> Self {
        let numbers = |wanted: &Tensor| -> Vec<f64> {
            let found = tensor(wanted);
            assert_eq!(found.len() as u64, wanted.numbers(), "numbers of {}", wanted.name);
            found.into_iter().map(f64::from).collect()
        };
        let shape = match (tensors.weight.shape.as_slice(), tensors.layout) {
            (&[a, b, c, d], _) => [a, b, c, d],
            (&[outputs, inputs], Layout::Oihw) => [outputs, inputs, 1, 1],
            (&[inputs, outputs], Layout::Hwio) => [1, 1, inputs, outputs],
            (other, _) => unreachable!("a kernel of shape {other:?}"),
        };
        let norm = tensors.norm.as_ref();
        Self {
            layout: tensors.layout,
            shape,
            kernel: numbers(&tensors.weight)
                .into_iter()
                .map(|x| x * tensors.factor)
                .collect(),
            bias: tensors.bias.as_ref().map(numbers),
            norm: norm.map(|n| ([&n.gamma, &n.beta, &n.mean, &n.variance].map(numbers), n.epsilon)),
            act,
        }
    }

    /// The same with its matrix rounded to how it is stored, once its batch norm is part of it.
    pub(super) fn stored(mut self, storage: Matrices) -> Self {
        if storage != Matrices::F32 {
            self = self.folded();
        }
        match storage {
            Matrices::F32 => {}
            Matrices::F16 => {
                // From single precision, as matrices are packed: what `half` makes of 64 bits differs between machines.
                let half = |x: &mut f64| *x = f64::from(f16::from_f32(*x as f32));
                self.kernel.iter_mut().for_each(half);
            }
            Matrices::I8 => {
                for output in 0..self.outputs() {
                    self.quantise(output);
                }
            }
        }
        self
    }

    /// A matrix that does what it did with its batch norm.
    fn folded(mut self) -> Self {
        let Some(([gamma, beta, mean, variance], epsilon)) = self.norm.take() else {
            return self;
        };
        let bias = self.bias.take().unwrap_or_else(|| vec![0.0; gamma.len()]);
        let mut shifts = Vec::with_capacity(gamma.len());
        for output in 0..self.outputs() {
            let factor = gamma[output] / (variance[output] + epsilon).sqrt();
            for input in 0..self.inputs() {
                let at = self.place([0, 0], input, output);
                self.kernel[at] *= factor;
            }
            shifts.push(beta[output] + (bias[output] - mean[output]) * factor);
        }
        self.bias = Some(shifts);
        self
    }

    fn inputs(&self) -> usize {
        match self.layout {
            Layout::Oihw => self.shape[1],
            Layout::Hwio => self.shape[2],
        }
    }

    /// Rounds the weights of one output, in single precision as matrices are packed, to multiples of the largest over 127.
    fn quantise(&mut self, output: usize) {
        let places: Vec<usize> = (0..self.inputs())
            .map(|input| self.place([0, 0], input, output))
            .collect();
        let largest = places
            .iter()
            .fold(0.0, |most: f64, &at| most.max(self.kernel[at].abs()));
        // In single precision, as scales are stored.
        let step = f64::from(largest as f32 / 127.0);
        if step > 0.0 {
            for at in places {
                let single = f64::from(self.kernel[at] as f32);
                self.kernel[at] = (single / step).round_ties_even() * step;
            }
        }
    }

    /// Channels that it makes over all channels of its input.
    pub(super) fn outputs(&self) -> usize {
        match self.layout {
            Layout::Oihw => self.shape[0],
            Layout::Hwio => self.shape[3],
        }
    }

    /// The weight between an input and an output channel of the tensor.
    fn weight(&self, at: [usize; 2], input: usize, output: usize) -> f64 {
        self.kernel[self.place(at, input, output)]
    }

    fn place(&self, [ky, kx]: [usize; 2], input: usize, output: usize) -> usize {
        let [a, b, c, d] = match self.layout {
            Layout::Oihw => [output, input, ky, kx],
            Layout::Hwio => [ky, kx, input, output],
        };
        let [_, sb, sc, sd] = self.shape;
        ((a * sb + b) * sc + c) * sd + d
    }

    /// One number of the output: every weight times what lies under it, in all channels.
    pub(super) fn over_all_channels(&self, sums: &KernelSums<'_>) -> f64 {
        let mut sum = 0.0;
        for ky in 0..sums.kernel[0] {
            for kx in 0..sums.kernel[1] {
                for c in 0..sums.channels {
                    sum += self.weight([ky, kx], c, sums.output) * (sums.input)(ky, kx, c);
                }
            }
        }
        self.finished(sum, sums.output)
    }

    /// The same in the output's own channel.
    pub(super) fn by_channel(&self, sums: &KernelSums<'_>) -> f64 {
        let channel = sums.output;
        let mut sum = 0.0;
        for ky in 0..sums.kernel[0] {
            for kx in 0..sums.kernel[1] {
                let weight = match self.layout {
                    Layout::Oihw => self.weight([ky, kx], 0, channel),
                    Layout::Hwio => self.weight([ky, kx], channel, 0),
                };
                sum += weight * (sums.input)(ky, kx, channel);
            }
        }
        self.finished(sum, channel)
    }

    /// Bias, batch norm, non-linearity.
    fn finished(&self, sum: f64, channel: usize) -> f64 {
        let mut x = sum;
        if let Some(bias) = &self.bias {
            x += bias[channel];
        }
        if let Some(([gamma, beta, mean, variance], epsilon)) = &self.norm {
            let deviation = (variance[channel] + epsilon).sqrt();
            x = (x - mean[channel]) / deviation * gamma[channel] + beta[channel];
        }
        activation(self.act, x)
    }
}

pub(super) fn activation(act: Act, x: f64) -> f64 {
    let gate = |slope: f32, offset: f32| (f64::from(slope) * x + f64::from(offset)).clamp(0.0, 1.0);
    match act {
        Act::Identity => x,
        Act::Relu => x.max(0.0),
        Act::Relu6 => x.clamp(0.0, 6.0),
        Act::HardSigmoid { slope, offset } => gate(slope, offset),
        Act::HardSwish { slope, offset } => x * gate(slope, offset),
    }
}
