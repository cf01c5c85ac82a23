//! The naive interpreter computes what the reference libraries do: one network of each dialect, and of each thing that
//! only one network has. Both are in float64, so that next to nothing may differ.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_testing::{Fixture, formula, naive};

/// The constants of hard-swish are kept in single precision, which moves 1/6 by 3e-8 of itself in every layer.
const TOLERANCE: f64 = 1e-6;

fn check(spec: &str, fixture: &str) {
    let fixture = Fixture::read(fixture).unwrap();
    let loaded = mnv3_spec::load(spec, "".as_ref()).unwrap_or_else(|errors| panic!("{errors}"));
    let gain = fixture.gain;
    let tensor = |tensor: &mnv3_spec::Tensor| formula::tensor(&tensor.name, &tensor.shape, gain);
    let run = naive::run(&loaded.network.graph(), &tensor, &fixture.image());
    let mut seen = fixture.seen();
    for (name, map) in &run.rows {
        seen.look(name, |y, x, c| map.at(y, x, c));
    }
    let [(name, scores)] = run.outputs.as_slice() else {
        panic!("{} outputs", run.outputs.len())
    };
    assert_eq!(name, "scores");
    seen.compare(&scores.values, TOLERANCE)
        .unwrap_or_else(|mismatch| panic!("{spec}: {mismatch}"));
}

#[test]
fn of_torchvision() {
    check("mnv3:torchvision/small-0.35", "tv-small-035");
}

#[test]
fn of_torchvision_with_dilation() {
    check("mnv3:torchvision/small-dilated", "tv-small-dilated");
}

#[test]
fn of_timm() {
    check("mnv3:timm/small-0.5", "timm-small-050");
}

#[test]
fn of_timm_with_weights_from_tensorflow() {
    check("mnv3:timm-tf/small-minimal", "timm-tf-small-minimal-100");
}

#[test]
fn of_timm_without_a_bias_in_the_hidden_layer() {
    check("mnv3:timm/rw", "timm-rw");
}

#[test]
fn of_keras() {
    check("mnv3:keras/small-0.75", "keras-small-075");
}

#[test]
fn of_the_tensorflow_write_up() {
    check("mnv3:tf2-small", "tf2-small");
}

#[test]
fn of_paddle_with_a_scaled_hidden_layer_and_matrices_the_other_way() {
    check("mnv3:paddle/small-0.35", "paddle-small-035");
}

#[test]
fn of_paddleocr_with_pools_over_windows() {
    check("mnv3:paddle/ocr-direction", "paddle-ocr-direction");
}
