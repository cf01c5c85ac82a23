//! Hundreds of networks in eight bits, by the integer kernels, at every SIMD level, on one thread and on three: every map, vector
//! and score has the bits that the simulation computes from the definition.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_codegen::{Plan, scales_of};
use mnv3_exec::{Exec, Workspace};
use mnv3_quantize::{Scales, Simulation, Value};
use mnv3_runtime::{Level, MapView, Threads};
use mnv3_spec::graph::{Graph, OpKind, ValueId};
use mnv3_spec::{ComputedIn, Network, Tensor};
use mnv3_testing::random::{Legal, Spec, legal, smallest};
use mnv3_testing::{Weights, formula, places};
use std::collections::HashMap;

/// Networks that are run.
const NETWORKS: usize = 60;
/// Factor of all kernels: numbers neither vanish nor grow.
const GAIN: f64 = 4.75;

/// Maps by the row that ends in them, then outputs, as bits; maps of bytes as these.
type Made = Vec<(String, Vec<u32>)>;

fn map(map: &MapView<'_>) -> Vec<u32> {
    places(map.shape)
        .map(|(y, x, c)| u32::from(map.byte(y, x, c).unwrap()))
        .collect()
}

/// What a network shows on one thread, and what it gives.
fn alone(exec: &Exec<'_>, plan: &Plan<'_>, image: &[f32]) -> Made {
    let (mut workspace, mut answer) = (exec.workspace(), vec![f32::NAN; exec.output_len()]);
    let mut made = Made::new();
    let mut see = |name: &str, shown: MapView<'_>| made.push((name.to_owned(), map(&shown)));
    exec.forward_observed(&mut workspace, image, &mut answer, &mut see)
        .unwrap();
    made.extend(outputs(exec, plan, &workspace, &answer));
    made
}

