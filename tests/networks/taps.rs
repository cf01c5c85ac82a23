//! Taps and headless networks: maps that are handed to the caller, with their sizes in their types.

use crate::compiled::{Backbone, BackboneMaps, LargeWithTaps, MobileNetV3Large};
use mnv3::MapView;
use mnv3::layers::Map;
use mnv3::ndarray::{Array3, ArrayView3};
use mnv3_testing::formula;
use std::collections::BTreeMap;

/// Weights by the formula, for any network.
macro_rules! network {
    ($network:ident) => {{
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        $network::from_safetensors(&formula::weights(tensors, 4.75).unwrap()).unwrap()
    }};
}

/// Copies of all maps that an observer is shown.
#[derive(Default)]
struct Seen(BTreeMap<&'static str, Array3<f32>>);

impl Seen {
    fn look(&mut self, name: &'static str, map: MapView<'_>) {
        self.0.insert(
            name,
            Array3::from_shape_fn(map.shape, |(y, x, c)| map.get(y, x, c).unwrap()),
        );
    }
}

/// Not all alike, so that equality says something.
fn varies(map: &Array3<f32>) -> bool {
    map.iter().any(|v| v != &map[(0, 0, 0)])
}

#[test]
fn tapped_maps_are_what_the_observer_saw_in_full_size() {
    let network = network!(LargeWithTaps);
    let image = formula::image(224, 224, 3);
    let (mut workspace, mut scores, mut seen) = (LargeWithTaps::workspace(), [0.0; 1000], Seen::default());
    let maps = network.forward_observed(
        &mut workspace,
        image.as_slice().try_into().unwrap(),
        &mut scores,
        &mut |name: &'static str, map: MapView<'_>| seen.look(name, map),
    );
    let c3: Map<'_, 28, 28, 40> = maps.c3;
    let c4: Map<'_, 14, 14, 112> = maps.c4;
    // Blocks after the tapped ones ran in between and did not overwrite them.
    assert_eq!(c3.to_array(), seen.0["bottleneck 6"]);
    assert_eq!(c4.to_array(), seen.0["bottleneck 12"]);
    assert!(varies(&c3.to_array()) && varies(&c4.to_array()));
    assert_eq!(c4.get(13, 13, 111), Some(seen.0["bottleneck 12"][(13, 13, 111)]));
    assert_eq!([c4.get(14, 0, 0), c4.get(0, 14, 0), c4.get(0, 0, 112)], [None; 3]);
}

#[test]
fn taps_do_not_change_the_scores() {
    let image = formula::image(224, 224, 3);
    let image = ArrayView3::from_shape((224, 224, 3), &image).unwrap();
    let plain = network!(MobileNetV3Large).forward(image).unwrap();
    assert_eq!(network!(LargeWithTaps).forward(image).unwrap(), plain);
    assert!(plain.iter().any(|s| *s != plain[0]));
}

#[test]
fn a_workspace_without_taps_has_no_place_for_them() {
    // 40 channels lie in memory as 48.
    let taps = (28 * 28 * 48 + 14 * 14 * 112) * size_of::<f32>();
    assert_eq!(LargeWithTaps::WORKSPACE_BYTES, MobileNetV3Large::WORKSPACE_BYTES + taps);
}

#[test]
fn a_network_without_head_answers_with_its_last_map_and_its_taps() {
    let network = network!(Backbone);
    let image = formula::image(64, 96, 3);
    let (mut workspace, mut seen) = (Backbone::workspace(), Seen::default());
    let maps: BackboneMaps<'_> = network.forward_observed(
        &mut workspace,
        image.as_slice().try_into().unwrap(),
        &mut |name: &'static str, map: MapView<'_>| seen.look(name, map),
    );
    let c2: Map<'_, 16, 24, 16> = maps.c2;
    let c3: Map<'_, 8, 12, 24> = maps.c3;
    let features: Map<'_, 2, 3, 96> = maps.features;
    assert_eq!(c2.to_array(), seen.0["bottleneck 1"]);
    assert_eq!(c3.to_array(), seen.0["bottleneck 3"]);
    assert_eq!(maps.again.to_array(), seen.0["bottleneck 3"]);
    assert_eq!(features.to_array(), seen.0["bottleneck 11"]);
    assert!(!seen.0.contains_key("last"));
    let answer = network
        .forward(ArrayView3::from_shape((64, 96, 3), &image).unwrap())
        .unwrap();
    assert_eq!(answer, seen.0["bottleneck 11"]);
    assert!(varies(&answer));
}
