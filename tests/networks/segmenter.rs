//! A network that segments, compiled: masks of its logits, without allocation.

use crate::compiled::SmallSegment;
use mnv3::ndarray::Array4;
use mnv3::segment::{Alpha, ClassError, Mask};
use mnv3::{SegmenterWorkspace, Threads};
use mnv3_testing::formula;

fn network() -> SmallSegment {
    let tensors = SmallSegment::TENSORS.iter().map(|t| (t.name, t.shape));
    SmallSegment::from_safetensors(&formula::weights(tensors, 5.0).unwrap()).unwrap()
}

#[test]
fn a_mask_has_the_class_of_the_largest_logit_and_alpha_its_probability_and_nothing_is_allocated_for_them() {
    let network = network();
    let image = formula::image(64, 96, 3);
    let input = image.as_slice().try_into().unwrap();
    let logits = network
        .forward(mnv3::ndarray::ArrayView3::from_shape((64, 96, 3), &image).unwrap())
        .unwrap();
    let mut workspace = SegmenterWorkspace::new();
    // At the size of the input nothing is resized.
    let (mut mask, mut alpha) = (Mask::new([64, 96]), Alpha::new([64, 96]));
    let mut large = Mask::new([300, 200]);
    let allocated = allocation_counter::measure(|| {
        network.segment_into(&mut workspace, input, &mut mask);
        network.alpha_into(&mut workspace, input, 2, &mut alpha).unwrap();
        network.segment_into(&mut workspace, input, &mut large);
    });
    assert_eq!(allocated.count_total, 0);
    assert!(
        mask.counts().iter().filter(|count| **count > 0).count() > 1,
        "{:?}",
        mask.counts()
    );
    for (i, (class, alpha)) in mask.classes().iter().zip(alpha.values()).enumerate() {
        let of = |class: usize| logits[[i / 96, i % 96, class]];
        assert!((0..3).all(|other| of(other) <= of(usize::from(*class))), "pixel {i}");
        let sum: f32 = (0..3).map(|class| of(class).exp()).sum();
        assert!(
            (255.0 * of(2).exp() / sum - f32::from(*alpha)).abs() < 0.51,
            "pixel {i}"
        );
    }
    assert_eq!(large.size(), [300, 200]);
    let refused = network.alpha_into(&mut workspace, input, 3, &mut alpha);
    assert_eq!(refused, Err(ClassError { class: 3, classes: 3 }));
}

#[test]
fn pictures_are_prepared_as_the_spec_says() {
    let network = network();
    let photo = mnv3::image::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/coffee.png")).unwrap();
    let mask = network.segment(&photo).unwrap();
    assert_eq!(mask.size(), [400, 600]);
    let input = SmallSegment::preprocess(&photo).unwrap();
    let mut own = Mask::new([400, 600]);
    network.segment_into(
        &mut SegmenterWorkspace::new(),
        input.as_slice().unwrap().try_into().unwrap(),
        &mut own,
    );
    assert_eq!(mask, own);
    let sure = network.alpha(&photo, 0).unwrap();
    assert_eq!(sure.size(), [400, 600]);
    assert_eq!(
        network.alpha(&photo, 7).unwrap_err().to_string(),
        "the network has no class 7: it has 3, from 0 on"
    );
    let empty = image::DynamicImage::new_rgb8(0, 3);
    assert!(network.segment(&empty).is_err());
}

#[test]
fn a_batch_is_each_image_alone_with_and_without_threads() {
    let image = formula::image(64, 96, 3);
    let both: Vec<f32> = image.iter().chain(image.iter().rev()).copied().collect();
    let both = Array4::from_shape_vec((2, 64, 96, 3), both).unwrap();
    let alone: Vec<_> = both
        .outer_iter()
        .map(|image| network().forward(image).unwrap())
        .collect();
    assert_ne!(alone[0], alone[1]);
    for network in [network(), network().with_threads(Threads::new(2).unwrap())] {
        let logits = network.forward_batch(both.view()).unwrap();
        assert_eq!(
            logits.outer_iter().collect::<Vec<_>>(),
            alone.iter().map(|map| map.view()).collect::<Vec<_>>()
        );
    }
}
