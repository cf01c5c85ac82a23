//! Timing networks, layer by layer, beside the speed limit of the machine.
//!
//! A network runs as it was compiled, watched by an observer that reads the clock after each row of the spec; in turn
//! with it runs a loop of multiply-adds that touches nothing but registers. What both need is compared within the same
//! seconds, so that neither the clock rate nor other programs favour one of them.

mod networks;
mod peak;

pub(crate) use networks::{BuiltInError, Forward, Name};

use crate::layers::{self, Group};
use mnv3::{MapView, Observer};
use mnv3_spec::Network;
use std::time::{Duration, Instant};

/// When the output of each row was complete.
#[derive(Default)]
pub(crate) struct Laps(Vec<(&'static str, Instant)>);

impl Observer for Laps {
    fn map(&mut self, name: &'static str, _: MapView<'_>) {
        self.0.push((name, Instant::now()));
    }
}

/// What was measured of a network.
pub(crate) struct Timings {
    pub(crate) rounds: usize,
    /// Floating-point operations per second that the machine can do, two to a multiply-add.
    pub(crate) peak: f64,
    pub(crate) whole: Part,
    /// One for each row of the spec, in its order.
    pub(crate) parts: Vec<Part>,
}

/// The time of one part of a network.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) multiply_adds: u64,
    /// Median over the rounds.
    pub(crate) time: Duration,
}

impl Part {
    /// Floating-point operations per second, two to a multiply-add.
    pub(crate) fn speed(&self) -> f64 {
        2.0 * self.multiply_adds as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// Rounds that warm caches and are not counted.
const WARM_UP: usize = 3;
/// Rounds that are made however long they take, and at most.
const ROUNDS: [usize; 2] = [10, 100_000];
/// Forwards in a round.
const FORWARDS: usize = 3;

/// Runs the network and the peak loop in turn for about so long.
pub(crate) fn measure(network: &Network, forward: &mut Forward, budget: Duration) -> Timings {
    let began = Instant::now();
    let graph = network.graph();
    let groups = layers::groups(&graph);
    let (mut peaks, mut wholes) = (Vec::new(), Vec::new());
    let mut parts: Vec<(Part, Vec<Duration>)> = Vec::new();
    let mut round = 0;
    while round < ROUNDS[0] + WARM_UP || (began.elapsed() < budget && round < ROUNDS[1]) {
        let peak = peak::speed();
        for _ in 0..FORWARDS {
            let mut laps = Laps::default();
            let start = Instant::now();
            forward(&mut laps);
            let end = Instant::now();
            if round == 0 && parts.is_empty() {
                parts = split(&groups, &laps)
                    .into_iter()
                    .map(|part| (part, Vec::new()))
                    .collect();
            }
            if round >= WARM_UP {
                wholes.push(end - start);
                let times = laps.0.iter().map(|(_, at)| *at).chain([end]);
                times.zip(&mut parts).fold(start, |from, (to, (_, times))| {
                    times.push(to - from);
                    to
                });
            }
        }
        if round >= WARM_UP {
            peaks.push(peak);
        }
        round += 1;
    }
    peaks.sort_by(f64::total_cmp);
    let whole = Part {
        name: "whole".to_owned(),
        multiply_adds: network.multiply_adds(),
        time: median(wholes),
    };
    let parts = parts.into_iter().map(|(part, times)| Part {
        time: median(times),
        ..part
    });
    Timings {
        rounds: round - WARM_UP,
        peak: peaks[peaks.len() / 2],
        whole,
        parts: parts.collect(),
    }
}

/// One part for each lap and one for what comes after the last. A row that shows no output of its own, because it is
/// carried out together with the next one, is timed together with it.
fn split(groups: &[Group<'_>], laps: &Laps) -> Vec<Part> {
    let mut groups = groups.iter().peekable();
    let mut part = |last: Option<&str>| {
        let (mut names, mut multiply_adds) = (Vec::new(), 0);
        for group in groups.by_ref() {
            names.push(group.name.as_str());
            multiply_adds += group.layers.iter().map(|layer| layer.multiply_adds).sum::<u64>();
            if last == Some(group.name.as_str()) {
                break;
            }
        }
        Part {
            name: names.join(", "),
            multiply_adds,
            time: Duration::ZERO,
        }
    };
    let laps = laps.0.iter().map(|(name, _)| Some(*name));
    laps.chain([None]).map(&mut part).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_multiply_add_is_in_one_part_and_every_row_is_named() {
        for name in [Name::Large, Name::Small, Name::TextDirection] {
            let network = name.network().unwrap();
            let mut laps = Laps::default();
            name.forward().unwrap()(&mut laps);
            let graph = network.graph();
            let groups = layers::groups(&graph);
            let parts = split(&groups, &laps);
            let sum: u64 = parts.iter().map(|part| part.multiply_adds).sum();
            assert_eq!(sum, network.multiply_adds());
            let names: Vec<&str> = parts.iter().flat_map(|part| part.name.split(", ")).collect();
            assert_eq!(names, groups.iter().map(|row| row.name.as_str()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_row_that_shows_no_output_is_timed_with_the_next() {
        let network = Name::Small.network().unwrap();
        let graph = network.graph();
        let groups = layers::groups(&graph);
        let laps = Laps(vec![("stem", Instant::now()), ("bottleneck 2", Instant::now())]);
        let parts = split(&groups, &laps);
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names[..2], ["stem", "bottleneck 1, bottleneck 2"]);
        assert_eq!(names.len(), 3);
        assert!(names[2].starts_with("bottleneck 3, ") && names[2].ends_with(", last, head"));
    }
}
