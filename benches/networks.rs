//! Whole networks, one thread, at every SIMD level. Throughput is multiply-adds: `Gelem/s` times two is
//! GFLOP/s. How mnv3 stands beside other engines, and how its time grows with width and size, is for `bench/run.sh`.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot run may stop")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mnv3::{Level, Tensor, mobilenet};
use mnv3_testing::formula;
use std::hint::black_box;

mobilenet!("specs/large.yaml");
mobilenet!("specs/small.yaml");
mobilenet!("specs/text-direction.yaml");

/// Keeps the numbers in a sane range; time does not depend on it.
const GAIN: f64 = 4.75;

fn weights(tensors: &[Tensor]) -> Vec<u8> {
    formula::weights(tensors.iter().map(|t| (t.name, t.shape)), GAIN).unwrap()
}

/// Loading and forward of one network.
macro_rules! network {
    ($criterion:expr, $name:literal, $model:ident) => {{
        let bytes = weights($model::TENSORS);
        let load = || $model::from_safetensors(&bytes).unwrap();
        let mut group = $criterion.benchmark_group($name);
        group.sample_size(20);
        group.bench_function("from_safetensors", |b| b.iter(load));
        group.throughput(Throughput::Elements($model::MULTIPLY_ADDS));
        let [height, width, channels] = $model::INPUT_SIZE;
        let image = formula::image(height, width, channels);
        let image: &[f32; $model::INPUT_SIZE[0] * $model::INPUT_SIZE[1] * $model::INPUT_SIZE[2]] =
            image.as_slice().try_into().unwrap();
        for level in Level::available() {
            let model = load().with_level(level).unwrap();
            let mut workspace = $model::workspace();
            let mut scores = [0.0; $model::CLASSES];
            group.bench_function(format!("forward {level}"), |b| {
                b.iter(|| model.forward_into(&mut workspace, black_box(image), &mut scores));
            });
        }
        group.finish();
    }};
}

fn networks(criterion: &mut Criterion) {
    network!(criterion, "large", MobileNetV3Large);
    network!(criterion, "small", MobileNetV3Small);
    network!(criterion, "text direction", TextDirection);
}

criterion_group!(benches, networks);
criterion_main!(benches);
