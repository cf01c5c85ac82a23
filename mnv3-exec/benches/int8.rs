//! `cargo bench -p mnv3-exec --bench int8`: networks in eight bits, with `matrices: i8`, beside the same in single precision,
//! interleaved, at each SIMD level; on one thread, medians. Weights are noise: they make no difference to the time.
//!
//! `-- SPEC...` chooses others than Large and Small.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on may stop")]

use mnv3_codegen::{Plan, scales_of};
use mnv3_exec::Exec;
use mnv3_runtime::Level;
use mnv3_spec::{ComputedIn, Matrices};
use mnv3_testing::{Weights, formula};
use std::time::Instant;

/// Of each, after which medians stand still.
const ROUNDS: usize = 150;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn measure(spec: &str) {
    let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
    let mut stored = network.clone();
    stored.matrices = Matrices::I8;
    stored.precision = ComputedIn::Int8;
    let (plan, int8_plan) = (Plan::new(&network), Plan::new(&stored));
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let weights = Weights::of(&network, 4.75);
    let int8_weights = weights.clone().with_scales(&stored, &image, scales_of(&stored));
    let (file, int8_file) = (weights.file().unwrap(), int8_weights.file().unwrap());
    for level in Level::available() {
        let float = Exec::new(&plan, &file).unwrap().with_level(level).unwrap();
        let int8 = Exec::new(&int8_plan, &int8_file).unwrap().with_level(level).unwrap();
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
