//! Many images in one call: each gives what it gives alone.

use crate::compiled::{Backbone, LargeWithTaps, TextDirection};
use mnv3::ndarray::{Array4, Axis, Slice};
use mnv3::{BatchError, Threads};
use mnv3_testing::formula;

/// Weights by the formula, for any network.
macro_rules! network {
    ($network:ident) => {{
        let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
        $network::from_safetensors(&formula::weights(tensors, 3.0).unwrap()).unwrap()
    }};
}

/// Images that differ: one, and its brightness changed.
fn images(n: usize, [h, w, c]: [usize; 3]) -> Array4<f32> {
    let image = formula::image(h, w, c);
    let floats = (0..n).flat_map(|i| image.iter().map(move |v| v * (1.0 - i as f32 / 8.0)));
    Array4::from_shape_vec([n, h, w, c], floats.collect()).unwrap()
}

#[test]
fn each_image_of_a_batch_gives_its_own_scores_with_and_without_threads() {
    let network = network!(TextDirection);
    let images = images(5, TextDirection::INPUT_SIZE);
    let alone: Vec<_> = images
        .outer_iter()
        .map(|image| network.forward(image).unwrap())
        .collect();
    assert!(alone[0] != alone[1], "the images differ");
    for network in [
        network.clone(),
        network.clone().with_threads(Threads::pretend(3, 3).unwrap()),
        network.with_threads(Threads::of_caller(2)),
    ] {
        for n in [5, 1, 0] {
            let scores = network
                .forward_batch(images.slice_axis(Axis(0), Slice::from(..n)))
                .unwrap();
            assert_eq!(scores.dim(), (n, TextDirection::CLASSES));
            for (i, row) in scores.outer_iter().enumerate() {
                assert_eq!(row, alone[i], "image {i} of {n}");
            }
        }
    }
}

#[test]
fn images_may_lie_in_any_order_of_axes() {
    let network = network!(TextDirection);
    let images = images(2, TextDirection::INPUT_SIZE);
    let planes = images
        .view()
        .permuted_axes([0, 3, 1, 2])
        .as_standard_layout()
        .into_owned();
    let same = planes.view().permuted_axes([0, 2, 3, 1]);
    assert_eq!(
        network.forward_batch(same).unwrap(),
        network.forward_batch(images.view()).unwrap()
    );
    assert_eq!(
        network.forward_batch(planes.view()).unwrap_err().to_string(),
        "TextDirection takes an image of 48 x 192 x 3 (height x width x channels), not 3 x 48 x 192: it looks like \
         channels x height x width; permute its axes"
    );
}

#[test]
fn slices_that_do_not_go_together_are_errors() {
    let network = network!(TextDirection);
    let images = vec![[0.0; 48 * 192 * 3]; 2];
    let mut scores = [[f32::NAN; TextDirection::CLASSES]; 3];
    let mut workspaces = [TextDirection::workspace()];
    let wrong = network
        .forward_batch_into(&mut workspaces, &images, &mut scores)
        .unwrap_err();
    assert_eq!(wrong, BatchError::Lengths { images: 2, scores: 3 });
    assert_eq!(
        wrong.to_string(),
        "2 images, but room for the scores of 3: give slices of the same length"
    );
    let wrong = network
        .forward_batch_into(&mut [], &images, &mut scores[..2])
        .unwrap_err();
    assert_eq!(wrong.to_string(), "no workspace to run in: give one for each thread");
    assert!(
        scores.as_flattened().iter().all(|score| score.is_nan()),
        "nothing was computed"
    );
}

#[test]
fn one_thread_allocates_nothing() {
    let network = network!(TextDirection);
    let images = images(3, TextDirection::INPUT_SIZE);
    let images = images.as_slice().unwrap().as_chunks().0;
    let mut workspaces = [TextDirection::workspace(), TextDirection::workspace()];
    let mut scores = [[0.0; TextDirection::CLASSES]; 3];
    let allocated = allocation_counter::measure(|| {
        network
            .forward_batch_into(&mut workspaces, images, &mut scores)
            .unwrap();
    });
    assert_eq!(allocated.count_total, 0);
    assert!(scores[2].iter().any(|score| *score != 0.0));
}

#[test]
fn a_network_with_taps_gives_scores_and_one_without_head_its_last_maps() {
    let network = network!(LargeWithTaps).with_threads(Threads::pretend(2, 2).unwrap());
    let two = images(2, LargeWithTaps::INPUT_SIZE);
    let scores = network.forward_batch(two.view()).unwrap();
    assert_eq!(
        scores.index_axis(Axis(0), 1),
        network.forward(two.index_axis(Axis(0), 1)).unwrap()
    );

    let network = network!(Backbone).with_threads(Threads::pretend(2, 2).unwrap());
    let three = images(3, Backbone::INPUT_SIZE);
    let maps = network.forward_batch(three.view()).unwrap();
    assert_eq!(maps.dim(), (3, 2, 3, 96));
    for (map, image) in maps.outer_iter().zip(three.outer_iter()) {
        assert_eq!(map, network.forward(image).unwrap());
    }
}
