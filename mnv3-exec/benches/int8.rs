//! `cargo bench -p mnv3-exec --bench int8`: networks in eight bits, with `matrices: i8`, beside the same in single precision,
//! interleaved, at each SIMD level; on one thread, medians. Weights are noise: they make no difference to the time.
//!
//! `-- SPEC...` chooses others than Large and Small.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::{Exec, Int8};
use mnv3_quantize::{ChannelScales, InputScales, Scales, points};
use mnv3_runtime::Level;
use mnv3_spec::Matrices;
use mnv3_spec::graph::Graph;
use mnv3_testing::{Weights, formula};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::BTreeMap;
use std::time::Instant;

/// Of each, after which medians stand still.
const ROUNDS: usize = 150;

/// Any scales that numbers fit.
fn scales(graph: &Graph<'_>) -> Scales {
    let of = points(graph).into_iter().map(|point| {
        let scales = ChannelScales {
            scale: vec![0.05; point.channels],
            zero_point: vec![40; point.channels],
        };
        (point.value, scales)
    });
    let channels = graph.shape(graph.input).c;
    Scales {
        of: of.collect(),
        input: InputScales {
            scale: vec![0.02; channels],
            zero_point: vec![120.0; channels],
        },
    }
}

fn file(weights: &Weights, scales: &Scales, graph: &Graph<'_>) -> Vec<u8> {
    let file = weights.file().unwrap();
    let read = SafeTensors::deserialize(&file).unwrap();
    let tensors = scales.tensors(graph);
    let tensors = tensors.iter().map(|(name, numbers)| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        (name.as_str(), bytes)
    });
    let tensors: Vec<_> = tensors.collect();
    let views = tensors.iter().map(|(name, bytes)| {
        (
            *name,
            TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).unwrap(),
        )
    });
    let all: BTreeMap<&str, TensorView<'_>> = read.iter().chain(views).collect();
    serialize(all, None).unwrap()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn measure(spec: &str) {
    let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
    let mut stored = network.clone();
    stored.matrices = Matrices::I8;
    let (plan, int8_plan) = (Plan::new(&network), Plan::new(&stored));
    let weights = Weights::of(&network, 4.75);
    let file = file(&weights, &scales(&plan.graph), &plan.graph);
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    for level in Level::available() {
        let float = Exec::new(&plan, &file).unwrap().with_level(level).unwrap();
        let int8 = Int8::new(&int8_plan, &file).unwrap().with_level(level).unwrap();
        let mut scores = vec![0.0; float.output_len()];
        let (mut float_memory, mut int8_memory) = (float.workspace(), int8.workspace());
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let start = Instant::now();
            float.forward_into(&mut float_memory, &image, &mut scores).unwrap();
            let middle = Instant::now();
            int8.forward_into(&mut int8_memory, &image, &mut scores).unwrap();
            times[0].push((middle - start).as_secs_f64() * 1e3);
            times[1].push(middle.elapsed().as_secs_f64() * 1e3);
        }
        let [float, int8] = times.map(median);
        println!(
            "{spec:12} {level:8} f32 {float:.3} ms, int8 {int8:.3} ms: {:.2} times as fast",
            float / int8
        );
    }
}

fn main() {
    let specs: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if specs.is_empty() {
        ["mnv3:large", "mnv3:small"].iter().for_each(|spec| measure(spec));
    }
    specs.iter().for_each(|spec| measure(spec));
}
