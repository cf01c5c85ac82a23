//! `cargo bench -p mnv3-exec --bench int8`: networks in eight bits, with `matrices: i8`, beside the same in single precision,
//! interleaved, at each SIMD level; on one thread, medians. Weights are noise: they make no difference to the time.
//!
//! `-- SPEC...` chooses others than Large and Small; `--rows` shows microseconds of each row of the spec, `--level=NAME` one level.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on may stop")]

use mnv3_codegen::{Plan, scales_of};
use mnv3_exec::Exec;
use mnv3_runtime::{Level, MapView};
use mnv3_spec::{ComputedIn, Matrices};
use mnv3_testing::{Weights, formula};
use std::time::Instant;

/// Of each, after which medians stand still.
const ROUNDS: usize = 150;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Microseconds of each row, and of what comes after the last, in the order of the spec; added to those of earlier runs.
fn rows(exec: &Exec<'_>, image: &[f32], times: &mut Vec<(String, Vec<f64>)>) {
    let (mut memory, mut scores) = (exec.workspace(), vec![0.0; exec.output_len()]);
    for _ in 0..ROUNDS {
        let (mut row, mut start) = (0, Instant::now());
        let mut add = |name: &str, start: Instant| {
            if row == times.len() {
                times.push((name.to_owned(), Vec::new()));
            }
            times[row].1.push(start.elapsed().as_secs_f64() * 1e6);
            row += 1;
        };
        let mut observer = |name: &str, _: MapView<'_>| {
            add(name, start);
            start = Instant::now();
        };
        exec.forward_observed(&mut memory, image, &mut scores, &mut observer)
            .unwrap();
        add("after", start);
    }
}

fn measure(spec: &str, by_row: bool, only: Option<&str>) {
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
        if only.is_some_and(|only| only != level.to_string()) {
            continue;
        }
        let float = Exec::new(&plan, &file).unwrap().with_level(level).unwrap();
        let int8 = Exec::new(&int8_plan, &int8_file).unwrap().with_level(level).unwrap();
        if by_row {
            let mut times = [Vec::new(), Vec::new()];
            for (exec, times) in [&float, &int8].into_iter().zip(&mut times) {
                rows(exec, &image, times);
            }
            let [float, int8] = times;
            for ((name, float), (_, int8)) in float.into_iter().zip(int8) {
                let [float, int8] = [float, int8].map(median);
                println!(
                    "{spec:12} {level:8} {name:16} f32 {float:7.1} us, int8 {int8:7.1} us: {:.2}",
                    float / int8
                );
            }
            continue;
        }
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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let by_row = arguments.iter().any(|argument| argument == "--rows");
    let level = arguments.iter().find_map(|argument| argument.strip_prefix("--level="));
    let specs: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let specs = if specs.is_empty() {
        vec!["mnv3:large", "mnv3:small"]
    } else {
        specs
    };
    for spec in specs {
        measure(spec, by_row, level);
    }
}
