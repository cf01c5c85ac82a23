//! What levels, threads, runs and what lay in a workspace before may change of scores: the levels a little, the others nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use cpu_time::ThreadTime;
use mnv3_codegen::Plan;
use mnv3_exec::{Exec, Workspace};
use mnv3_runtime::{Level, Threads};
use mnv3_testing::{Weights, formula, places};
use std::time::Duration;

/// Largest difference of two levels, as a share of the largest score: `docs/reliability.md` has what was measured.
const BETWEEN_LEVELS: f32 = 1e-5;

const SPECS: [&str; 6] = [
    "mnv3:small",
    "mnv3:timm/small-0.5",
    "mnv3:keras/small-minimalistic",
    "mnv3:tf2-small",
    "mnv3:torchvision/lraspp-small",
    "mnv3:torchvision/ssdlite320-small",
];

/// All that a network hands out for an image: scores, or the logits of pixels, or logits and offsets of anchors, map by map.
fn outputs(exec: &Exec<'_>, plan: &Plan<'_>, workspace: &mut Workspace, image: &[f32]) -> Vec<Vec<f32>> {
    let mut scores = vec![f32::NAN; exec.output_len()];
    exec.forward_into(workspace, image, &mut scores).unwrap();
    let outputs = plan.graph.outputs.iter().map(|output| {
        let map = exec.map(workspace, output.name);
        map.map_or_else(
            || scores.clone(),
            |map| places(map.shape).map(|(y, x, c)| map.get(y, x, c).unwrap()).collect(),
        )
    });
    outputs.collect()
}

fn bits(outputs: &[Vec<f32>]) -> Vec<u32> {
    outputs.iter().flatten().map(|number| number.to_bits()).collect()
}

/// The largest difference of two outputs, as a share of the largest number of the first.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().fold(0.0f32, |most, number| most.max(number.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
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
        let mut by_level: Vec<Vec<Vec<f32>>> = Vec::new();
        for level in Level::available() {
            exec = exec.with_level(level).unwrap();
            let mut workspace = exec.workspace();
            let first = outputs(&exec, &plan, &mut workspace, &image);
            assert!(
                first.iter().flatten().all(|number| number.is_finite()),
                "{spec} {level:?}"
            );
            // After another image, and after one that left nothing but NaN.
            for before in [&other, &vec![f32::NAN; image.len()]] {
                let _ = outputs(&exec, &plan, &mut workspace, before);
                let again = outputs(&exec, &plan, &mut workspace, &image);
                assert_eq!(bits(&again), bits(&first), "{spec} {level:?}: another run");
            }
            for threads in [3, 8] {
                let divided = Exec::new(&plan, &file).unwrap().with_level(level).unwrap();
                let divided = divided.with_threads(Threads::pretend(threads, threads).unwrap());
                let found = outputs(&divided, &plan, &mut divided.workspace(), &image);
                assert_eq!(bits(&found), bits(&first), "{spec} {level:?}: {threads} threads");
            }
            by_level.push(first);
        }
        let mut most_here = 0.0f32;
        for (at, a) in by_level.iter().enumerate() {
            for (a, b) in by_level[..at].iter().flat_map(|b| a.iter().zip(b)) {
                let off = difference(a, b);
                assert!(off <= BETWEEN_LEVELS, "{spec}: {off:e} between levels");
                most_here = most_here.max(off);
            }
        }
        println!("{spec}: levels differ by at most {most_here:e} of the largest number of an output");
        most = most.max(most_here);
    }
    let several = Level::available().len() > 1;
    assert_eq!(
        most > 0.0,
        several,
        "levels that give the same bits have not been compared"
    );
}

/// Takes seconds, in time of the processor, on a machine that is not too busy: `cargo test -p mnv3-exec --test levels -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn tiny_numbers_cost_no_more_than_others() {
    for spec in ["mnv3:small", "mnv3:large"] {
        tiny_numbers(spec);
    }
}

fn tiny_numbers(spec: &str) {
    let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
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
        let execs = cases
            .each_ref()
            .map(|(_, file, _)| Exec::new(&plan, file).unwrap().with_level(level).unwrap());
        let mut workspace = execs[0].workspace();
        let mut scores = vec![f32::NAN; execs[0].output_len()];
        let mut least = [Duration::MAX; 5];
        // In turns, so that what else the machine does meets all alike.
        for _ in 0..40 {
            for ((exec, (_, _, image)), least) in execs.iter().zip(&cases).zip(&mut least) {
                let start = ThreadTime::now();
                exec.forward_into(&mut workspace, image, &mut scores).unwrap();
                *least = start.elapsed().min(*least);
            }
        }
        for ((case, _, _), time) in cases.iter().zip(least) {
            let ratio = time.as_secs_f64() / least[0].as_secs_f64();
            println!("{spec}, {level:?}: {case}: {time:?}, {ratio:.2}");
            assert!(ratio <= 1.2, "{spec}, {level:?}: {case} takes {ratio:.2} of the time");
        }
    }
}
