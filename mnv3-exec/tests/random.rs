//! Hundreds of networks that nobody wrote, run by value at every SIMD level, on one thread and on three: what the naive
//! interpreter computes in float64, on both numbers of threads to the same bits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::{Exec, Workspace};
use mnv3_runtime::{Level, MapView, Threads};
use mnv3_spec::{ComputedIn, Network, Tensor};
use mnv3_testing::random::{Spec, legal, smallest};
use mnv3_testing::{Weights, formula, naive, places};

/// Networks that are run.
const NETWORKS: usize = 500;
/// Largest difference allowed, as a share of the largest value of a map: five times what right ones have.
const TOLERANCE: f64 = 2e-5;
/// Where all values are smaller than this, of networks whose gain keeps them at about 1, they are what is left of sums that
/// cancel, and exact to a share of it.
const CANCELLED: f64 = 0.01;
/// Factor of all kernels: numbers neither vanish nor grow.
const GAIN: f64 = 4.75;

/// Names and values of all that a network hands to its caller.
type Outputs = Vec<(String, Vec<f32>)>;

/// The values of a map, pixel after pixel.
fn values(map: &MapView<'_>) -> Vec<f32> {
    places(map.shape).map(|(y, x, c)| map.get(y, x, c).unwrap()).collect()
}

/// The outputs that the last run left.
fn outputs(exec: &Exec<'_>, plan: &Plan<'_>, workspace: &Workspace, scores: &[f32]) -> Outputs {
    let outputs = plan.graph.outputs.iter().map(|output| {
        let map = exec.map(workspace, output.name);
        (
            output.name.to_owned(),
            map.map_or_else(|| scores.to_vec(), |map| values(&map)),
        )
    });
    outputs.collect()
}

fn bits(outputs: &Outputs) -> Vec<(&str, Vec<u32>)> {
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect();
    outputs
        .iter()
        .map(|(name, values)| (name.as_str(), bits(values)))
        .collect()
}

/// Says where values differ by more than the tolerance.
fn compare(what: &str, ours: &[f32], wanted: &naive::Map) -> Result<(), String> {
    if ours.len() != wanted.values.len() {
        return Err(format!("{what} has {} values, not {}", ours.len(), wanted.values.len()));
    }
    let largest = wanted
        .values
        .iter()
        .fold(CANCELLED, |most, value| most.max(value.abs()));
    // Of NaN nothing is true, so that it is asked what is close, not what is far.
    let close = |i: usize| (f64::from(ours[i]) - wanted.values[i]).abs() <= TOLERANCE * largest;
    match (0..ours.len()).find(|&i| !close(i)) {
        None => Ok(()),
        Some(i) => Err(format!("{what}: value {i} is {}, not {}", ours[i], wanted.values[i])),
    }
}

/// Runs a network on one thread, and compares every map that is shown, and every output.
fn alone(exec: &Exec<'_>, plan: &Plan<'_>, image: &[f32], wanted: &naive::Run) -> Result<Outputs, String> {
    let (mut workspace, mut scores) = (exec.workspace(), vec![f32::NAN; exec.output_len()]);
    let mut shown = Outputs::new();
    let mut look = |name: &str, map: MapView<'_>| shown.push((name.to_owned(), values(&map)));
    exec.forward_observed(&mut workspace, image, &mut scores, &mut look)
        .unwrap();
    // A head is shown where it ends in a map.
    let segments = plan.network.segment().is_some();
    let rows = wanted.rows.iter().filter(|(name, _)| name != "head" || segments);
    let outputs = outputs(exec, plan, &workspace, &scores);
    let pairs = [
        (&shown, rows.collect::<Vec<_>>()),
        (&outputs, wanted.outputs.iter().collect()),
    ];
    for (ours, wanted) in pairs {
        if ours.len() != wanted.len() {
            return Err(format!("{} maps, not {}", ours.len(), wanted.len()));
        }
        for ((name, values), (wanted_name, map)) in ours.iter().zip(wanted) {
            if name != wanted_name {
                return Err(format!("{name} is shown in the place of {wanted_name}"));
            }
            compare(name, values, map)?;
        }
    }
    Ok(outputs)
}

/// Runs a network in every way, and says what is wrong. `tensor` are the weights that the interpreter is given.
fn check(network: &Network, threads: &Threads, tensor: &dyn Fn(&Tensor) -> Vec<f32>) -> Result<(), String> {
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let plan = Plan::new(network);
    let wanted = naive::run(&plan.graph, tensor, &image);
    let file = Weights::of(network, GAIN).file().unwrap();
    let mut exec = Exec::new(&plan, &file).map_err(|error| error.to_string())?;
    let mut by_level = Vec::new();
    for level in Level::available() {
        exec = exec.with_level(level).unwrap();
        let found = alone(&exec, &plan, &image, &wanted);
        by_level.push((level, found.map_err(|wrong| format!("at {level:?} {wrong}"))?));
    }
    exec = exec.with_threads(threads.clone());
    let (mut workspace, mut scores) = (exec.workspace(), vec![f32::NAN; exec.output_len()]);
    for (level, alone) in by_level {
        exec = exec.with_level(level).unwrap();
        exec.forward_into(&mut workspace, &image, &mut scores).unwrap();
        if bits(&outputs(&exec, &plan, &workspace, &scores)) != bits(&alone) {
            return Err(format!("three threads at {level:?} give other bits than one"));
        }
    }
    Ok(())
}

/// The same with the weights that the network runs with.
fn as_defined(network: &Network, threads: &Threads) -> Result<(), String> {
    let network = &in_single_precision(network);
    let weights = Weights::of(network, GAIN);
    check(network, threads, &|tensor| weights.numbers(tensor))
}

/// What a network computes in eight bits is compared in `int8.rs`.
fn in_single_precision(network: &Network) -> Network {
    Network {
        precision: ComputedIn::F32,
        ..network.clone()
    }
}

/// As if there were three cores, wherever this runs.
fn three_threads() -> Threads {
    Threads::pretend(3, 3).unwrap()
}

#[test]
fn any_network_gives_what_it_is_defined_to_give() {
    let threads = three_threads();
    for legal in legal().take(NETWORKS) {
        if as_defined(&legal.network, &threads).is_ok() {
            continue;
        }
        let wrong = |text: &str| {
            let network = mnv3_spec::parse("random.yaml", text).ok()?;
            as_defined(&network, &threads).err()
        };
        let least = smallest(&legal.random.tree, &|text| wrong(text).is_some());
        let least = Spec(&least).to_string();
        panic!(
            "seed {}, as small as it gets:\n{least}{}",
            legal.seed,
            wrong(&least).unwrap()
        );
    }
}

#[test]
fn weights_that_are_a_hundredth_off_show() {
    let threads = three_threads();
    for legal in legal().take(40) {
        let network = &in_single_precision(&legal.network);
        let weights = Weights::of(network, GAIN);
        let stem = &network.stem;
        let moved = |tensor: &Tensor| {
            let mut numbers = weights.numbers(tensor);
            if *tensor == stem.tensors.weight {
                numbers.iter_mut().for_each(|weight| *weight *= 1.01);
            }
            numbers
        };
        let wrong = check(network, &threads, &moved).unwrap_err();
        assert!(wrong.contains("stem"), "{wrong}");
    }
}
