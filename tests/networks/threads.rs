//! Networks whose layers are divided among threads.

use crate::compiled::TextDirection;
use mnv3::Threads;
use mnv3_testing::formula;

type Image = [f32; 48 * 192 * 3];

/// A network on one thread, and an image.
fn network() -> (TextDirection, Box<Image>) {
    let tensors = TextDirection::TENSORS.iter().map(|t| (t.name, t.shape));
    let network = TextDirection::from_safetensors(&formula::weights(tensors, 3.0).unwrap()).unwrap();
    (
        network,
        formula::image(48, 192, 3).into_boxed_slice().try_into().unwrap(),
    )
}

#[test]
fn threads_change_no_bit_of_the_scores() {
    let (network, image) = network();
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
        Threads::pretend(3, 3).unwrap(),
        Threads::pretend(8, 2).unwrap(),
        Threads::of_caller(2),
        Threads::of_caller(5),
    ] {
        let network = network.clone().with_threads(threads);
        // The first time, threads are still waking up.
        for _ in 0..10 {
            assert_eq!(scores(&network), one);
        }
    }
}

#[test]
fn callers_that_share_threads_do_not_disturb_each_other() {
    let (network, image) = network();
    let mut one = [f32::NAN; TextDirection::CLASSES];
    network.forward_into(&mut TextDirection::workspace(), &image, &mut one);
    let shared = network.with_threads(Threads::pretend(4, 6).unwrap());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut workspace = TextDirection::workspace();
                for _ in 0..20 {
                    let mut scores = [f32::NAN; TextDirection::CLASSES];
                    shared.forward_into(&mut workspace, &image, &mut scores);
                    assert_eq!(scores, one);
                }
            });
        }
    });
}
