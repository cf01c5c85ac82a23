//! Hundreds of networks in eight bits: each byte is what the definition of its op, in float64, makes of the bytes before it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

mod support;

use mnv3_quantize::{ChannelScales, InputScales, Scales, Simulation, Value};
use mnv3_spec::graph::{Graph, Op, ValueId};
use mnv3_spec::{Network, Tensor};
use mnv3_testing::naive::{self, Map};
use mnv3_testing::random::{Legal, Spec, legal, smallest};
use mnv3_testing::{Weights, formula};
use std::cell::RefCell;
use std::collections::HashMap;
use support::{dequantised, ranges};

/// Networks that are run.
const NETWORKS: usize = 200;
/// Factor of all kernels: numbers neither vanish nor grow.
const GAIN: f64 = 4.75;
/// How far a byte may be from the number that it stands for: half a step, and what single precision rounds. Sums have up to
/// a million steps, of which single precision keeps 24 bits.
const STEP: f64 = 0.5 + 0.005;
/// The same of vectors in single precision, as a share of the largest number.
const TOLERANCE: f64 = 1e-5;

/// Scales of the ranges that a float run has, as a calibration of one image finds them.
fn scales(graph: &Graph<'_>, weights: &Weights, image: &[f32]) -> Scales {
    let mut of = HashMap::new();
    let wanted = graph.points();
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    naive::run_with(graph, &tensor, image, &mut |op, map| {
        if wanted.iter().any(|point| point.value == op.output) {
            of.insert(op.output, ChannelScales::of_ranges(&ranges(&map.values, map.shape.c)));
        }
        map
    });
    let image: Vec<f64> = image.iter().map(|x| f64::from(*x)).collect();
    Scales {
        input: InputScales::of_ranges(&ranges(&image, graph.shape(graph.input).c)),
        of,
    }
}

/// What a number is in steps of its channel.
fn steps(x: f64, scales: &ChannelScales, c: usize) -> f64 {
    (x / f64::from(scales.scale[c]) + f64::from(scales.zero_point[c])).clamp(0.0, 255.0)
}

/// Says where bytes are not the nearest to what they stand for.
fn compare_bytes(bytes: &[u8], map: &Map, scales: &ChannelScales) -> Result<(), String> {
    if bytes.len() != map.values.len() {
        return Err(format!("{} bytes, not {}", bytes.len(), map.values.len()));
    }
    for (i, (byte, x)) in bytes.iter().zip(&map.values).enumerate() {
        let t = steps(*x, scales, i % map.shape.c);
        // Of NaN nothing is true, so that it is asked what is close, not what is far.
        let close = (f64::from(*byte) - t).abs() <= STEP;
        if !close {
            return Err(format!("byte {i} is {byte}, not {t}"));
        }
    }
    Ok(())
}

fn compare_floats(floats: &[f32], map: &Map, tolerance: f64) -> Result<(), String> {
    if floats.len() != map.values.len() {
        return Err(format!("{} numbers, not {}", floats.len(), map.values.len()));
    }
    let largest = map.values.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    for (i, (float, x)) in floats.iter().zip(&map.values).enumerate() {
        let close = (f64::from(*float) - x).abs() <= tolerance * largest;
        if !close {
            return Err(format!("number {i} is {float}, not {x}"));
        }
    }
    Ok(())
}

/// The scales that a value has: its own, or those of what is pooled to it.
fn scales_of<'s>(graph: &Graph<'_>, scales: &'s Scales, value: ValueId) -> &'s ChannelScales {
    scales.of.get(&value).unwrap_or_else(|| {
        let op = graph.ops.iter().find(|op| op.output == value).unwrap();
        scales_of(graph, scales, op.inputs[0])
    })
}

