//! Networks whose layers are divided among threads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

#[path = "formula/mod.rs"]
#[allow(dead_code)]
mod formula;

use mnv3::{Threads, mobilenet};

mobilenet!("specs/text-direction.yaml");

#[test]
fn threads_change_no_bit_of_the_scores() {
    let tensors: Vec<_> = TextDirection::TENSORS
        .iter()
        .map(|tensor| (tensor.name.to_owned(), tensor.shape.to_vec()))
        .collect();
    let network = TextDirection::from_safetensors(&formula::weights(&tensors, 3.0).unwrap()).unwrap();
    let image: Box<[f32; 48 * 192 * 3]> = formula::image(48, 192, 3).into_boxed_slice().try_into().unwrap();
    let scores = |network: &TextDirection| {
        let mut scores = [f32::NAN; TextDirection::CLASSES];
        network.forward_into(&mut TextDirection::workspace(), &image, &mut scores);
        scores
    };
    let one = scores(&network);
    assert!(one.iter().all(|score| score.is_finite()));
    for threads in [
        Threads::new(1).unwrap(),
        Threads::new(3).unwrap(),
        Threads::of_caller(2),
    ] {
        assert_eq!(scores(&network.clone().with_threads(threads)), one);
    }
}
