//! Weights that no training gives: alike everywhere, without any say, beyond all measure. Results follow from arithmetic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_runtime::Level;
use mnv3_testing::{Weights, formula};
use safetensors::SafeTensors;
use safetensors::tensor::{TensorView, serialize};

/// The weights of the formula, each number made another by its tensor's name.
fn weights(file: &[u8], number: impl Fn(&str, f32) -> f32) -> Vec<u8> {
    let file = SafeTensors::deserialize(file).unwrap();
    let tensors = file.iter().map(|(name, tensor)| {
        let numbers = tensor.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
        let bytes: Vec<u8> = numbers.flat_map(|x| number(name, x).to_le_bytes()).collect();
        (name, tensor.dtype(), tensor.shape().to_vec(), bytes)
    });
    let tensors: Vec<_> = tensors.collect();
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, data)| (*name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    serialize(views, None).unwrap()
}

/// Calls `check` with the scores of some images, at every level, of each of two networks.
fn every_level(number: impl Fn(&str, f32) -> f32, check: impl Fn(&str, Level, [Vec<f32>; 2])) {
    for spec in ["mnv3:small", "mnv3:timm-tf/small-minimal"] {
        let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
        let plan = Plan::new(&network);
        let file = weights(&Weights::of(&network, 4.75).file().unwrap(), &number);
        let image = formula::image(network.input.h, network.input.w, network.input.c);
        let other: Vec<f32> = image.iter().rev().map(|x| x * 2.0).collect();
        for level in Level::available() {
            let exec = Exec::new(&plan, &file).unwrap().with_level(level).unwrap();
            let mut workspace = exec.workspace();
            let scores = [&image, &other].map(|image| {
                let mut scores = vec![0.0; exec.output_len()];
                exec.forward_into(&mut workspace, image, &mut scores).unwrap();
                scores
            });
            check(spec, level, scores);
        }
    }
}

#[test]
fn weights_that_are_all_alike_give_all_classes_the_same_score() {
    let alike = |_: &str, _: f32| 0.125;
    every_level(alike, |spec, level, scores| {
        for scores in scores {
            assert!(
                scores[0].is_finite() && scores[0] != 0.0,
                "{spec} {level}: {}",
                scores[0]
            );
            let same = scores.iter().all(|score| score.to_bits() == scores[0].to_bits());
            assert!(same, "{spec} {level}");
        }
    });
}

#[test]
fn norms_that_multiply_with_zero_make_all_images_alike() {
    let deaf = |name: &str, x: f32| if is_gamma(name) { 0.0 } else { x };
    every_level(deaf, |spec, level, [first, second]| {
        assert!(first.iter().all(|score| score.is_finite()), "{spec} {level}");
        assert!(first.iter().any(|score| *score != first[0]), "{spec} {level}");
        assert_eq!(first, second, "{spec} {level}");
    });
}

/// Of a norm, whose tensors have one dimension: `running_var` is there for each.
fn is_gamma(name: &str) -> bool {
    let last_but_one = name.rsplit('.').nth(1).unwrap_or_default();
    let norm = last_but_one.starts_with("bn") || last_but_one == "1";
    norm && name.ends_with(".weight")
}

fn is_kernel(name: &str) -> bool {
    name.ends_with(".weight") && !is_gamma(name)
}

#[test]
fn weights_that_only_folding_makes_infinite_are_refused_by_name() {
    let network = mnv3_spec::load("mnv3:small", "".as_ref()).unwrap().network;
    let plan = Plan::new(&network);
    let file = Weights::of(&network, 4.75).file().unwrap();
    let huge = |name: &str, x: f32| {
        if is_kernel(name) || is_gamma(name) {
            x.signum() * 1e30
        } else {
            x
        }
    };
    let error = Exec::new(&plan, &weights(&file, huge)).unwrap_err().to_string();
    assert!(error.contains("features.0.0.weight"), "{error}");
}

#[test]
fn weights_of_1e30_overflow_to_scores_that_nobody_takes_for_an_answer() {
    let huge = |name: &str, x: f32| if is_kernel(name) { x.signum() * 1e30 } else { x };
    every_level(huge, |spec, level, scores| {
        for scores in scores {
            assert!(
                scores.iter().all(|score| !score.is_finite()),
                "{spec} {level}: {:?}",
                &scores[..4]
            );
        }
    });
}

#[test]
fn weights_of_1e_30_leave_the_biases() {
    let faint = |name: &str, x: f32| if is_kernel(name) { x * 1e-30 } else { x };
    every_level(faint, |spec, level, [first, second]| {
        assert!(
            first.iter().all(|score| score.is_finite() && *score != 0.0),
            "{spec} {level}"
        );
        assert_eq!(first, second, "{spec} {level}");
    });
}
