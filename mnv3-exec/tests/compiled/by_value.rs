//! A network run by value, with all that it shows.

use mnv3::{Level, MapView};
use mnv3_codegen::Plan;
use mnv3_exec::Exec;
use mnv3_spec::{ComputedIn, Network};
use mnv3_testing::{Weights, formula, places};
use std::path::Path;

/// What is shown of a map, and scores, as bits.
pub(crate) type Shown = Vec<(String, Vec<u32>)>;

pub(crate) fn bits(map: &MapView<'_>) -> Vec<u32> {
    places(map.shape)
        .map(|(y, x, c)| map.get(y, x, c).unwrap().to_bits())
        .collect()
}

/// The network of a spec that is named as the macro's argument is.
pub(crate) fn network(spec: &str) -> Network {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(spec);
    let loaded = mnv3_spec::load(spec, &path).unwrap_or_else(|errors| panic!("{errors}"));
    loaded.network
}

/// Weights as a file, for a network whatever its tensors are called; with scales if it is in eight bits.
pub(crate) fn weights(network: &Network) -> Vec<u8> {
    let weights = Weights::of(network, 4.75);
    let weights = match network.precision {
        ComputedIn::F32 => weights,
        ComputedIn::Int8 => {
            let image = formula::image(network.input.h, network.input.w, network.input.c);
            weights.with_scales(network, &image, mnv3_codegen::scales_of(network))
        }
    };
    weights.file().unwrap()
}

/// On one thread: maps, taps, scores. On three the same scores.
pub(crate) fn by_value(network: &Network, weights: &[u8], level: Level) -> Shown {
    let plan = Plan::new(network);
    let exec = Exec::new(&plan, weights).unwrap().with_level(level).unwrap();
    let mut workspace = exec.workspace();
    let image = formula::image(network.input.h, network.input.w, network.input.c);
    let mut scores = vec![f32::NAN; exec.output_len()];
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
    let of_scores = |scores: &[f32]| scores.iter().map(|score| score.to_bits()).collect::<Vec<_>>();
    shown.push(("scores".to_owned(), of_scores(&scores)));

    let threads = exec.with_threads(mnv3::Threads::new(3).unwrap());
    let mut again = vec![f32::NAN; threads.output_len()];
    threads.forward_into(&mut workspace, &image, &mut again).unwrap();
    assert_eq!(of_scores(&again), of_scores(&scores), "threads");
    shown
}