fn outputs(exec: &Exec<'_>, plan: &Plan<'_>, workspace: &Workspace, answer: &[f32]) -> Made {
    let outputs = plan.graph.outputs.iter().map(|output| {
        let seen = exec.map(workspace, output.name).map(|seen| map(&seen));
        (output.name.to_owned(), seen.unwrap_or_else(|| bits(answer)))
    });
    outputs.collect()
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// What the simulation makes. Probabilities are left out: it computes them in its own way.
fn wanted(graph: &Graph<'_>, values: &HashMap<ValueId, Value>) -> Vec<(String, Option<Vec<u32>>)> {
    let of = |value: ValueId| {
        let made = graph.ops.iter().find(|op| op.output == value);
        let probabilities = made.is_some_and(|op| matches!(op.kind, OpKind::Softmax | OpKind::Sigmoid));
        match &values[&value] {
            _ if probabilities => None,
            Value::Bytes(bytes) => Some(bytes.iter().map(|byte| u32::from(*byte)).collect()),
            Value::Floats(numbers) => Some(bits(numbers)),
            Value::Sums(_) => panic!("sums are not shown"),
        }
    };
    let shown = graph
        .ops
        .iter()
        .filter(|op| graph.ends_row(op.output) && graph.is_map(op.output));
    let shown = shown.map(|op| (graph.rows[op.row].name.clone(), of(op.output)));
    let outputs = graph
        .outputs
        .iter()
        .map(|output| (output.name.to_owned(), of(output.value)));
    shown.chain(outputs).collect()
}

fn compare(made: &Made, wanted: &[(String, Option<Vec<u32>>)]) -> Result<(), String> {
    if made.len() != wanted.len() {
        return Err(format!("{} values are shown, not {}", made.len(), wanted.len()));
    }
    for ((name, found), (wanted_name, wanted)) in made.iter().zip(wanted) {
        if name != wanted_name {
            return Err(format!("{name} is shown in the place of {wanted_name}"));
        }
        if wanted.as_ref().is_some_and(|wanted| wanted != found) {
            return Err(format!("{name} differs"));
        }
    }
    Ok(())
}

/// `bend` changes the numbers of the file that is run.
fn check(network: &Network, threads: &Threads, bend: &dyn Fn(&str, &mut [f32])) -> Result<(), String> {
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let plan = Plan::new(network);
    let weights = Weights::of(network, GAIN).with_scales(network, &image, scales_of(network));
    let scales = Scales::read(&plan.graph, &|name| weights.named(name)).map_err(|errors| format!("{errors:?}"))?;
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let simulation = Simulation::new(&plan.graph, &tensor, scales).map_err(|errors| format!("{errors:?}"))?;
    let wanted = wanted(&plan.graph, &simulation.run(&image));
    let mut bent = weights.clone();
    bent.bend(bend);
    let file = bent.file().unwrap();
    let packed = mnv3_codegen::pack(network, &file).map_err(|error| error.to_string())?;
    for (i, level) in Level::available().into_iter().enumerate() {
        // From the file, and packed beforehand.
        let exec = Exec::new(&plan, if i % 2 == 0 { &file } else { &packed }).map_err(|error| error.to_string())?;
        let exec = exec.with_level(level).unwrap();
        let found = alone(&exec, &plan, &image);
        compare(&found, &wanted).map_err(|wrong| format!("at {level:?} {wrong}"))?;
        let exec = exec.with_threads(threads.clone());
        let (mut workspace, mut answer) = (exec.workspace(), vec![f32::NAN; exec.output_len()]);
        // The second time in a workspace that has been used.
        for _ in 0..2 {
            exec.forward_into(&mut workspace, &image, &mut answer).unwrap();
            if !found.ends_with(&outputs(&exec, &plan, &workspace, &answer)) {
                return Err(format!("three threads at {level:?} give other bits than one"));
            }
        }
    }
    Ok(())
}

/// As if there were three cores, wherever this runs.
fn three_threads() -> Threads {
    Threads::pretend(3, 3).unwrap()
}

/// Networks that can be run in eight bits, all but those that segment or detect or have gates that are sigmoids, as such.
fn in_eight_bits() -> impl Iterator<Item = Legal> {
    let hard = legal().filter(|legal| legal.network.only_in_f32().is_none());
    let can = hard.filter(|legal| legal.network.segment().is_none() && legal.network.detect().is_none());
    can.map(|mut legal| {
        legal.network.precision = ComputedIn::Int8;
        legal
    })
}

/// Text-direction, in eight bits.
fn text_direction() -> Network {
    let network = mnv3_spec::load("mnv3:text-direction", "".as_ref()).unwrap().network;
    Network {
        precision: ComputedIn::Int8,
        ..network
    }
}

#[test]
fn any_network_in_eight_bits_has_the_bits_of_the_definition() {
    let threads = three_threads();
    let straight = |_: &str, _: &mut [f32]| {};
    for legal in in_eight_bits().take(NETWORKS) {
        if check(&legal.network, &threads, &straight).is_ok() {
            continue;
        }
        let wrong = |text: &str| {
            let mut network = mnv3_spec::parse("random.yaml", text).ok()?;
            network.precision = ComputedIn::Int8;
            check(&network, &threads, &straight).err()
        };
        let least = smallest(&legal.random.tree, &|text| wrong(text).is_some());
        let least = Spec(&least).to_string();
        let seed = legal.seed;
        panic!("seed {seed}, as small as it gets:\n{least}{}", wrong(&least).unwrap());
    }
}

#[test]
fn scales_that_are_off_show_in_the_map_that_has_them() {
    let threads = three_threads();
    for legal in in_eight_bits().take(10) {
        for part in ["input.scale", "stem.conv.scale", "stem.conv.zero"] {
            let bent = check(&legal.network, &threads, &|name, numbers| {
                if name.ends_with(part) {
                    let off = |x: &mut f32| *x = if name.ends_with("zero") { 255.0 - *x } else { *x * 1.1 };
                    numbers.iter_mut().for_each(off);
                }
            });
            let wrong = bent.unwrap_err();
            assert!(wrong.ends_with("stem differs"), "{part}: {wrong}");
        }
    }
}

#[test]
fn a_scale_that_is_too_small_is_refused() {
    let wrong = check(&text_direction(), &three_threads(), &|name, numbers| {
        if name == "int8.bottleneck_1.depthwise.scale" {
            numbers[3] = 1e-30;
        }
    });
    let wrong = wrong.unwrap_err();
    assert!(
        wrong.contains("1 problem") && wrong.contains("in output channel 3: make the scales again"),
        "{wrong}"
    );
}

fn refused(bend: &dyn Fn(&str, &mut [f32])) -> String {
    check(&text_direction(), &three_threads(), bend).unwrap_err()
}

#[test]
fn a_file_without_scales_is_refused_with_the_command_that_makes_them() {
    let network = text_direction();
    let plan = Plan::new(&network);
    let refused = Exec::new(&plan, &Weights::of(&network, GAIN).file().unwrap()).unwrap_err();
    insta::assert_snapshot!(refused, @"
        the weights do not fit TextDirection: 1 problem
          the file has no scales for eight bits (int8.network and 88 others are missing): `mnv3 quantize SPEC WEIGHTS --calibrate FOLDER -o OUT` finds them
        ");
}

#[test]
fn scales_of_another_network_and_numbers_that_are_none_are_refused() {
    let of = |part: &'static str, number: f32| {
        move |name: &str, numbers: &mut [f32]| {
            if name == part {
                numbers[2] = number;
            }
        }
    };
    let stem = "int8.stem.conv.scale";
    let wrong = [
        refused(&of("int8.network", 300.0)),
        refused(&of(stem, 0.0)),
        refused(&of(stem, -0.1)),
        refused(&of(stem, 1e-40)),
        refused(&of(stem, f32::INFINITY)),
        refused(&of(stem, f32::NAN)),
        refused(&of("int8.bottleneck_1.depthwise.zero", 0.5)),
        refused(&of("int8.bottleneck_1.depthwise.zero", 256.0)),
        refused(&|name, numbers| {
            if name == "int8.input.zero" {
                numbers[0] = -0.5;
            }
        }),
    ];
    insta::assert_snapshot!(wrong.join("\n"), @"
        the weights do not fit TextDirection: 1 problem
          its scales are of another network, or the spec has changed since: make them again with `mnv3 quantize`
        the weights do not fit TextDirection: 1 problem
          int8.stem.conv.scale is 0 in channel 2: a scale is a normal number above zero; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 1 problem
          int8.stem.conv.scale is -0.1 in channel 2: a scale is a normal number above zero; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 1 problem
          int8.stem.conv.scale is 0.0000000000000000000000000000000000000001 in channel 2: a scale is a normal number above zero; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 2 problems
          int8.stem.conv.scale is not finite in f32 at 1 of its numbers, the first at index 2
          int8.stem.conv.scale is inf in channel 2: a scale is a normal number above zero; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 2 problems
          int8.stem.conv.scale is not finite in f32 at 1 of its numbers, the first at index 2
          int8.stem.conv.scale is NaN in channel 2: a scale is a normal number above zero; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 1 problem
          int8.bottleneck_1.depthwise.zero is 0.5 in channel 2: a zero point is a whole number from 0 to 255; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 1 problem
          int8.bottleneck_1.depthwise.zero is 256 in channel 2: a zero point is a whole number from 0 to 255; make it again with `mnv3 quantize`
        the weights do not fit TextDirection: 1 problem
          int8.input.zero is -0.5 in channel 0: a zero point is a number from 0 to 255; make it again with `mnv3 quantize`
        ");
}
