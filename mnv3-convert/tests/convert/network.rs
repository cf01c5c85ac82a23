//! A small network in any dialect, and files of its tensors.

use mnv3_spec::Network;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

pub(crate) const ROWS: &str = "
name: Tiny
input: { size: [32, 32], channels: 3 }
stem: { k: 3, out: 8, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 8, out: 8, se: true, nl: RE, s: 2 }
  - { k: 3, exp: 24, out: 16, se: false, nl: RE, s: 2 }
  - { k: 5, exp: 40, out: 16, se: true, nl: HS, s: 1 }
last: { out: 40, nl: HS }
";
pub(crate) const HEAD: &str = "head: { pool: avg, hidden: 24, nl: HS, classes: 10 }\n";

pub(crate) fn network(dialect: &str) -> Network {
    mnv3_spec::parse("tiny.yaml", &format!("dialect: {dialect}{ROWS}{HEAD}")).unwrap()
}

/// Names, shapes and bytes of f32 numbers.
pub(crate) type Tensors = Vec<(String, Vec<usize>, Vec<u8>)>;

/// The tensors that a network wants, all ones.
pub(crate) fn ones(network: &Network) -> Tensors {
    let tensors = network.layers().into_iter().flat_map(|layer| layer.iter());
    tensors
        .map(|t| (t.name.clone(), t.shape.clone(), filled(&t.shape)))
        .collect()
}

pub(crate) fn filled(shape: &[usize]) -> Vec<u8> {
    1f32.to_le_bytes().repeat(shape.iter().product())
}

pub(crate) fn file(tensors: &Tensors) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, shape, data)| (name, TensorView::new(Dtype::F32, shape.clone(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}
