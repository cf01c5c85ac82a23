//! Measures ways to quantise a network: those of docs/int8.md.
//!
//!     cargo run --release -p mnv3-quantize --example variants -- SPEC WEIGHTS CALIBRATION TEST
//!
//! CALIBRATION and TEST are safetensors files with a tensor `x`, inputs of the network: images x height x width x channels.

use half::f16;
use mnv3_quantize::{Agreement, Float, Granularity, Options, RangeRule, Simulation, calibrate};
use mnv3_spec::Tensor;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

fn tensors(path: &str) -> Result<HashMap<String, Vec<f32>>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let numbers = |view: &TensorView<'_>| match view.dtype() {
        Dtype::F16 => view
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|b| f16::from_le_bytes(*b).to_f32())
            .collect(),
        _ => view
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect(),
    };
    Ok(file
        .iter()
        .map(|(name, view)| (name.to_owned(), numbers(&view)))
        .collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [spec, weights, calibration, test] = arguments.as_slice() else {
        return Err("four arguments: SPEC WEIGHTS CALIBRATION TEST".into());
    };
    let network = mnv3_spec::load(spec, Path::new(spec))?.network;
    let graph = network.graph();
    let weights = tensors(weights)?;
    for wanted in network.layers().iter().flat_map(|layer| layer.iter()) {
        if weights.get(&wanted.name).map(|numbers| numbers.len() as u64) != Some(wanted.numbers()) {
            return Err(format!(
                "{} is missing, or not {:?}: `mnv3 convert --check` says more",
                wanted.name, wanted.shape
            )
            .into());
        }
    }
    let tensor = |tensor: &Tensor| weights.get(&tensor.name).cloned().unwrap_or_default();
    let pixels = network.input.h * network.input.w * network.input.c;
    let images = |path: &str| -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
        let x = tensors(path)?.remove("x").ok_or("there is no tensor x")?;
        Ok(x.chunks_exact(pixels).map(<[f32]>::to_vec).collect())
    };
    let (calibration, test) = (images(calibration)?, images(test)?);
    let float = Float::new(&graph, &tensor);
    println!("| scales | ranges | biases | same class | error of the margin | error of scores |");
    println!("| --- | --- | --- | ---: | ---: | ---: |");
    let granularities = [
        ("one a value", Granularity::PerTensor),
        ("one a channel inside of blocks", Granularity::PerChannelInside),
        ("one a channel", Granularity::PerChannel),
    ];
    for (name, granularity) in granularities {
        for (rule, ranges) in [
            ("least and largest", RangeRule::MinMax),
            ("mean square", RangeRule::MeanSquare),
        ] {
            for correct in [false, true] {
                let options = Options {
                    ranges,
                    granularity,
                    correct,
                };
                let found = calibrate(&graph, &tensor, &calibration, options, &|_| {})?;
                let corrected = |wanted: &Tensor| found.corrected(wanted).unwrap_or_else(|| tensor(wanted));
                let simulation = Simulation::new(&graph, &corrected, found.scales.clone());
                let simulation = simulation.map_err(|errors| format!("{errors:?}"))?;
                let agreement = Agreement::of(&graph, &float, &simulation, &test, &|| {});
                let same = 100.0 * agreement.same_class.unwrap_or(0) as f64 / test.len() as f64;
                let correct = if correct { "corrected" } else { "as they are" };
                println!(
                    "| {name} | {rule} | {correct} | {same:.2} % | {:.4} | {:.4} |",
                    agreement.margin_error.unwrap_or(0.0),
                    agreement.error
                );
            }
        }
    }
    Ok(())
}
