//! A network that detects, compiled: the boxes of torchvision, without allocation.

use crate::compiled::SsdLite320Small;
use mnv3::DetectorWorkspace;
use mnv3_testing::Fixture;

#[test]
fn boxes_are_those_of_torchvision_and_nothing_is_allocated_for_them() {
    let fixture = Fixture::read("ssdlite320-small-reduced").unwrap();
    let network = SsdLite320Small::from_safetensors(&fixture.weights().unwrap()).unwrap();
    let image = fixture.image();
    let input = image.as_slice().try_into().unwrap();
    let mut workspace = DetectorWorkspace::new();
    let mut found = Vec::with_capacity(1000);
    let allocated = allocation_counter::measure(|| {
        // Twice as wide, half as high.
        found.extend_from_slice(network.detect_into(&mut workspace, input, [160, 640]));
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!(found.len(), fixture.found.len());
    let names = [0, 1, 12, 17, 90, 91].map(SsdLite320Small::label);
    assert_eq!(
        names,
        [None, Some("person"), None, Some("cat"), Some("toothbrush"), None]
    );
    let last = fixture.found[found.len() - 1][1];
    for want in fixture.found.iter().filter(|want| want[1] > last + 1e-4) {
        let same = found.iter().any(|found| {
            let corners = found.bounds.corners().map(f64::from);
            let wanted = [2.0 * want[2], want[3] / 2.0, 2.0 * want[4], want[5] / 2.0];
            found.class == want[0] as usize
                && (f64::from(found.score) - want[1]).abs() < 1e-4
                && corners
                    .iter()
                    .zip(wanted)
                    .all(|(found, want)| (found - want).abs() < 0.05)
        });
        assert!(same, "{want:?} is not found");
    }
}
