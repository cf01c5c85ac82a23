//! What `ci/wasm.sh` runs in WebAssembly: networks by chance against the naive interpreter, and published ones against the libraries
//! that they come from, at every level that was compiled. A check that fails is a trap, and says why by `message`.

use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_runtime::{Level, MapView};
use mnv3_spec::{Network, ComputedIn};
use mnv3_testing::{Fixture, Weights, formula, naive, random};
use std::sync::Mutex;

/// Largest difference allowed of a network by chance, as a share of the largest value: that of `mnv3-exec/tests/random.rs`.
const RANDOM: f64 = 2e-5;
/// Of a published one: that of `mnv3-exec/tests/parity.rs`.
const PARITY: f64 = 1e-4;

static MESSAGE: Mutex<String> = Mutex::new(String::new());

/// Has panics leave their message.
#[unsafe(no_mangle)]
pub extern "C" fn start() {
    std::panic::set_hook(Box::new(|panic| {
        if let Ok(mut message) = MESSAGE.lock() {
            *message = panic.to_string();
        }
    }));
}

/// Where the message of the last panic lies, and its length.
#[unsafe(no_mangle)]
pub extern "C" fn message() -> *const u8 {
    MESSAGE.lock().map_or(std::ptr::null(), |message| message.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn message_length() -> usize {
    MESSAGE.lock().map_or(0, |message| message.len())
}

/// How many levels there are: `simd128` is one more than scalar.
#[unsafe(no_mangle)]
pub extern "C" fn has_simd128() -> bool {
    Level::available().contains(&Level::Simd128)
}

/// Runs networks by chance, and says how many.
#[unsafe(no_mangle)]
pub extern "C" fn networks(first: usize, count: usize) -> usize {
    let mut compared = 0;
    for legal in random::legal().skip(first).take(count) {
        let network = &Network { precision: ComputedIn::F32, ..legal.network.clone() };
        let plan = Plan::new(network);
        let image = formula::image(network.input.h, network.input.w, network.input.c);
        let weights = Weights::of(network, 4.75);
        let wanted = naive::run(&plan.graph, &|tensor| weights.numbers(tensor), &image);
        let mut exec = Exec::new(&plan, &weights.file().unwrap()).unwrap();
        for level in Level::available() {
            exec = exec.with_level(level).unwrap();
            let (mut workspace, mut scores) = (exec.workspace(), vec![f32::NAN; exec.output_len()]);
            exec.forward_into(&mut workspace, &image, &mut scores).unwrap();
            for (name, map) in &wanted.outputs {
                let found = exec.map(&workspace, name).map_or_else(
                    || scores.clone(),
                    |map| {
                        mnv3_testing::places(map.shape)
                            .map(|(y, x, c)| map.get(y, x, c).unwrap())
                            .collect()
                    },
                );
                assert_eq!(found.len(), map.values.len(), "seed {}: {name}", legal.seed);
                let largest = map.values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
                for (found, want) in found.iter().zip(&map.values) {
                    let close = (f64::from(*found) - want).abs() <= RANDOM * largest;
                    let spec = random::Spec(&legal.random.tree);
                    assert!(close, "{spec}seed {}, {level:?}, {name}: {found}, not {want}, of {largest}", legal.seed);
                }
            }
            compared += 1;
        }
    }
    compared
}

/// Published networks and what their libraries say of them.
const PUBLISHED: [(&str, &str); 4] = [
    ("mnv3:small", include_str!("../../../tests/fixtures/tv-small.json")),
    (
        "mnv3:timm-tf/small-minimal",
        include_str!("../../../tests/fixtures/timm-tf-small-minimal-100.json"),
    ),
    (
        "mnv3:keras/small-0.75",
        include_str!("../../../tests/fixtures/keras-small-075.json"),
    ),
    ("mnv3:timm/small-0.5", include_str!("../../../tests/fixtures/timm-small-050.json")),
];

/// Runs published networks, and says how many.
#[unsafe(no_mangle)]
pub extern "C" fn parity() -> usize {
    let mut compared = 0;
    for (spec, fixture) in PUBLISHED {
        let fixture: Fixture = serde_json::from_str(fixture).unwrap();
        let network = mnv3_spec::load(spec, "".as_ref()).unwrap().network;
        let plan = Plan::new(&network);
        let mut exec = Exec::new(&plan, &fixture.weights().unwrap()).unwrap();
        let (mut workspace, image) = (exec.workspace(), fixture.image());
        for level in Level::available() {
            exec = exec.with_level(level).unwrap();
            let (mut seen, mut scores) = (fixture.seen(), vec![f32::NAN; exec.output_len()]);
            let mut look = |name: &str, map: MapView<'_>| seen.look(name, |y, x, c| map.get(y, x, c).unwrap().into());
            exec.forward_observed(&mut workspace, &image, &mut scores, &mut look)
                .unwrap();
            let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
            seen.compare(&scores, PARITY)
                .unwrap_or_else(|mismatch| panic!("{spec}, {level:?}: {mismatch}"));
            compared += 1;
        }
    }
    compared
}
