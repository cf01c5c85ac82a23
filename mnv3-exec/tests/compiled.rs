//! A plan run by value gives what the compiled network gives, to the bit: scores, every map that is shown, and taps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3::{Level, MapView};
use mnv3_codegen::Plan;
use mnv3_exec::{Exec, LengthError};
use mnv3_testing::{formula, levels};
use std::path::Path;

/// What is shown of a map, and scores, as bits.
type Shown = Vec<(String, Vec<u32>)>;

fn bits(map: &MapView<'_>) -> Vec<u32> {
    let [h, w, c] = map.shape;
    let places = (0..h).flat_map(|y| (0..w).flat_map(move |x| (0..c).map(move |c| (y, x, c))));
    places.map(|(y, x, c)| map.get(y, x, c).unwrap().to_bits()).collect()
}

fn network(spec: &str) -> mnv3_spec::Network {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(spec);
    let loaded = mnv3_spec::load(spec, &path).unwrap_or_else(|errors| panic!("{errors}"));
    loaded.network
}

/// By value, on one thread: maps, taps, scores.
fn by_value(spec: &str, weights: &[u8], level: Level) -> Shown {
    let network = network(spec);
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, weights).unwrap().with_level(level);
    let mut workspace = exec.workspace();
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let mut scores = vec![f32::NAN; exec.classes()];
    let mut shown = Shown::new();
    let mut observer = |name: &str, map: MapView<'_>| shown.push((name.to_owned(), bits(&map)));
    exec.forward_observed(&mut workspace, &image, &mut scores, &mut observer)
        .unwrap();
    for output in &plan.graph.outputs {
        shown.extend(
            exec.map(&workspace, output.name)
                .map(|map| (output.name.to_owned(), bits(&map))),
        );
    }
    shown.push((
        "scores".to_owned(),
        scores.iter().map(|score| score.to_bits()).collect(),
    ));

    let threads = exec.with_threads(mnv3::Threads::new(3).unwrap());
    let mut again = vec![f32::NAN; threads.classes()];
    threads.forward_into(&mut workspace, &image, &mut again).unwrap();
    assert_eq!(
        again.iter().map(|s| s.to_bits()).collect::<Vec<_>>(),
        shown.last().unwrap().1,
        "threads"
    );
    shown
}

macro_rules! agrees {
    ($($test:ident: $name:ident of $spec:literal, with $($map:ident),*;)*) => {$(
        #[test]
        fn $test() {
            mnv3::mobilenet!($spec);
            // The macro's path starts at this crate, that of the test at the repository.
            let spec = $spec.trim_start_matches("../");
            let weights = formula::weights($name::TENSORS.iter().map(|t| (t.name, t.shape)), 4.75).unwrap();
            let [h, w, c] = $name::INPUT_SIZE;
            let image = formula::image(h, w, c);
            for level in levels::all() {
                let compiled = $name::from_safetensors(&weights).unwrap().with_level(level);
                let mut workspace = $name::workspace();
                let mut shown = Shown::new();
                let mut scores = [0.0; $name::CLASSES];
                let mut observer = |name: &'static str, map: MapView<'_>| shown.push((name.to_owned(), bits(&map)));
                let image = image.as_slice().try_into().unwrap();
                let _maps = compiled.forward_observed(&mut workspace, image, &mut scores, &mut observer);
                $(shown.push((stringify!($map).to_owned(), bits(&_maps.$map.view())));)*
                shown.push(("scores".to_owned(), scores.iter().map(|s| s.to_bits()).collect()));
                assert_eq!(by_value(spec, &weights, level), shown, "{level:?}");
            }
        }
    )*};
}

agrees! {
    a_published_network: MobileNetV3Small of "mnv3:small", with ;
    one_with_an_expansion_in_every_block_and_biases: Tf2MobileNetV3Small of "mnv3:tf2-small", with ;
    narrow_maps_of_grey_images: TextDirection of "mnv3:text-direction", with ;
    matrices_in_half_precision: SmallF16 of "../tests/specs/small-f16.yaml", with ;
    tapped_blocks: LargeWithTaps of "../tests/specs/taps.yaml", with c3, c4;
    windows_before_the_global_pool: OcrBackbone of "mnv3:ocr-backbone", with ;
}

#[test]
fn a_backbone_gives_its_taps_and_its_last_map() {
    mnv3::mobilenet!("../tests/specs/backbone.yaml");
    let weights = formula::weights(Backbone::TENSORS.iter().map(|t| (t.name, t.shape)), 4.75).unwrap();
    let compiled = Backbone::from_safetensors(&weights).unwrap();
    let mut workspace = Backbone::workspace();
    let image = formula::image(64, 96, 3);
    let maps = compiled.forward_into(&mut workspace, image.as_slice().try_into().unwrap());
    let want = [
        ("c2", bits(&maps.c2.view())),
        ("c3", bits(&maps.c3.view())),
        ("again", bits(&maps.again.view())),
        ("features", bits(&maps.features.view())),
    ];
    let shown = by_value("tests/specs/backbone.yaml", &weights, Level::new());
    for (name, bits) in want {
        assert!(shown.contains(&(name.to_owned(), bits)), "{name}");
    }
}

#[test]
fn slices_of_another_length_are_refused() {
    let network = network("mnv3:text-direction");
    let plan = Plan::new(&network);
    let weights = formula::weights(plan.tensors.iter().map(|t| (t.name.as_str(), t.shape.as_slice())), 4.75).unwrap();
    let exec = Exec::new(&plan, &weights).unwrap();
    let (mut workspace, image) = (exec.workspace(), vec![0.0; exec.image_len()]);
    let mut scores = vec![0.0; exec.classes()];
    assert_eq!(
        exec.forward_into(&mut workspace, &image[1..], &mut scores),
        Err(LengthError::Image {
            want: exec.image_len(),
            found: exec.image_len() - 1
        })
    );
    scores.push(0.0);
    let refused = exec.forward_into(&mut workspace, &image, &mut scores).unwrap_err();
    assert_eq!(refused.to_string(), "there is room for 3 scores, the network gives 2");
}
