//! Every published network against the library that it comes from, run by value at every SIMD level: tensor names and
//! shapes, parameters, the output of every block at a few positions, and the scores. `tests/fixtures` holds what the
//! libraries said, in float64. That compiled networks give the same bits is for `compiled`, and six are compiled for
//! parity as well: `tests/networks/parity.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_runtime::{Level, MapView};
use mnv3_spec::graph::OutputKind;
use mnv3_testing::Fixture;
use std::collections::BTreeSet;
use std::path::Path;

/// Largest difference allowed, as a share of the largest value: right float32 implementations stay under 2e-5, the
/// smallest plausible mistake is at 1e-2.
const TOLERANCE: f64 = 1e-4;

fn check(spec: &str, fixture: &str) {
    let fixture = Fixture::read(fixture).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(spec);
    let loaded = mnv3_spec::load(spec, &file).unwrap_or_else(|errors| panic!("{errors}"));
    let plan = Plan::new(&loaded.network);
    let tensors = plan
        .tensors
        .iter()
        .map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice()));
    let fits = fixture.fits(tensors, loaded.network.parameters());
    fits.unwrap_or_else(|mismatch| panic!("{mismatch}"));
    let mut exec = Exec::new(&plan, &fixture.weights().unwrap()).unwrap();
    let (mut workspace, image) = (exec.workspace(), fixture.image());
    for level in Level::available() {
        exec = exec.with_level(level).unwrap();
        let (mut seen, mut scores) = (fixture.seen(), vec![f32::NAN; exec.output_len()]);
        let mut look = |name: &str, map: MapView<'_>| seen.look(name, |y, x, c| map.get(y, x, c).unwrap().into());
        exec.forward_observed(&mut workspace, &image, &mut scores, &mut look)
            .unwrap();
        if let Some(logits) = exec.map(&workspace, "logits") {
            scores = logits.to_array().into_iter().collect();
        }
        for output in plan
            .graph
            .outputs
            .iter()
            .filter(|output| output.kind == OutputKind::Map)
        {
            let map = exec.map(&workspace, output.name).unwrap();
            seen.look(output.name, |y, x, c| map.get(y, x, c).unwrap().into());
        }
        if let Some(head) = loaded.network.detect() {
            let maps = head.predictions.iter();
            let maps = maps.map(|prediction| exec.map(&workspace, &prediction.logits.name).unwrap());
            scores = maps.flat_map(|map| map.to_array().into_iter()).collect();
        }
        let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
        let compared = seen.compare(&scores, TOLERANCE);
        compared.unwrap_or_else(|mismatch| panic!("{level:?}: {mismatch}"));
    }
}

macro_rules! parity {
    ($($test:ident: $spec:literal by $fixture:literal;)*) => {
        $(
            #[test]
            fn $test() {
                check($spec, $fixture);
            }
        )*

        #[test]
        fn every_published_network_is_here() {
            let here = BTreeSet::from([$($spec),*]);
            // A network of our own, which no library has: the command's tests compare it with PyTorch.
            let published = mnv3_spec::published().filter(|name| name != "mnv3:text-direction");
            let here = here.into_iter().filter(|spec| spec.starts_with("mnv3:"));
            assert_eq!(published.collect::<BTreeSet<_>>(), here.map(str::to_owned).collect());
        }
    };
}

