//! Boxes of whole networks: those that torchvision's SSDLite finds with the same weights.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_codegen::Plan;
use mnv3_exec::{Boxes, Exec};
use mnv3_testing::Fixture;

/// Left, top, right, bottom.
fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let area = |c: [f64; 4]| (c[2] - c[0]) * (c[3] - c[1]);
    let both = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    both / (area(a) + area(b) - both)
}

fn check(spec: &str, name: &str) {
    let fixture = Fixture::read(name).unwrap();
    let network = mnv3_spec::load(spec, "".as_ref())
        .unwrap_or_else(|errors| panic!("{errors}"))
        .network;
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &fixture.weights().unwrap()).unwrap();
    let mut boxes = Boxes::new(&exec).unwrap();
    let found = boxes.detect(&fixture.image(), [320, 320]).unwrap();
    assert_eq!(found.len(), fixture.found.len());
    assert!(found.len() > 100);
    // Scores of float32 are 1e-5 off, so that close ones may change places, and the last ones may be others.
    let last = fixture.found[found.len() - 1][1];
    let mut compared = 0;
    for want in fixture.found.iter().filter(|want| want[1] > last + 1e-4) {
        let corners = [want[2], want[3], want[4], want[5]];
        let same = found.iter().find(|found| {
            let ours = found.bounds.corners().map(f64::from);
            found.class == want[0] as usize
                && (f64::from(found.score) - want[1]).abs() < 1e-4
                && overlap(ours, corners) > 0.999
        });
        assert!(same.is_some(), "{name}: {want:?} is not found");
        compared += 1;
    }
    assert!(compared > 100, "{compared}");
    for (found, want) in found.iter().zip(&fixture.found) {
        assert!(
            (f64::from(found.score) - want[1]).abs() < 1e-4,
            "{name}: in the order of scores"
        );
    }
}

#[test]
fn ssdlite320_large_finds_what_torchvision_finds() {
    check("mnv3:torchvision/ssdlite320-large", "ssdlite320-large-reduced");
}

#[test]
fn ssdlite320_large_with_the_full_tail_does_so() {
    check("mnv3:torchvision/ssdlite320-large-full-tail", "ssdlite320-large");
}

#[test]
fn the_small_ones_do_so() {
    check("mnv3:torchvision/ssdlite320-small", "ssdlite320-small-reduced");
    check("mnv3:torchvision/ssdlite320-small-full-tail", "ssdlite320-small");
}

#[test]
fn a_head_that_classifies_has_no_boxes() {
    let network = mnv3_spec::load("mnv3:torchvision/small-0.35", "".as_ref())
        .unwrap()
        .network;
    let plan = Plan::new(&network);
    let weights = mnv3_testing::Weights::of(&network, 4.0).file().unwrap();
    assert!(Boxes::new(&Exec::new(&plan, &weights).unwrap()).is_none());
}
