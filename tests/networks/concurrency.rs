//! Networks that many threads use at once: what each of them gets is what it gets alone, whatever the others do.

use crate::compiled::TextDirection;
use mnv3::{MapView, Threads};
use mnv3_testing::formula;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;

type Image = [f32; TextDirection::INPUT_LEN];
type Scores = [f32; TextDirection::CLASSES];

/// The weights of a seed: a gain.
fn weights(gain: f64) -> Vec<u8> {
    formula::weights(TextDirection::TENSORS.iter().map(|t| (t.name, t.shape)), gain).unwrap()
}

fn network(gain: f64) -> TextDirection {
    TextDirection::from_safetensors(&weights(gain)).unwrap()
}

fn image() -> Box<Image> {
    formula::image(48, 192, 3).into_boxed_slice().try_into().unwrap()
}

fn scores(network: &TextDirection, image: &Image) -> Scores {
    let mut scores = [f32::NAN; TextDirection::CLASSES];
    network.forward_into(&mut TextDirection::workspace(), image, &mut scores);
    scores
}

#[test]
fn sixty_four_threads_share_one_network() {
    let (network, image) = (network(3.0), image());
    let want = scores(&network, &image);
    let start = Barrier::new(64);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..4 {
                    assert_eq!(scores(&network, &image), want);
                }
            });
        }
    });
}

#[test]
fn networks_share_threads_and_are_dropped_while_others_run() {
    let image = image();
    let threads = Threads::pretend(3, 8).unwrap();
    let gains = [2.0, 2.5, 3.0, 3.5];
    let start = Barrier::new(gains.len());
    thread::scope(|scope| {
        for (at, gain) in gains.into_iter().enumerate() {
            let (threads, image, start) = (threads.clone(), &image, &start);
            scope.spawn(move || {
                let alone = network(gain);
                let want = scores(&alone, image);
                let file = weights(gain);
                start.wait();
                for _ in 0..=3 * at {
                    // A network of its own each time: workers get its scratch while they are at work for others.
                    let network = TextDirection::from_safetensors(&file).unwrap();
                    let network = network.with_threads(threads.clone());
                    for _ in 0..4 {
                        assert_eq!(scores(&network, image), want);
                    }
                }
            });
        }
        // The others' clones keep the workers.
        drop(threads);
    });
}

#[test]
fn an_observer_that_panics_leaves_network_threads_and_workspace_as_they_were() {
    let image = image();
    let network = network(3.0).with_threads(Threads::pretend(3, 3).unwrap());
    let want = scores(&network, &image);
    let (mut workspace, mut found) = (TextDirection::workspace(), want);
    for panics_at in 0..4 {
        let mut seen = 0;
        let mut look = |_: &str, _: MapView<'_>| {
            assert!(seen < panics_at, "the observer has had enough");
            seen += 1;
        };
        let run = AssertUnwindSafe(|| network.forward_observed(&mut workspace, &image, &mut found, &mut look));
        assert!(catch_unwind(run).is_err());
        assert_eq!(seen, panics_at);
        network.forward_into(&mut workspace, &image, &mut found);
        assert_eq!(found, want);
    }
}

#[cfg(target_os = "linux")]
mod memory {
    use super::{Threads, scores, weights};
    use crate::compiled::TextDirection;
    use std::fs;

    /// A number of `/proc/self/status`: kilobytes, or threads.
    fn status(key: &str) -> usize {
        let text = fs::read_to_string("/proc/self/status").unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        let number = line.trim_start_matches(':').split_whitespace().next().unwrap();
        number.parse().unwrap()
    }

    #[test]
    fn thousands_of_loads_and_drops_leave_nothing_behind() {
        // In a process of its own: other tests of this file take memory when they like.
        const ALONE: &str = "MNV3_TEST_ALONE";
        if std::env::var_os(ALONE).is_none() {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            let name = "memory::thousands_of_loads_and_drops_leave_nothing_behind";
            let run = command.env(ALONE, "1").args(["--exact", name]).output().unwrap();
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
            return;
        }
        let file = weights(3.0);
        let image = super::image();
        let life = |runs: bool| {
            let network = TextDirection::from_safetensors(&file).unwrap();
            let network = network.with_threads(Threads::pretend(2, 2).unwrap());
            if runs {
                let _ = scores(&network, &image);
            }
        };
        (0..100).for_each(|i| life(i % 10 == 0));
        // Not the size of the address space: the allocator reserves 64 MiB of that for a thread that finds its arenas taken.
        let before = status("VmRSS");
        (0..2000).for_each(|i| life(i % 20 == 0));
        let after = status("VmRSS");
        // One network is of a third of a megabyte: a leak of one in twenty would show.
        assert!(after < before + (32 << 10), "{before} kB before, {after} after");
        // Workers end soon after the last clone of their threads; nobody waits for them.
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while status("Threads") > 2 {
            assert!(
                std::time::Instant::now() < until,
                "{} threads are left",
                status("Threads")
            );
            std::thread::yield_now();
        }
    }
}