parity! {
    torchvision_large: "mnv3:large" by "tv-large";
    torchvision_small: "mnv3:small" by "tv-small";
    tf2_large: "mnv3:tf2-large" by "tf2-large";
    tf2_small: "mnv3:tf2-small" by "tf2-small";
    torchvision_large_075: "mnv3:torchvision/large-0.75" by "tv-large-075";
    torchvision_small_075: "mnv3:torchvision/small-0.75" by "tv-small-075";
    torchvision_small_050: "mnv3:torchvision/small-0.5" by "tv-small-050";
    torchvision_small_035: "mnv3:torchvision/small-0.35" by "tv-small-035";
    torchvision_large_reduced_tail: "mnv3:torchvision/large-reduced-tail" by "tv-large-reduced";
    torchvision_small_reduced_tail: "mnv3:torchvision/small-reduced-tail" by "tv-small-reduced";
    torchvision_large_dilated: "mnv3:torchvision/large-dilated" by "tv-large-dilated";
    torchvision_small_dilated: "mnv3:torchvision/small-dilated" by "tv-small-dilated";
    mediapipe_selfie: "mnv3:mediapipe/selfie" by "mediapipe-selfie";
    mediapipe_selfie_landscape: "mnv3:mediapipe/selfie-landscape" by "mediapipe-selfie-landscape";
    torchvision_lraspp_large: "mnv3:torchvision/lraspp-large" by "tv-lraspp-large";
    torchvision_lraspp_small: "mnv3:torchvision/lraspp-small" by "tv-lraspp-small";
    ssdlite320_large: "mnv3:torchvision/ssdlite320-large" by "ssdlite320-large-reduced";
    ssdlite320_large_full_tail: "mnv3:torchvision/ssdlite320-large-full-tail" by "ssdlite320-large";
    ssdlite320_small: "mnv3:torchvision/ssdlite320-small" by "ssdlite320-small-reduced";
    ssdlite320_small_full_tail: "mnv3:torchvision/ssdlite320-small-full-tail" by "ssdlite320-small";
    timm_large_100: "mnv3:timm/large-1.0" by "timm-large-100";
    timm_large_075: "mnv3:timm/large-0.75" by "timm-large-075";
    timm_large_150d: "mnv3:timm/large-1.5-deep" by "timm-large-150d";
    timm_rw: "mnv3:timm/rw" by "timm-rw";
    timm_large_21k: "mnv3:timm/large-21k" by "timm-large-100-21k";
    timm_small_100: "mnv3:timm/small-1.0" by "timm-small-100";
    timm_small_075: "mnv3:timm/small-0.75" by "timm-small-075";
    timm_small_050: "mnv3:timm/small-0.5" by "timm-small-050";
    timm_tf_large_100: "mnv3:timm-tf/large-1.0" by "timm-tf-large-100";
    timm_tf_large_075: "mnv3:timm-tf/large-0.75" by "timm-tf-large-075";
    timm_tf_large_minimal: "mnv3:timm-tf/large-minimal" by "timm-tf-large-minimal-100";
    keras_large_100: "mnv3:keras/large-1.0" by "keras-large-100";
    keras_large_075: "mnv3:keras/large-0.75" by "keras-large-075";
    keras_large_minimalistic: "mnv3:keras/large-minimalistic" by "keras-large-minimalistic";
    timm_tf_small_100: "mnv3:timm-tf/small-1.0" by "timm-tf-small-100";
    timm_tf_small_075: "mnv3:timm-tf/small-0.75" by "timm-tf-small-075";
    timm_tf_small_minimal: "mnv3:timm-tf/small-minimal" by "timm-tf-small-minimal-100";
    keras_small_100: "mnv3:keras/small-1.0" by "keras-small-100";
    keras_small_075: "mnv3:keras/small-0.75" by "keras-small-075";
    keras_small_minimalistic: "mnv3:keras/small-minimalistic" by "keras-small-minimalistic";
    paddle_large_035: "mnv3:paddle/large-0.35" by "paddle-large-035";
    paddle_large_05: "mnv3:paddle/large-0.5" by "paddle-large-05";
    paddle_large_075: "mnv3:paddle/large-0.75" by "paddle-large-075";
    paddle_large_10: "mnv3:paddle/large-1.0" by "paddle-large-10";
    paddle_large_125: "mnv3:paddle/large-1.25" by "paddle-large-125";
    paddle_small_035: "mnv3:paddle/small-0.35" by "paddle-small-035";
    paddle_small_05: "mnv3:paddle/small-0.5" by "paddle-small-05";
    paddle_small_075: "mnv3:paddle/small-0.75" by "paddle-small-075";
    paddle_small_10: "mnv3:paddle/small-1.0" by "paddle-small-10";
    paddle_small_125: "mnv3:paddle/small-1.25" by "paddle-small-125";
    paddle_ocr_direction: "mnv3:paddle/ocr-direction" by "paddle-ocr-direction";
    d_li14_large: "mnv3:d-li14/large-1.0" by "d-li14-large-100";
    d_li14_large_075: "mnv3:d-li14/large-0.75" by "d-li14-large-075";
    d_li14_small: "mnv3:d-li14/small-1.0" by "d-li14-small-100";
    d_li14_small_075: "mnv3:d-li14/small-0.75" by "d-li14-small-075";
    d_li14_of_2019: "tests/specs/d-li14-2019-large.yaml" by "d-li14-2019-large";
    xiaolai_large: "mnv3:xiaolai/large" by "xiaolai-large";
    xiaolai_small: "mnv3:xiaolai/small" by "xiaolai-small";
    xiaolai_of_2019: "tests/specs/xiaolai-2019-small.yaml" by "xiaolai-2019-small";
    timm_embedding: "tests/specs/embedding.yaml" by "timm-small-050-embedding";
    torchvision_pooled: "tests/specs/pooled.yaml" by "tv-small-035-pooled";
}
