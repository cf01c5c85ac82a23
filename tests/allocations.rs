//! Nothing is allocated while a network runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

mod formula;

mnv3::mobilenet!("specs/small.yaml");

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
