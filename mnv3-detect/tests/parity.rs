//! What torchvision's own anchors, box coder and post-processing give: `tests/fixtures/detections.py`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

use mnv3_detect::{Anchor, AnchorGrid, Bounds, Postprocessing, ScoreFunction, TORCHVISION_OFFSET_WEIGHTS};
use mnv3_testing::formula;
use serde_json::Value;

fn cases() -> Vec<Value> {
    let text = include_str!("../../tests/fixtures/detections.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn counts(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(count).collect()
}

/// Left, top, right, bottom from a place of a row on.
fn corners(row: &Value, from: usize) -> [f64; 4] {
    [0, 1, 2, 3].map(|i| number(&row[from + i]))
}

/// Most of them are small, few are large.
fn numbers(name: &str, what: &str, count: usize, spread: f64) -> Vec<f32> {
    let uniform = formula::uniform(&format!("{name}.{what}"), count);
    uniform.map(|u| (spread * (u * u * u)) as f32).collect()
}

/// Intersection over union; of equal boxes, without area too, 1.
fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    if a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3) {
        return 1.0;
    }
    let area = |c: [f64; 4]| (c[2] - c[0]) * (c[3] - c[1]);
    let both = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    both / (area(a) + area(b) - both)
}

fn wide(bounds: Bounds) -> [f64; 4] {
    bounds.corners().map(f64::from)
}

/// Sizes of the anchors of each map, as torchvision has them.
fn sizes(case: &Value) -> Vec<Vec<[f32; 2]>> {
    let pairs = |map: &Value| {
        map.as_array()
            .unwrap()
            .iter()
            .map(|pair| [0, 1].map(|i| number(&pair[i]) as f32))
            .collect()
    };
    case["sizes"].as_array().unwrap().iter().map(pairs).collect()
}

/// All anchors of a case.
fn anchors(case: &Value) -> Vec<Anchor> {
    let sizes = sizes(case);
    let maps = counts(&case["maps"]);
    let input: [usize; 2] = counts(&case["input"]).try_into().unwrap();
    let grids = maps.iter().zip(&sizes).map(|(&map, sizes)| AnchorGrid {
        rows: map,
        columns: map,
        sizes,
    });
    let cells = |grid: AnchorGrid<'_>| -> Vec<Anchor> {
        let places = (0..grid.rows * grid.columns).flat_map(|cell| (0..grid.sizes.len()).map(move |size| (cell, size)));
        let anchor = |(cell, size)| grid.anchor(cell / grid.columns, cell % grid.columns, size, input);
        places.map(anchor).collect()
    };
    grids.flat_map(cells).collect()
}

#[test]
fn offsets_are_decoded_as_torchvision_does() {
    for case in cases() {
        let (all, name) = (anchors(&case), case["name"].as_str().unwrap());
        let offsets = numbers(name, "offsets", all.len() * 4, number(&case["offsets"]));
        for sample in case["decoded"].as_array().unwrap() {
            let at = count(&sample[0]);
            let found = wide(Bounds::decode(
                &all[at],
                &offsets.as_chunks::<4>().0[at],
                &TORCHVISION_OFFSET_WEIGHTS,
            ));
            for (found, want) in found.iter().zip(corners(sample, 1)) {
                assert!(
                    (found - want).abs() < 1e-3 + 1e-5 * want.abs(),
                    "{name} {at}: {found} {want}"
                );
            }
        }
    }
}

#[test]
fn anchors_are_those_of_torchvision() {
    for case in cases() {
        let all = anchors(&case);
        let samples = case["anchors"].as_array().unwrap();
        assert!(samples.len() >= 40);
        for sample in samples {
            let (found, want) = (all[count(&sample[0])], corners(sample, 1));
            let [cy, cx] = found.centre.map(f64::from);
            let [h, w] = found.size.map(f64::from);
            let found = [cx - w / 2.0, cy - h / 2.0, cx + w / 2.0, cy + h / 2.0];
            for (found, want) in found.iter().zip(want) {
                assert!((found - want).abs() < 1e-4, "{}: {found} {want}", case["name"]);
            }
        }
    }
}

#[test]
fn detections_are_those_of_torchvision_in_their_order() {
    for case in cases() {
        let name = case["name"].as_str().unwrap();
        let sizes = sizes(&case);
        let maps = counts(&case["maps"]);
        let grids: Vec<AnchorGrid<'_>> = maps
            .iter()
            .zip(&sizes)
            .map(|(&map, sizes)| AnchorGrid {
                rows: map,
                columns: map,
                sizes,
            })
            .collect();
        let columns = count(&case["columns"]);
        let postprocessing = Postprocessing {
            grids: &grids,
            input: counts(&case["input"]).try_into().unwrap(),
            columns,
            scores: ScoreFunction::SoftmaxWithBackground,
            offset_weights: TORCHVISION_OFFSET_WEIGHTS,
            threshold: number(&case["threshold"]) as f32,
            candidates: count(&case["candidates"]),
            overlap: number(&case["overlap"]) as f32,
            most: count(&case["most"]),
        };
        let anchors = postprocessing.anchors();
        let mut logits = numbers(name, "logits", anchors * columns, number(&case["logits"]));
        let background = number(&case["background"]) as f32;
        logits
            .iter_mut()
            .step_by(columns)
            .for_each(|logit| *logit += background);
        let offsets = numbers(name, "offsets", anchors * 4, number(&case["offsets"]));
        let mut workspace = postprocessing.workspace();
        let image = counts(&case["image"]).try_into().unwrap();
        let found = postprocessing.run(&mut workspace, &logits, &offsets, image).unwrap();
        let wanted = case["found"].as_array().unwrap();
        assert_eq!(found.len(), wanted.len(), "{name}");
        assert!(found.len() >= 25, "{name} finds few");
        for (i, (found, want)) in found.iter().zip(wanted).enumerate() {
            assert_eq!(found.class, count(&want[0]), "{name} {i}");
            assert!((f64::from(found.score) - number(&want[1])).abs() < 1e-4, "{name} {i}");
            let same = overlap(wide(found.bounds), corners(want, 2));
            assert!(same > 0.999, "{name} {i}: {same}, {found:?}, not {want}");
        }
    }
}
