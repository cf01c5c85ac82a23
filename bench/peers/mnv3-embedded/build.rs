//! Packs the weights of the parity tests for `mobilenet!` to embed: what a user does with `mnv3 pack`.

use mnv3_testing::formula;
use std::error::Error;
use std::path::Path;

/// The gain of the fixture `tv-large`, so that the scores are the ones that all engines are compared with.
const GAIN: f64 = 4.75;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let spec = folder.join("../../../specs/large.yaml");
    println!("cargo::rerun-if-changed={}", spec.display());
    let network = mnv3_spec::load("large.yaml", &spec)?.network;
    let tensors = network.layers().into_iter().flat_map(|layer| layer.iter());
    let tensors = tensors.map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice()));
    let packed = mnv3_codegen::pack(&network, &formula::weights(tensors, GAIN)?)?;
    Ok(std::fs::write(folder.join("large.mnv3"), packed)?)
}
