//! The weights file of a network: checked while the network is compiled, and embedded.

use crate::plan::Plan;
use mnv3_spec::network::{ComputedIn, Network};
use mnv3_weights::{Manifest, Packed, Tensor, WeightsError, is_prepacked, to_prepacked};

/// A weights file that fits its network.
#[derive(Clone, Debug)]
pub struct WeightsFile {
    /// Where `include_bytes!` finds it.
    pub path: String,
    /// Its size.
    pub bytes: usize,
    /// Whether it holds packed weights, which are used in place.
    pub prepacked: bool,
}

impl WeightsFile {
    /// Checks the file's bytes against the network: a safetensors file, or one of packed weights.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check(network: &Network, path: String, bytes: &[u8]) -> Result<Self, WeightsError> {
        let prepacked = is_prepacked(bytes);
        read(network, bytes)?;
        Ok(Self {
            path,
            bytes: bytes.len(),
            prepacked,
        })
    }
}

/// The packed file of a network's weights, from a safetensors file (or a packed one).
///
/// # Errors
/// All that is wrong with the file.
pub fn pack(network: &Network, bytes: &[u8]) -> Result<Vec<u8>, WeightsError> {
    let packed = read(network, bytes)?;
    Ok(with_manifest(network, |manifest| to_prepacked(&packed, manifest)))
}

fn read(network: &Network, bytes: &[u8]) -> Result<Packed, WeightsError> {
    with_manifest(network, |manifest| {
        if is_prepacked(bytes) {
            Packed::from_prepacked(bytes, manifest)
        } else {
            Packed::from_safetensors(bytes, manifest)
        }
    })
}

/// The mark of scales of a network, as it would be in eight bits: what [`SCALES_OF`](mnv3_weights::SCALES_OF) of a file holds.
#[must_use]
pub fn scales_of(network: &Network) -> [u8; 8] {
    let network = Network {
        precision: ComputedIn::Int8,
        ..network.clone()
    };
    with_manifest(&network, |manifest| manifest.scales_of())
}

/// The manifest that the network's generated code carries, for those who have no generated code.
pub fn with_manifest<R>(network: &Network, use_it: impl FnOnce(&Manifest<'_>) -> R) -> R {
    let plan = Plan::new(network);
    let tensors: Vec<Tensor<'_>> = plan.all_tensors().map(|t| Tensor::new(&t.name, &t.shape)).collect();
    use_it(&Manifest {
        network: &network.name,
        dialect: &network.dialect,
        naming: network.naming,
        tensors: &tensors,
        layers: &plan.layers,
        bytes: plan.weight_bytes,
    })
}
