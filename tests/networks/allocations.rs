//! Nothing is allocated while a network runs.

use crate::compiled::{MobileNetV3Small, TextDirection};
use mnv3::Threads;
use mnv3_testing::formula;

#[test]
fn forward_into_allocates_nothing() {
    let tensors = MobileNetV3Small::TENSORS.iter().map(|t| (t.name, t.shape));
    let network = MobileNetV3Small::from_safetensors(&formula::weights(tensors, 4.75).unwrap()).unwrap();
    let image = formula::image(224, 224, 3);
    let image = image.as_slice().try_into().unwrap();
    let mut workspace = MobileNetV3Small::workspace();
    let mut scores = [0.0; MobileNetV3Small::CLASSES];
    let allocated = allocation_counter::measure(|| network.forward_into(&mut workspace, image, &mut scores));
    assert_eq!(allocated.count_total, 0);
    assert!(scores.iter().any(|s| *s != 0.0));
    let counted = allocation_counter::measure(|| drop(MobileNetV3Small::workspace()));
    assert!(
        counted.bytes_total >= MobileNetV3Small::WORKSPACE_BYTES as u64,
        "the counter counts"
    );
}

#[test]
fn with_threads_neither_an_image_nor_a_batch_allocates() {
    let tensors = TextDirection::TENSORS.iter().map(|t| (t.name, t.shape));
    let network = TextDirection::from_safetensors(&formula::weights(tensors, 3.0).unwrap()).unwrap();
    let network = network.with_threads(Threads::pretend(3, 3).unwrap());
    let image = formula::image(48, 192, 3);
    let images = image.as_chunks().0.repeat(5);
    let mut workspaces = [(); 3].map(|()| TextDirection::workspace());
    let mut scores = [[0.0; TextDirection::CLASSES]; 5];
    let allocated = allocation_counter::measure(|| {
        for _ in 0..20 {
            network.forward_into(&mut workspaces[0], &images[0], &mut scores[0]);
            network
                .forward_batch_into(&mut workspaces, &images, &mut scores)
                .unwrap();
        }
    });
    assert_eq!(allocated.count_total, 0);
    assert!(scores[4].iter().any(|s| *s != 0.0));
}
