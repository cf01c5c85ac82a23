//! Published networks as their libraries build them: parameters, tensors and multiply-adds.
//!
//! Names, shapes and counts are in the fixtures, which the libraries themselves wrote (`tests/fixtures` of the
//! workspace).

use crate::extends::Folder;
use mnv3_spec::{Act, Network};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// One of the published specs.
fn network(spec: &str) -> Network {
    let loaded = mnv3_spec::load(&format!("mnv3:{spec}"), Path::new(""));
    loaded.unwrap_or_else(|errors| panic!("{errors}")).network
}

/// A variant of one of the published specs.
fn variant(base: &str, keys: &str) -> Network {
    let text = format!("extends: mnv3:{base}\n{keys}\n");
    let loaded = Folder::new(&[("variant.yaml", &text)]).load("variant.yaml");
    loaded.unwrap_or_else(|errors| panic!("{errors}")).network
}

/// Reports where a network and the library's own differ in tensors or parameters.
fn compare(fixture: &str, network: &Network) {
    let path = workspace().join("tests/fixtures").join(format!("{fixture}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let fixture_json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let wanted: Vec<(String, Vec<usize>)> = serde_json::from_value(fixture_json["tensors"].clone()).unwrap();
    let wanted: BTreeMap<_, _> = wanted.into_iter().collect();
    let tensors = network
        .layers()
        .into_iter()
        .flat_map(|layer| layer.iter().cloned().collect::<Vec<_>>());
    let found: BTreeMap<_, _> = tensors.map(|tensor| (tensor.name, tensor.shape)).collect();
    let differing = wanted.iter().find(|(name, shape)| found.get(*name) != Some(*shape));
    if let Some((name, shape)) = differing {
        panic!(
            "{fixture} wants {name} {shape:?}, the network has {:?}",
            found.get(name)
        );
    }
    assert_eq!(found.len(), wanted.len(), "{fixture}: tensors that the library has not");
    let parameters = match fixture_json["parameters_counted"].as_str() {
        Some("all") => network.parameters_with_statistics(),
        _ => network.parameters(),
    };
    assert_eq!(Some(parameters), fixture_json["parameters"].as_u64(), "{fixture}");
}

#[test]
fn torchvision_networks_have_the_librarys_tensors() {
    for (fixture, spec) in [
        ("tv-large", "large"),
        ("tv-large-075", "torchvision/large-0.75"),
        ("tv-large-reduced", "torchvision/large-reduced-tail"),
        ("tv-large-dilated", "torchvision/large-dilated"),
        ("tv-small", "small"),
        ("tv-small-075", "torchvision/small-0.75"),
        ("tv-small-050", "torchvision/small-0.5"),
        ("tv-small-035", "torchvision/small-0.35"),
        ("tv-small-reduced", "torchvision/small-reduced-tail"),
        ("tv-small-dilated", "torchvision/small-dilated"),
    ] {
        compare(fixture, &network(spec));
    }
}

#[test]
fn timm_networks_have_the_librarys_tensors() {
    for (fixture, spec) in [
        ("timm-large-100", "timm/large-1.0"),
        ("timm-large-075", "timm/large-0.75"),
        ("timm-large-150d", "timm/large-1.5-deep"),
        ("timm-small-100", "timm/small-1.0"),
        ("timm-small-075", "timm/small-0.75"),
        ("timm-small-050", "timm/small-0.5"),
        ("timm-large-100-21k", "timm/large-21k"),
        ("timm-tf-large-100", "timm-tf/large-1.0"),
        ("timm-tf-large-075", "timm-tf/large-0.75"),
        ("timm-tf-large-minimal-100", "timm-tf/large-minimal"),
        ("timm-tf-small-100", "timm-tf/small-1.0"),
        ("timm-tf-small-075", "timm-tf/small-0.75"),
        ("timm-tf-small-minimal-100", "timm-tf/small-minimal"),
    ] {
        compare(fixture, &network(spec));
    }
}

#[test]
fn keras_networks_have_the_librarys_tensors() {
    for (fixture, spec) in [
        ("keras-large-100", "keras/large-1.0"),
        ("keras-large-075", "keras/large-0.75"),
        ("keras-large-minimalistic", "keras/large-minimalistic"),
        ("keras-small-100", "keras/small-1.0"),
        ("keras-small-075", "keras/small-0.75"),
        ("keras-small-minimalistic", "keras/small-minimalistic"),
    ] {
        compare(fixture, &network(spec));
    }
}

#[test]
fn tf2_networks_have_the_tensors_of_the_write_up() {
    compare("tf2-large", &network("tf2-large"));
    compare("tf2-small", &network("tf2-small"));
}

#[test]
fn multiply_adds_are_those_of_convolutions_and_linear_layers() {
    for (multiply_adds, spec) in [
        (216_589_760, "large"),
        (39_115_576, "torchvision/small-0.75"),
        (24_188_688, "timm/small-0.5"),
        (1_010_021_120, "timm/large-1.5-deep"),
        (154_560_624, "timm-tf/large-0.75"),
        (52_288_448, "timm-tf/small-minimal"),
        (221_304_576, "tf2-large"),
        (60_572_672, "tf2-small"),
    ] {
        assert_eq!(network(spec).multiply_adds(), multiply_adds, "{spec}");
    }
}

#[test]
fn paddle_networks_have_the_librarys_tensors() {
    for (fixture, spec) in [
        ("paddle-large-035", "paddle/large-0.35"),
        ("paddle-large-05", "paddle/large-0.5"),
        ("paddle-large-075", "paddle/large-0.75"),
        ("paddle-large-10", "paddle/large-1.0"),
        ("paddle-large-125", "paddle/large-1.25"),
        ("paddle-small-035", "paddle/small-0.35"),
        ("paddle-small-05", "paddle/small-0.5"),
        ("paddle-small-075", "paddle/small-0.75"),
        ("paddle-small-10", "paddle/small-1.0"),
        ("paddle-small-125", "paddle/small-1.25"),
        ("paddle-ocr-direction", "paddle/ocr-direction"),
    ] {
        compare(fixture, &network(spec));
    }
}

#[test]
fn timms_own_recipe_has_its_own_squeeze_and_residual() {
    let network = variant(
        "large",
        "dialect: timm\nbottlenecks: { 1: { residual: false } }\nconventions:\n  bn_epsilon: 0.001\n  \
         squeeze: { ratio: 1/4, round: 1, nl: row }\n  hidden_bias: false",
    );
    compare("timm-rw", &network);
    assert!(!network.bottlenecks[0].residual && network.bottlenecks[2].residual);
    let squeezed = |row: usize| network.bottlenecks[row].squeeze_excite.as_ref().map(|se| se.reduce.act);
    assert_eq!((squeezed(3), squeezed(10)), (Some(Act::Relu), Some(network.stem.act)));
}

/// Channels of depthwise convolutions, block by block.
fn depthwise(network: &Network) -> Vec<usize> {
    network.bottlenecks.iter().map(|b| b.depthwise.channels).collect()
}

#[test]
fn torchvision_rounds_each_width_by_itself() {
    let network = network("torchvision/small-0.35");
    assert_eq!(depthwise(&network), [8, 24, 32, 32, 88, 88, 40, 48, 104, 200, 200]);
    assert_eq!(network.stem.output.c, 8);
    assert_eq!(network.features().c, 192);
    assert_eq!(
        network
            .classify()
            .and_then(|head| head.hidden.first())
            .map(|hidden| hidden.output),
        Some(360)
    );
}

#[test]
fn timm_keeps_ratios_of_expansion_and_the_head() {
    let network = network("timm/small-0.5");
    assert_eq!(depthwise(&network), [16, 40, 56, 64, 144, 144, 72, 72, 144, 288, 288]);
    assert_eq!(network.stem.output.c, 16);
    assert_eq!(network.features().c, 288);
    assert_eq!(
        network
            .classify()
            .and_then(|head| head.hidden.first())
            .map(|hidden| hidden.output),
        Some(1024)
    );
}

#[test]
fn timm_shares_depth_out_from_the_last_rows_of_a_stage() {
    let network = network("timm/large-1.5-deep");
    let wanted = [
        24, 24, 96, 120, 120, 120, 192, 192, 192, 384, 304, 304, 280, 280, 720, 1008, 1008, 1008, 1440, 1440, 1440,
    ];
    assert_eq!(depthwise(&network), wanted);
    assert_eq!(network.last.len(), 2);
}

#[test]
fn keras_widens_the_head_above_width_1_only() {
    let hidden = |width: f64| {
        let network = variant("large", &format!("dialect: keras\nwidth: {width}"));
        network
            .classify()
            .and_then(|head| head.hidden.first())
            .map(|hidden| hidden.output)
    };
    assert_eq!((hidden(0.75), hidden(1.25)), (Some(1280), Some(1600)));
}
