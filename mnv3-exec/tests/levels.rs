//! What levels, threads, runs and what lay in a workspace before may change of scores: the levels a little, the others nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::{Exec, Workspace};
use mnv3_runtime::{Level, Threads};
use mnv3_testing::{Weights, formula};
use std::time::{Duration, Instant};

/// Largest difference of two levels, as a share of the largest score: `docs/reliability.md` has what was measured.
const BETWEEN_LEVELS: f32 = 1e-5;

const SPECS: [&str; 4] = [
    "mnv3:small",
    "mnv3:timm/small-0.5",
    "mnv3:keras/small-minimalistic",
    "mnv3:tf2-small",
];

fn scores(exec: &Exec<'_>, workspace: &mut Workspace, image: &[f32]) -> Vec<f32> {
    let mut scores = vec![f32::NAN; exec.output_len()];
    exec.forward_into(workspace, image, &mut scores).unwrap();
    scores
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

#[test]
fn levels_differ_by_roundings_and_nothing_else_changes_a_bit() {
    let mut most = 0.0f32;
    for spec in SPECS {
        let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
        let plan = Plan::new(&network);
        let file = Weights::of(&network, 4.75).file().unwrap();
        let [h, w, c] = [network.input.h, network.input.w, network.input.c];
        let image = formula::image(h, w, c);
        let other: Vec<f32> = image.iter().rev().map(|x| x * 3.0).collect();
        let mut exec = Exec::new(&plan, &file).unwrap();
        let mut by_level: Vec<Vec<f32>> = Vec::new();
        for level in Level::available() {
            exec = exec.with_level(level).unwrap();
            let mut workspace = exec.workspace();
            let first = scores(&exec, &mut workspace, &image);
            assert!(first.iter().all(|score| score.is_finite()), "{spec} {level:?}");
            // After another image, and after one that left nothing but NaN.
            for before in [&other, &vec![f32::NAN; image.len()]] {
                let _ = scores(&exec, &mut workspace, before);
                let again = scores(&exec, &mut workspace, &image);
                assert_eq!(bits(&again), bits(&first), "{spec} {level:?}: another run");
            }
            for threads in [2, 3, 8] {
                let divided = Exec::new(&plan, &file).unwrap().with_level(level).unwrap();
                let divided = divided.with_threads(Threads::pretend(threads, threads).unwrap());
                let found = scores(&divided, &mut divided.workspace(), &image);
                assert_eq!(bits(&found), bits(&first), "{spec} {level:?}: {threads} threads");
            }
            by_level.push(first);
        }
        let largest = by_level[0].iter().fold(0.0f32, |most, score| most.max(score.abs()));
        for (at, a) in by_level.iter().enumerate() {
            for b in &by_level[..at] {
                let off = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest;
                assert!(off <= BETWEEN_LEVELS, "{spec}: {off:e} between levels");
                most = most.max(off);
            }
        }
    }
    println!("levels differ by at most {most:e} of the largest score");
    assert!(most > 0.0, "levels that give the same bits have not been compared");
}

/// Takes seconds, and a machine that is quiet: `cargo test -p mnv3-exec --test levels -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn tiny_numbers_cost_no_more_than_others() {
    let network = mnv3_spec::load("mnv3:small", "".as_ref()).unwrap().network;
    let plan = Plan::new(&network);
    let image = formula::image(224, 224, 3);
    let scaled = |factor: f32| image.iter().map(|x| x * factor).collect::<Vec<f32>>();
    let ordinary = Weights::of(&network, 4.75).file().unwrap();
    // Kernels so small that products of weights and numbers are subnormal throughout.
    let tiny = Weights::of(&network, 1e-40).file().unwrap();
    let cases = [
        ("an ordinary image", &ordinary, image.clone()),
        ("zeros", &ordinary, scaled(0.0)),
        ("an image of subnormal numbers", &ordinary, scaled(1e-39)),
        ("an image of 1e-30", &ordinary, scaled(1e-30)),
        ("kernels of 1e-21", &tiny, image.clone()),
    ];
    for level in Level::available() {
        let mut first = None;
        for (case, file, image) in &cases {
            let exec = Exec::new(&plan, file).unwrap().with_level(level).unwrap();
            let mut workspace = exec.workspace();
            let time = |workspace: &mut Workspace| {
                let start = Instant::now();
                let _ = scores(&exec, workspace, image);
                start.elapsed()
            };
            let least = (0..60).map(|_| time(&mut workspace)).min().unwrap_or(Duration::MAX);
            let ratio = least.as_secs_f64() / first.get_or_insert(least).as_secs_f64();
            println!("{level:?}: {case}: {least:?}, {ratio:.2}");
        }
    }
}
