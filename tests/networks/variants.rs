//! Networks that nobody published: they compile, their maps have the sizes that follow from their rows, and every SIMD
//! level computes the same. That kernels compute what they should is tested in the runtime, against naive ones.

use crate::compiled::{Dilated, Grey, Strides, WideKernels};
use mnv3::{Level, MapView};
use mnv3_testing::{formula, places};

/// Largest difference between levels, as a share of the largest value: sums are taken in another order.
const TOLERANCE: f32 = 1e-4;

/// A map's name, shape and values.
type Seen = Vec<(&'static str, [usize; 3], Vec<f32>)>;

fn values(map: MapView<'_>) -> Vec<f32> {
    places(map.shape).map(|(y, x, c)| map.get(y, x, c).unwrap()).collect()
}

/// `shapes` are those of all maps, from the stem on.
fn check(shapes: &[[usize; 3]], run: impl Fn(Level) -> Seen) {
    let levels = Level::available();
    let best = run(levels[0]);
    let ours: Vec<[usize; 3]> = best.iter().map(|(_, shape, _)| *shape).collect();
    assert_eq!(ours, shapes);
    for (name, _, values) in &best {
        assert!(values.iter().all(|v| v.is_finite()), "{name} is finite");
        assert!(values.iter().any(|v| *v != values[0]), "{name} varies");
    }
    for level in levels {
        for ((name, _, best), (_, _, other)) in best.iter().zip(run(level)) {
            let largest = best.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            for (i, (a, b)) in best.iter().zip(&other).enumerate() {
                assert!(
                    (a - b).abs() <= TOLERANCE * largest,
                    "{name} at {level:?}: value {i} is {b}, not {a}"
                );
            }
        }
    }
}

macro_rules! variants {
    ($($test:ident: $network:ident, maps $shapes:expr;)*) => {$(
        #[test]
        fn $test() {
            let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
            let bytes = formula::weights(tensors, 4.75).unwrap();
            let [h, w, c] = $network::INPUT_SIZE;
            let image = formula::image(h, w, c);
            check(&$shapes, |level| {
                let network = $network::from_safetensors(&bytes).unwrap().with_level(level).unwrap();
                let (mut seen, mut scores) = (Seen::new(), [0.0; $network::CLASSES]);
                let mut look = |name: &'static str, map: MapView<'_>| seen.push((name, map.shape, values(map)));
                let image = image.as_slice().try_into().unwrap();
                network.forward_observed(&mut $network::workspace(), image, &mut scores, &mut look);
                seen.push(("scores", [1, 1, $network::CLASSES], scores.to_vec()));
                seen
            });
        }
    )*};
}

variants! {
    kernels_of_seven_by_seven_and_of_one_axis_run: WideKernels,
        maps [[19, 21, 24], [19, 21, 24], [10, 11, 32], [10, 11, 32], [10, 11, 48], [1, 1, 11]];
    gray_images_run: Grey,
        maps [[12, 20, 16], [6, 10, 16], [1, 1, 7]];
    dilated_kernels_run: Dilated,
        maps [[24, 20, 16], [24, 20, 16], [12, 10, 24], [12, 10, 24], [12, 10, 64], [1, 1, 9]];
    strides_that_differ_by_axis_run: Strides,
        maps [[24, 192, 8], [12, 192, 8], [12, 96, 16], [4, 20, 24], [4, 20, 40], [1, 1, 36]];
}
