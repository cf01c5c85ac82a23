//! `cargo bench`: whole networks on one thread, from the bytes of a file to an answer, at every SIMD level; medians. How mnv3
//! stands beside other engines, and how its time grows with width and size, is for `bench/run.sh`.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a measurement that cannot go on may stop"
)]

use mnv3::{Level, Tensor, mobilenet};
use mnv3_testing::formula;
use std::hint::black_box;
use std::time::Instant;

mobilenet!("specs/large.yaml");
mobilenet!("specs/small.yaml");
mobilenet!("specs/text-direction.yaml");

/// Keeps the numbers in a sane range; time does not depend on it.
const GAIN: f64 = 4.75;
const LOADS: usize = 20;
const FORWARDS: usize = 300;

fn weights(tensors: &[Tensor]) -> Vec<u8> {
    formula::weights(tensors.iter().map(|t| (t.name, t.shape)), GAIN).unwrap()
}

/// Median milliseconds of so many calls, after one that warms up.
fn milliseconds(calls: usize, mut call: impl FnMut()) -> f64 {
    call();
    let mut times: Vec<f64> = (0..calls)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[calls / 2]
}

/// Loading and forward of one network.
macro_rules! network {
    ($name:literal, $model:ident) => {{
        let bytes = weights($model::TENSORS);
        let load = || $model::from_safetensors(&bytes).unwrap();
        let loading = milliseconds(LOADS, || drop(black_box(load())));
        println!("{:14} from_safetensors {loading:8.3} ms", $name);
        let [height, width, channels] = $model::INPUT_SIZE;
        let image = formula::image(height, width, channels);
        let image: &[f32; $model::INPUT_LEN] = image.as_slice().try_into().unwrap();
        for level in Level::available() {
            let model = load().with_level(level).unwrap();
            let (mut workspace, mut scores) = ($model::workspace(), [0.0; $model::CLASSES]);
            let time = milliseconds(FORWARDS, || {
                model.forward_into(&mut workspace, black_box(image), &mut scores)
            });
            let speed = 2.0 * $model::MULTIPLY_ADDS as f64 / time / 1e6;
            println!("{:14} forward {level:8} {time:8.3} ms, {speed:5.1} GFLOP/s", $name);
        }
    }};
}

fn main() {
    network!("large", MobileNetV3Large);
    network!("small", MobileNetV3Small);
    network!("text direction", TextDirection);
}
