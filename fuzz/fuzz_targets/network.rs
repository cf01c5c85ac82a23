//! A network by chance, of weights by chance and run by value at any level, gives what the naive interpreter gives.
//!
//! The fuzzer's bytes are the seed of a legal spec, and with more of them a text of its own.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_runtime::Level;
use mnv3_spec::Network;
use mnv3_testing::random::{self, Spec};
use mnv3_testing::{Weights, formula, naive};

/// Of what a network may cost here.
const MULTIPLY_ADDS: u64 = 1_000_000;
/// Largest difference allowed, as a share of the largest value: ten times what right ones have.
const TOLERANCE: f64 = 4e-5;

fn network(bytes: &[u8]) -> Option<Network> {
    if let Some((seed, [])) = bytes.split_first_chunk::<8>() {
        let tree = random::spec(u64::from_le_bytes(*seed)).tree;
        return mnv3_spec::parse("random.yaml", &Spec(&tree).to_string()).ok();
    }
    mnv3_spec::parse("fuzz.yaml", std::str::from_utf8(bytes).ok()?).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Some(network) = network(bytes) else { return };
    let floats = network.input.h * network.input.w * network.input.c;
    if network.multiply_adds() > MULTIPLY_ADDS || network.parameters() > MULTIPLY_ADDS || floats > 1 << 18 {
        return;
    }
    let plan = Plan::new(&network);
    if plan.workspace_bytes() > 1 << 26 {
        return;
    }
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let weights = Weights::of(&network, 4.75);
    let Ok(mut exec) = Exec::new(&plan, &weights.file().unwrap()) else {
        return;
    };
    let wanted = naive::run(&plan.graph, &|tensor| weights.numbers(tensor), &image);
    let Some((_, wanted)) = wanted.outputs.last() else {
        return;
    };
    let largest = wanted.values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    for level in Level::available() {
        exec = exec.with_level(level).unwrap();
        let (mut workspace, mut scores) = (exec.workspace(), vec![f32::NAN; exec.output_len()]);
        exec.forward_into(&mut workspace, &image, &mut scores).unwrap();
        for (found, want) in scores.iter().zip(&wanted.values) {
            let off = (f64::from(*found) - want).abs();
            assert!(off <= TOLERANCE * largest, "{level:?}: {found}, not {want}");
        }
    }
});
