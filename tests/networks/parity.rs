//! One compiled network of each family against the library that it comes from: tensor names and shapes, parameters, the
//! output of every block at a few positions, and the scores, at every SIMD level. `tests/fixtures` holds what the
//! libraries said, in float64. `mnv3-exec/tests/parity.rs` has all published networks, without compiling them.

use crate::compiled::{
    KerasSmall100, MobileNetV3Large, MobileNetV3Small, PaddleOcrDirection, PaddleSmall035, TimmLarge150d,
};
use mnv3::{Level, MapView, Tensor};
use mnv3_testing::{Fixture, ShownValues};

/// Largest difference allowed, as a share of the largest value: right float32 implementations stay under 2e-5, the
/// smallest plausible mistake is at 1e-2.
const TOLERANCE: f64 = 1e-4;

fn check(
    fixture: &str,
    tensors: &[Tensor],
    parameters: u64,
    run: impl Fn(&[u8], &[f32], Level, &mut ShownValues<'_>) -> Vec<f32>,
) {
    let fixture = Fixture::read(fixture).unwrap();
    let fits = fixture.fits(tensors.iter().map(|tensor| (tensor.name, tensor.shape)), parameters);
    fits.unwrap_or_else(|mismatch| panic!("{mismatch}"));
    let (weights, image) = (fixture.weights().unwrap(), fixture.image());
    for level in Level::available() {
        let mut seen = fixture.seen();
        let scores = run(&weights, &image, level, &mut seen);
        let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
        let compared = seen.compare(&scores, TOLERANCE);
        compared.unwrap_or_else(|mismatch| panic!("{level:?}: {mismatch}"));
    }
}

macro_rules! parity {
    ($($test:ident: $network:ident by $fixture:literal;)*) => {$(
        #[test]
        fn $test() {
            check($fixture, $network::TENSORS, $network::PARAMETERS, |weights, image, level, seen| {
                let network = $network::from_safetensors(weights).unwrap().with_level(level).unwrap();
                let mut scores = [f32::NAN; $network::CLASSES];
                let mut look = |name: &str, map: MapView<'_>| seen.look(name, |y, x, c| map.get(y, x, c).unwrap().into());
                let image = image.try_into().unwrap();
                network.forward_observed(&mut $network::workspace(), image, &mut scores, &mut look);
                scores.to_vec()
            });
        }
    )*};
}

parity! {
    torchvision_large: MobileNetV3Large by "tv-large";
    torchvision_small: MobileNetV3Small by "tv-small";
    timm_large_150d: TimmLarge150d by "timm-large-150d";
    keras_small_100: KerasSmall100 by "keras-small-100";
    paddle_small_035: PaddleSmall035 by "paddle-small-035";
    paddle_ocr_direction: PaddleOcrDirection by "paddle-ocr-direction";
}
