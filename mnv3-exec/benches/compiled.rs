//! `cargo bench -p mnv3-exec --bench compiled`: Large and Small by value beside the same compiled, interleaved, on one thread at
//! the best SIMD level. Each process of several lays out its memory anew; the ratio is the median of those of all rounds.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a measurement that cannot go on may stop"
)]

use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_testing::{Weights, formula};
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

mnv3::mobilenet!("mnv3:large");
mnv3::mobilenet!("mnv3:small");

const PROCESSES: usize = 5;
/// Of a process, each with so many forwards of both.
const ROUNDS: usize = 60;
const FORWARDS: usize = 5;
const WARM_UP: usize = 5;

/// Prints the milliseconds of every round: compiled, and by value.
macro_rules! measure {
    ($spec:literal, $network:ident) => {{
        let network = mnv3_spec::load($spec, "".as_ref()).unwrap().network;
        let plan = Plan::new(&network);
        let file = Weights::of(&network, 4.75).file().unwrap();
        let compiled = $network::from_safetensors(&file).unwrap();
        let by_value = Exec::new(&plan, &file).unwrap();
        let (mut memory, mut of_value) = ($network::workspace(), by_value.workspace());
        let [h, w, c] = $network::INPUT_SIZE;
        let image = formula::image(h, w, c);
        let array: &[f32; $network::INPUT_LEN] = image.as_slice().try_into().unwrap();
        let mut scores = [[0.0; $network::CLASSES]; 2];
        for round in 0..ROUNDS + WARM_UP {
            let mut times = [0.0; 2];
            // Who is first alternates.
            for turn in [round % 2, 1 - round % 2] {
                let start = Instant::now();
                for _ in 0..FORWARDS {
                    if turn == 0 {
                        compiled.forward_into(&mut memory, black_box(array), &mut scores[0]);
                    } else {
                        by_value
                            .forward_into(&mut of_value, black_box(&image), &mut scores[1])
                            .unwrap();
                    }
                }
                times[turn] = start.elapsed().as_secs_f64() * 1e3 / FORWARDS as f64;
            }
            if round >= WARM_UP {
                println!("{} {} {}", $spec, times[0], times[1]);
            }
        }
        assert_eq!(scores[0], scores[1]);
    }};
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    if std::env::args().any(|argument| argument == "--process") {
        measure!("mnv3:large", MobileNetV3Large);
        measure!("mnv3:small", MobileNetV3Small);
        return;
    }
    let mut lines = String::new();
    for _ in 0..PROCESSES {
        let run = Command::new(std::env::current_exe().unwrap())
            .arg("--process")
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        lines += &String::from_utf8(run.stdout).unwrap();
    }
    for spec in ["mnv3:large", "mnv3:small"] {
        let of_spec = lines.lines().filter_map(|line| line.strip_prefix(spec));
        let rounds: Vec<[f64; 2]> = of_spec
            .map(|line| {
                let times: Vec<f64> = line.split_whitespace().map(|time| time.parse().unwrap()).collect();
                [times[0], times[1]]
            })
            .collect();
        let [compiled, by_value] = [0, 1].map(|i| median(rounds.iter().map(|times| times[i])));
        let ratio = median(rounds.iter().map(|[compiled, by_value]| by_value / compiled));
        println!("{spec:12} compiled {compiled:.3} ms, by value {by_value:.3} ms: {ratio:.3} times as long");
    }
}
