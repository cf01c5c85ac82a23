//! The output of every row of a spec for one input, as a safetensors file: to be compared with a reference, row by row.
//!
//!     cargo run --release -p mnv3-exec --example rows -- SPEC WEIGHTS INPUT.safetensors ROWS.safetensors
//!
//! INPUT has one tensor, F32, height x width x channels: what goes into the first convolution. ROWS gets a tensor of height x
//! width x channels for each row that makes a map, by the name of the row (`stem`, `bottleneck 1`, `last`), and `scores`.
//! [docs/debugging.md](../../docs/debugging.md) says what for; `tests/torch/rows.py` is its other half.

use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_runtime::MapView;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::error::Error;
use std::fs;
use std::path::Path;

type Tensor = (String, Vec<usize>, Vec<u8>);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [spec, weights, input, rows] = arguments.as_slice() else {
        return Err("usage: rows SPEC WEIGHTS INPUT.safetensors ROWS.safetensors".into());
    };
    let network = mnv3_spec::load(spec, Path::new(spec))?.network;
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &fs::read(weights)?)?;
    let image = image(&fs::read(input)?)?;
    let mut scores = vec![0.0; exec.output_len()];
    let mut found: Vec<Tensor> = Vec::new();
    let mut keep = |name: &str, map: MapView<'_>| found.push(tensor(name, map));
    exec.forward_observed(&mut exec.workspace(), &image, &mut scores, &mut keep)?;
    if network.classify().is_some() {
        let bytes = scores.iter().flat_map(|score| score.to_le_bytes()).collect();
        found.push(("scores".to_owned(), vec![scores.len()], bytes));
    }
    let views = found
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    let views: Vec<_> = views.collect::<Result<_, Box<dyn Error>>>()?;
    fs::write(rows, serialize(views, None)?)?;
    Ok(())
}

/// The numbers of the only tensor of a file.
fn image(file: &[u8]) -> Result<Vec<f32>, Box<dyn Error>> {
    let tensors = SafeTensors::deserialize(file)?;
    match tensors.tensors().as_slice() {
        [(_, only)] if only.dtype() == Dtype::F32 => {
            let numbers = only.data().as_chunks().0;
            Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        }
        _ => Err("the input has one tensor, of F32".into()),
    }
}

/// A map as height x width x channels.
fn tensor(name: &str, map: MapView<'_>) -> Tensor {
    let [h, w, c] = map.shape;
    let places = (0..h).flat_map(|y| (0..w).flat_map(move |x| (0..c).map(move |c| (y, x, c))));
    let numbers = places.filter_map(|(y, x, c)| map.get(y, x, c));
    (
        name.to_owned(),
        vec![h, w, c],
        numbers.flat_map(f32::to_le_bytes).collect(),
    )
}
