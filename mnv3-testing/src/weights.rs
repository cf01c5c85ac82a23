//! Weights of any network, whatever its tensors are called and however they lie.

use crate::formula::{self, BIAS_SPREAD, GAMMA_SPREAD, VARIANCE_SPREAD};
use mnv3_spec::{Network, Tensor};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::{BTreeMap, HashMap};

/// Numbers by the formula for every tensor of a network. What a tensor is, its place in the layer says, not its name.
#[derive(Clone, Debug)]
pub struct Weights {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    /// Those of a network; `gain` is a factor of all kernels.
    #[must_use]
    pub fn of(network: &Network, gain: f64) -> Self {
        let graph = network.graph();
        let mut tensors = BTreeMap::new();
        for op in &graph.ops {
            let Some(layer) = op.kind.tensors() else { continue };
            let taps = op.kind.taps(graph.shape(op.inputs[0]).c);
            let mut add = |tensor: &Tensor, centre, spread| {
                let numbers = formula::numbers(&tensor.name, tensor.shape.iter().product(), centre, spread);
                tensors.insert(tensor.name.clone(), (tensor.shape.clone(), numbers));
            };
            add(&layer.weight, 0.0, (gain / taps as f64).sqrt());
            layer.bias.iter().for_each(|bias| add(bias, 0.0, BIAS_SPREAD));
            if let Some(norm) = &layer.norm {
                add(&norm.gamma, 1.0, GAMMA_SPREAD);
                add(&norm.beta, 0.0, BIAS_SPREAD);
                add(&norm.mean, 0.0, BIAS_SPREAD);
                add(&norm.variance, 1.0, VARIANCE_SPREAD);
            }
        }
        Self { tensors }
    }

    /// A tensor's numbers in C order; none of one that the network has not.
    #[must_use]
    pub fn numbers(&self, tensor: &Tensor) -> Vec<f32> {
        let found = self.tensors.get(&tensor.name);
        found.map_or_else(Vec::new, |(_, numbers)| numbers.clone())
    }

    /// All of them as a safetensors file.
    ///
    /// # Errors
    /// Those of writing one.
    pub fn file(&self) -> Result<Vec<u8>, SafeTensorError> {
        let tensors = self.tensors.iter();
        file(tensors.map(|(name, (shape, numbers))| (name.as_str(), shape.as_slice(), numbers.clone())))
    }
}

/// A safetensors file (F32) of names, shapes and numbers.
pub(crate) fn file<'t>(
    tensors: impl IntoIterator<Item = (&'t str, &'t [usize], Vec<f32>)>,
) -> Result<Vec<u8>, SafeTensorError> {
    let tensors = tensors.into_iter();
    let bytes = tensors.map(|(name, shape, numbers)| {
        let bytes: Vec<u8> = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
        (name, shape, bytes)
    });
    let bytes: Vec<_> = bytes.collect();
    let views = bytes
        .iter()
        .map(|(name, shape, data)| Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), data)?)))
        .collect::<Result<HashMap<_, _>, SafeTensorError>>()?;
    serialize(views, None)
}
