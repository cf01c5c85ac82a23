//! Scales as a file has them, and everything that can be wrong with them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_quantize::{ChannelScales, InputScales, Scales, ScalesError, Simulation, SimulationError};
use mnv3_spec::graph::Graph;
use mnv3_spec::{Network, Tensor};
use std::collections::BTreeMap;

fn network() -> Network {
    let spec = "{ name: Tiny, dialect: torchvision, input: { size: [8, 8], channels: 3 },
        stem: { k: 3, out: 16, nl: HS, s: 2 }, bottlenecks: [
            { k: 3, exp: 16, out: 16, se: true, nl: RE, s: 1 }, { k: 3, exp: 24, out: 16, se: false, nl: HS, s: 1 },
            { k: 3, exp: 32, out: 24, se: false, nl: HS, s: 2 }],
        last: [{ out: 32, nl: HS }, { out: 16, nl: HS }], head: { pool: avg, hidden: none, classes: 5 } }";
    mnv3_spec::parse("tiny.yaml", spec).unwrap()
}

fn scales(graph: &Graph<'_>) -> Scales {
    let of = graph.points().into_iter().map(|point| {
        let scales = ChannelScales::of_ranges(&vec![[-1.0, 2.0]; point.channels]);
        (point.value, scales)
    });
    Scales {
        input: InputScales::of_pictures(&[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]),
        of: of.collect(),
    }
}

fn read(graph: &Graph<'_>, file: &BTreeMap<String, Vec<f32>>) -> Result<Scales, Vec<ScalesError>> {
    Scales::read(graph, &|name| file.get(name).cloned())
}

#[test]
fn values_have_the_names_of_rows_and_ops() {
    let network = network();
    let names: Vec<String> = network.graph().points().into_iter().map(|point| point.name).collect();
    assert_eq!(
        names,
        [
            "stem.conv",
            "bottleneck_1.depthwise",
            "bottleneck_1.gate",
            "bottleneck_1.residual",
            "bottleneck_2.expand",
            "bottleneck_2.depthwise",
            "bottleneck_2.residual",
            "bottleneck_3.expand",
            "bottleneck_3.depthwise",
            "bottleneck_3.project",
            "last_1.conv",
            "last.conv",
        ]
    );
}

#[test]
fn what_is_written_is_read() {
    let network = network();
    let graph = network.graph();
    let file: BTreeMap<_, _> = scales(&graph).tensors(&graph).into_iter().collect();
    assert_eq!(file.len(), 2 * 13);
    let found = read(&graph, &file).unwrap();
    assert_eq!(found.of, scales(&graph).of);
    assert_eq!(found.input, scales(&graph).input);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let network = network();
    let graph = network.graph();
    let mut file: BTreeMap<_, _> = scales(&graph).tensors(&graph).into_iter().collect();
    let mut set = |name: &str, channel: usize, number: f32| file.get_mut(name).unwrap()[channel] = number;
    set("int8.stem.conv.scale", 3, 0.0);
    set("int8.bottleneck_1.gate.scale", 0, -0.5);
    set("int8.bottleneck_1.residual.scale", 1, f32::INFINITY);
    set("int8.bottleneck_2.expand.scale", 23, f32::NAN);
    set("int8.bottleneck_2.depthwise.scale", 0, f32::MIN_POSITIVE / 2.0);
    set("int8.bottleneck_2.residual.zero", 2, 0.5);
    set("int8.bottleneck_3.expand.zero", 2, 256.0);
    set("int8.bottleneck_3.depthwise.zero", 2, f32::NAN);
    set("int8.input.zero", 1, -1.0);
    file.remove("int8.last.conv.scale");
    file.remove("int8.last.conv.zero");
    file.get_mut("int8.last_1.conv.scale").unwrap().pop();
    let mut said: Vec<String> = read(&graph, &file)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    said.sort();
    assert_eq!(
        said,
        [
            "last.conv has no scales",
            "last_1.conv has 32 channels, and 31 scales with 32 zero points",
            "the scale of bottleneck_1.gate is -0.5 in channel 0: it must be a normal number above zero",
            "the scale of bottleneck_1.residual is inf in channel 1: it must be a normal number above zero",
            "the scale of bottleneck_2.depthwise is 0.000000000000000000000000000000000000005877472 in channel 0: it must be a normal number above zero",
            "the scale of bottleneck_2.expand is NaN in channel 23: it must be a normal number above zero",
            "the scale of stem.conv is 0 in channel 3: it must be a normal number above zero",
            "the zero point of bottleneck_2.residual is 0.5 in channel 2: it must be a whole number from 0 to 255",
            "the zero point of bottleneck_3.depthwise is NaN in channel 2: it must be a whole number from 0 to 255",
            "the zero point of bottleneck_3.expand is 256 in channel 2: it must be a whole number from 0 to 255",
            "the zero point of the input is -1 in channel 1: it must be from 0 to 255",
        ]
    );
    let nothing = read(&graph, &BTreeMap::new()).unwrap_err();
    assert_eq!(nothing.len(), 13);
    assert!(
        nothing
            .iter()
            .all(|problem| matches!(problem, ScalesError::Missing { .. }))
    );
}

#[test]
fn a_scale_that_is_too_small_for_the_weights_is_refused() {
    let network = network();
    let graph = network.graph();
    let weights = mnv3_testing::Weights::of(&network, 4.75);
    let tensor = |tensor: &Tensor| weights.numbers(tensor);
    assert!(Simulation::new(&graph, &tensor, scales(&graph)).is_ok());
    for point in graph.points().iter().filter(|point| !point.name.ends_with("gate")) {
        let mut scales = scales(&graph);
        scales.of.get_mut(&point.value).unwrap().scale[5] = 1e-12;
        let refused = Simulation::new(&graph, &tensor, scales).unwrap_err();
        assert_eq!(refused, [SimulationError::Steps(point.name.clone())]);
    }
}
