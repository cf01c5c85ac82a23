//! Which network a file of packed weights is of.
//!
//! XXH64 with seed 0 over these values, in this order. Numbers are 8 bytes, little-endian; a text is its length and its
//! bytes in UTF-8; a choice is the number in brackets.
//!
//! 1. naming: exact \[0\], Keras' automatic names \[1\];
//! 2. the number of tensors, then of each: name, number of dimensions, dimensions;
//! 3. the number of layers, then of each:
//!    - form: dense \[0\], kernel height and width, input and output channels; or depthwise \[1\], kernel height and width,
//!      channels;
//!    - layout in the file: OIHW \[0\], HWIO \[1\]; or, where the kernel is multiplied by a number that is not 1, OIHW \[2\],
//!      HWIO \[3\] and the bits of that number in double precision;
//!    - the index of its kernel among the tensors;
//!    - bias: none \[0\]; or \[1\] and its index;
//!    - batch norm: none \[0\]; or \[1\], the indices of scale, shift, mean and variance, and the bits of epsilon in double
//!      precision;
//!    - packing: single precision \[0\], half \[1\], int8 \[2\]; or \[3\], a convolution in eight bits, then the index of the
//!      scales that it reads, of those that it writes, whether it reads the image \[0, 1\], whether a map is added and the index of
//!      its scales (none \[0\]; or \[1\] and the index), the non-linearity: none \[0\], relu \[1\], relu6 \[2\], hard-sigmoid \[3\] or
//!      hard-swish \[4\] and the bits of slope and offset in single precision;
//!    - where its packed weights start, in bytes;
//! 4. bytes of all packed weights.
//!
//! Which network scales are of is the same over the number of tensors and these, then of each layer in eight bits its form and
//! what follows the \[3\]: where weights lie, and how matrices are stored, makes no difference to them.
//!
//! A change of this list needs a new [`LAYOUT_VERSION`](crate::LAYOUT_VERSION).

use crate::around::Around;
use crate::kind::Kind;
use crate::manifest::{Manifest, Norm, PackedLayer, Tensor};
use mnv3_ir::{Act, Layout, Naming, Packing};
use std::hash::Hasher;
use twox_hash::XxHash64;

impl Manifest<'_> {
    /// A number that changes with anything that decides where a weight lies and what is folded into it: `fingerprint`.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        of(self)
    }

    /// What the tensor [`SCALES_OF`](crate::SCALES_OF) of a file holds whose scales are of this network.
    #[must_use]
    pub fn scales_of(&self) -> [u8; 8] {
        of_scales(self).to_le_bytes()
    }
}

fn of(manifest: &Manifest<'_>) -> u64 {
    let mut values = Fingerprint(XxHash64::with_seed(0));
    // Every field by name, so that a new one cannot be forgotten.
    let Manifest {
        network: _,
        dialect: _,
        naming,
        tensors,
        layers,
        bytes,
    } = *manifest;
    values.number(match naming {
        Naming::Exact => 0,
        Naming::KerasAutomatic => 1,
    });
    values.number(tensors.len());
    tensors.iter().for_each(|tensor| values.tensor(tensor));
    values.number(layers.len());
    layers.iter().for_each(|layer| values.layer(layer));
    values.number(bytes);
    values.0.finish()
}

/// Of what scales are found for.
fn of_scales(manifest: &Manifest<'_>) -> u64 {
    let mut values = Fingerprint(XxHash64::with_seed(0));
    values.number(manifest.tensors.len());
    manifest.tensors.iter().for_each(|tensor| values.tensor(tensor));
    for layer in manifest.layers {
        if let Some(around) = &layer.around {
            values.kind(layer.kind);
            values.around(around);
        }
    }
    values.0.finish()
}

struct Fingerprint(XxHash64);

impl Fingerprint {
    fn number(&mut self, number: usize) {
        self.0.write(&(number as u64).to_le_bytes());
    }

    fn numbers<const N: usize>(&mut self, numbers: [usize; N]) {
        numbers.into_iter().for_each(|number| self.number(number));
    }

    fn tensor(&mut self, &Tensor { name, shape }: &Tensor<'_>) {
        self.number(name.byte_count());
        let bytes: Vec<u8> = name.bytes().collect();
        self.0.write(&bytes);
        self.number(shape.len());
        shape.iter().for_each(|&n| self.number(n));
    }

    fn kind(&mut self, kind: Kind) {
        match kind {
            Kind::Dense { kh, kw, input, output } => self.numbers([0, kh, kw, input, output]),
            Kind::Depthwise { kh, kw, channels } => self.numbers([1, kh, kw, channels]),
        }
    }

    fn around(&mut self, around: &Around) {
        let Around {
            input,
            image,
            output,
            residual,
            act,
        } = *around;
        self.numbers([input, output, usize::from(image)]);
        match residual {
            None => self.number(0),
            Some(residual) => self.numbers([1, residual]),
        }
        match act {
            Act::Identity => self.number(0),
            Act::Relu => self.number(1),
            Act::Relu6 => self.number(2),
            Act::HardSigmoid { slope, offset } => self.curve(3, [slope, offset]),
            Act::HardSwish { slope, offset } => self.curve(4, [slope, offset]),
        }
    }

    fn curve(&mut self, which: usize, numbers: [f32; 2]) {
        self.number(which);
        let bits = numbers.map(f32::to_bits);
        bits.iter().for_each(|bits| self.0.write(&bits.to_le_bytes()));
    }

    fn layer(&mut self, layer: &PackedLayer) {
        let PackedLayer {
            kind,
            layout,
            factor,
            weight,
            bias,
            norm,
            packing,
            around,
            offset,
        } = *layer;
        self.kind(kind);
        let layout = match layout {
            Layout::Oihw => 0,
            Layout::Hwio => 1,
        };
        if factor == 1.0 {
            self.number(layout);
        } else {
            self.number(layout + 2);
            self.0.write(&factor.to_bits().to_le_bytes());
        }
        self.number(weight);
        match bias {
            None => self.number(0),
            Some(bias) => self.numbers([1, bias]),
        }
        match norm {
            None => self.number(0),
            Some(Norm {
                gamma,
                beta,
                mean,
                variance,
                epsilon,
            }) => {
                self.numbers([1, gamma, beta, mean, variance]);
                self.0.write(&epsilon.to_bits().to_le_bytes());
            }
        }
        match (&around, packing) {
            (Some(around), _) => {
                self.number(3);
                self.around(around);
            }
            (None, Packing::F32) => self.number(0),
            (None, Packing::F16) => self.number(1),
            (None, Packing::I8) => self.number(2),
        }
        self.number(offset);
    }
}
