//! Hundreds of networks in eight bits, by the integer kernels, at every SIMD level, on one thread and on three: every map, vector
//! and score has the bits that the simulation computes from the definition.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::{Int8, Int8Error, Int8Value};
use mnv3_quantize::{ChannelScales, InputScales, Scales, Simulation, Value, points};
use mnv3_runtime::{Level, Threads};
use mnv3_spec::graph::{Graph, OpKind, ValueId};
use mnv3_spec::{Network, Tensor};
use mnv3_testing::random::{Legal, Spec, legal, smallest};
use mnv3_testing::{Weights, formula, naive};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::{BTreeMap, HashMap};

/// Networks that are run.
const NETWORKS: usize = 60;
/// Factor of all kernels: numbers neither vanish nor grow.
const GAIN: f64 = 4.75;

fn ranges(numbers: &[f64], channels: usize) -> Vec<[f32; 2]> {
    let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; channels];
    for (i, x) in numbers.iter().enumerate() {
        let [low, high] = &mut ranges[i % channels];
        *low = low.min(*x as f32);
        *high = high.max(*x as f32);
    }
    ranges
}

/// Scales of the ranges that a float run has.
fn scales(graph: &Graph<'_>, weights: &Weights, image: &[f32]) -> Scales {
    let mut of = HashMap::new();
    let wanted = points(graph);
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    naive::run_with(graph, &tensor, image, &mut |op, map| {
        if wanted.iter().any(|point| point.value == op.output) {
            of.insert(op.output, ChannelScales::of_ranges(&ranges(&map.values, map.shape.c)));
        }
        map
    });
    let image: Vec<f64> = image.iter().map(|x| f64::from(*x)).collect();
    let input = InputScales::of_ranges(&ranges(&image, graph.shape(graph.input).c));
    Scales { input, of }
}

/// A weights file with more tensors.
fn with(file: &[u8], more: &[(String, Vec<f32>)]) -> Vec<u8> {
    let read = SafeTensors::deserialize(file).unwrap();
    let bytes: Vec<(&str, Vec<u8>)> = more
        .iter()
        .map(|(name, numbers)| (name.as_str(), numbers.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let views = bytes.iter().map(|(name, bytes)| {
        (
            *name,
            TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).unwrap(),
        )
    });
    let all: BTreeMap<&str, TensorView<'_>> = read.iter().chain(views).collect();
    serialize(all, None).unwrap()
}

fn run(int8: &Int8<'_>, image: &[f32], classes: usize) -> Vec<(ValueId, Int8Value)> {
    let (mut workspace, mut scores) = (int8.workspace(), vec![f32::NAN; classes]);
    let mut made = Vec::new();
    int8.forward_observed(&mut workspace, image, &mut scores, &mut |id, value| {
        made.push((id, value))
    })
    .unwrap();
    // In a workspace that has been used, and without an observer.
    let mut again = vec![f32::NAN; classes];
    int8.forward_into(&mut workspace, image, &mut again).unwrap();
    assert_eq!(again.map_bits(), scores.map_bits());
    made
}

trait Bits {
    fn map_bits(&self) -> Vec<u32>;
}

impl Bits for Vec<f32> {
    fn map_bits(&self) -> Vec<u32> {
        self.iter().map(|x| x.to_bits()).collect()
    }
}

/// What differs from the simulation. Probabilities are not looked at: the simulation computes them in its own way.
fn compare(graph: &Graph<'_>, made: &[(ValueId, Int8Value)], wanted: &HashMap<ValueId, Value>) -> Result<(), String> {
    for (id, value) in made {
        let op = graph.ops.iter().find(|op| op.output == *id).unwrap();
        let same = match (value, &wanted[id]) {
            (Int8Value::Map(found), Value::Bytes(wanted)) => found == wanted,
            (Int8Value::Vector(found), Value::Floats(wanted)) => {
                matches!(op.kind, OpKind::Softmax | OpKind::Sigmoid) || found.map_bits() == wanted.map_bits()
            }
            (Int8Value::Map(_), Value::Floats(_) | Value::Sums(_))
            | (Int8Value::Vector(_), Value::Bytes(_) | Value::Sums(_)) => false,
        };
        if !same {
            return Err(format!("{} of {} differs", op.name, graph.rows[op.row].name));
        }
    }
    Ok(())
}

/// `bend` changes the numbers of the file's scales.
fn check(network: &Network, threads: &Threads, bend: &dyn Fn(&str, &mut [f32])) -> Result<(), String> {
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let plan = Plan::new(network);
    let weights = Weights::of(network, GAIN);
    let scales = scales(&plan.graph, &weights, &image);
    let mut tensors = scales.tensors(&plan.graph);
    tensors.iter_mut().for_each(|(name, numbers)| bend(name, numbers));
    let file = with(&weights.file().unwrap(), &tensors);
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    let simulation = Simulation::new(&plan.graph, &tensor, scales).map_err(|errors| format!("{errors:?}"))?;
    let wanted = simulation.run(&image);
    let classes = network.vector().unwrap_or(0);
    for level in Level::available() {
        let int8 = Int8::new(&plan, &file).map_err(|error| error.to_string())?;
        let int8 = int8.with_level(level).unwrap();
        let alone = run(&int8, &image, classes);
        compare(&plan.graph, &alone, &wanted).map_err(|wrong| format!("at {level:?} {wrong}"))?;
        let shared = run(&int8.with_threads(threads.clone()), &image, classes);
        if shared != alone {
            return Err(format!("three threads at {level:?} give other bits than one"));
        }
    }
    Ok(())
}

/// As if there were three cores, wherever this runs.
fn three_threads() -> Threads {
    Threads::pretend(3, 3).unwrap()
}

/// Networks that are run in eight bits: all but those that segment or detect.
fn in_eight_bits() -> impl Iterator<Item = Legal> {
    legal().filter(|legal| legal.network.segment().is_none() && legal.network.detect().is_none())
}

#[test]
fn a_network_that_segments_or_detects_is_refused() {
    for spec in ["mnv3:torchvision/lraspp-small", "mnv3:torchvision/ssdlite320-small"] {
        let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
        let plan = Plan::new(&network);
        assert_eq!(Int8::new(&plan, b"").unwrap_err(), Int8Error::Head);
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
            let network = mnv3_spec::parse("random.yaml", text).ok()?;
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
            assert!(wrong.ends_with("conv of stem differs"), "{part}: {wrong}");
        }
    }
}

#[test]
fn a_scale_that_is_too_small_is_refused() {
    let network = mnv3_spec::load("mnv3:text-direction", "".as_ref()).unwrap().network;
    let wrong = check(&network, &three_threads(), &|name, numbers| {
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

#[test]
fn a_file_without_scales_is_refused_with_the_command_that_makes_them() {
    let network = mnv3_spec::load("mnv3:text-direction", "".as_ref()).unwrap().network;
    let plan = Plan::new(&network);
    let refused = Int8::new(&plan, &Weights::of(&network, GAIN).file().unwrap()).unwrap_err();
    assert!(matches!(refused, Int8Error::Scales(_)));
    let text = refused.to_string();
    assert!(
        text.starts_with("input has no scales\n  stem.conv has no scales\n"),
        "{text}"
    );
    assert!(text.ends_with("`mnv3 quantize` writes scales"), "{text}");
}