/// Runs a network in eight bits and says what is wrong. `bend` is what a test does to its bytes.
fn check(network: &Network, bend: &dyn Fn(&Op<'_>, &mut Vec<u8>)) -> Result<(), String> {
    let graph = network.graph();
    let weights = Weights::of(network, GAIN);
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let scales = scales(&graph, &weights, &image);
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let simulation = Simulation::new(&graph, &tensor, scales.clone()).map_err(|errors| format!("{errors:?}"))?;
    let values = simulation.run(&image);
    let stored = dequantised(&graph, &simulation, &scales, &weights)?;
    let wrong = RefCell::new(Ok(()));
    let start = simulation.numbers(graph.input, &values[&graph.input]);
    for (i, (x, shown)) in image.iter().zip(&start).enumerate() {
        if (x - shown).abs() > 0.501 * scales.input.scale[i % network.input.c] {
            return Err(format!("number {i} of the image is {shown}, not {x}"));
        }
    }
    naive::run_with(
        &graph,
        &|tensor| stored[&tensor.name].clone(),
        &start,
        &mut |op, map| {
            let row = &graph.rows[op.row].name;
            let note = |found: Result<(), String>| {
                let mut first = wrong.borrow_mut();
                if first.is_ok() {
                    *first = found.map_err(|found| format!("{row} {}: {found}", op.name));
                }
            };
            let values = match &values[&op.output] {
                Value::Bytes(bytes) => {
                    let mut bytes = bytes.clone();
                    bend(op, &mut bytes);
                    note(compare_bytes(&bytes, &map, scales_of(&graph, &scales, op.output)));
                    let numbers = simulation.numbers(op.output, &Value::Bytes(bytes));
                    numbers.into_iter().map(f64::from).collect()
                }
                // What they are added to shows them.
                Value::Sums(_) => map.values.clone(),
                Value::Floats(floats) => {
                    note(compare_floats(floats, &map, TOLERANCE));
                    floats.iter().copied().map(f64::from).collect()
                }
            };
            Map {
                shape: map.shape,
                values,
            }
        },
    );
    wrong.into_inner()
}

/// Networks that can be run in eight bits.
fn in_eight_bits() -> impl Iterator<Item = Legal> {
    legal().filter(|legal| legal.network.only_in_f32().is_none())
}

#[test]
fn each_byte_is_what_its_op_makes_of_the_bytes_before() {
    let straight = |_: &Op<'_>, _: &mut Vec<u8>| {};
    for legal in in_eight_bits().take(NETWORKS) {
        if check(&legal.network, &straight).is_ok() {
            continue;
        }
        let wrong = |text: &str| {
            let network = mnv3_spec::parse("random.yaml", text).ok()?;
            check(&network, &straight).err()
        };
        let least = smallest(&legal.random.tree, &|text| wrong(text).is_some());
        let least = Spec(&least).to_string();
        let seed = legal.seed;
        panic!("seed {seed}, as small as it gets:\n{least}{}", wrong(&least).unwrap());
    }
}

#[test]
fn a_byte_that_is_one_off_shows_in_every_kind_of_op() {
    let mut seen: Vec<String> = Vec::new();
    for legal in in_eight_bits().take(NETWORKS) {
        let graph = legal.network.graph();
        for op in &graph.ops {
            let kind = format!("{:?}", op.kind).split(' ').next().unwrap().to_owned();
            let is_byte = graph.points().iter().any(|point| point.value == op.output);
            if seen.contains(&kind) || !is_byte {
                continue;
            }
            seen.push(kind);
            let bent = check(&legal.network, &|at, bytes| {
                if at.output == op.output {
                    let byte = &mut bytes[0];
                    *byte = if *byte == 255 { 254 } else { *byte + 1 };
                }
            });
            // The next ops are asked about the bytes as they were bent, so that only this one is wrong.
            let wrong = bent.unwrap_err();
            assert!(wrong.contains(op.name), "{}: {wrong}", op.name);
        }
    }
    // Convolution, depthwise, pointwise, gate, residual.
    assert_eq!(seen.len(), 5);
}
