//! Weights for a network that differs from the file's in the channels of its images or in its classes.

use crate::checkpoint::{Checkpoint, ConvertOptions, Tensor};
use crate::dtype;
use crate::error::ConvertError;
use mnv3_spec::{Layout, Naming, Network, Tensor as Wanted};
use safetensors::Dtype;
use std::borrow::Cow;

impl Checkpoint<'_> {
    /// Does what was asked for, and notes what it was.
    pub(crate) fn adapt(&mut self, options: &ConvertOptions<'_>) -> Result<(), ConvertError> {
        // Names that go by order say nothing of a single tensor.
        let Some(network) = options.spec.filter(|network| network.naming == Naming::Exact) else {
            return match options.grey || options.fresh_classes {
                true => Err(ConvertError::NoNames),
                false => Ok(()),
            };
        };
        if options.grey {
            self.grey(network)?;
        }
        if options.fresh_classes {
            self.fresh_classes(network);
        }
        Ok(())
    }

    /// Sums the first kernel over its channels: what it answers to an image whose channels are all the same.
    fn grey(&mut self, network: &Network) -> Result<(), ConvertError> {
        let stem = &network.stem.tensors;
        let want = network.input.c;
        let found = self.tensors.iter_mut().find(|tensor| tensor.name == stem.weight.name);
        let axis = match stem.layout {
            Layout::Oihw => 1,
            Layout::Hwio => 2,
        };
        let channels = found.as_ref().and_then(|tensor| tensor.shape.get(axis).copied());
        let (Some(tensor), Some(channels @ 2..), 1) = (found, channels, want) else {
            let name = stem.weight.name.clone();
            return Err(ConvertError::NotGrey { name, channels, want });
        };
        let inner: usize = tensor.shape[axis + 1..].iter().product();
        let mut sums = vec![0.0f64; tensor.shape.iter().product::<usize>() / channels];
        for (at, number) in dtype::numbers(tensor.dtype, &tensor.data).enumerate() {
            sums[at / (channels * inner) * inner + at % inner] += number;
        }
        tensor.shape[axis] = 1;
        tensor.dtype = Dtype::F32;
        tensor.data = sums.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect();
        self.summed = Some(channels);
        Ok(())
    }

    /// Zeros for the layer of the scores, where the file has none or one for other classes.
    fn fresh_classes(&mut self, network: &Network) {
        let Some(classes) = network.classes() else { return };
        let classes = &classes.layer.tensors;
        let wanted: Vec<&Wanted> = [&classes.weight].into_iter().chain(&classes.bias).collect();
        let fits = |wanted: &&Wanted| {
            let mut tensors = self.tensors.iter();
            tensors.any(|tensor| tensor.name == wanted.name && tensor.shape == wanted.shape)
        };
        if wanted.iter().all(fits) {
            return;
        }
        self.tensors
            .retain(|tensor| wanted.iter().all(|wanted| wanted.name != tensor.name));
        for wanted in wanted {
            let shape = wanted.shape.clone();
            let zeros = vec![0; shape.iter().product::<usize>() * size_of::<f32>()];
            self.fresh.push(wanted.name.clone());
            self.tensors.push(Tensor {
                name: wanted.name.clone(),
                dtype: Dtype::F32,
                shape,
                data: Cow::Owned(zeros),
            });
        }
        self.tensors.sort_by(|a, b| a.name.cmp(&b.name));
    }
}
