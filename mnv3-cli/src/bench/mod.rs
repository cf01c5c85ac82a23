//! Timing networks, layer by layer, beside the speed limit of the machine.
//!
//! A plan is run step by step, watched by an observer that reads the clock after each row of the spec; in turn with it
//! runs a loop of multiply-adds that touches nothing but registers. What is compared, several networks too, runs within the
//! same seconds, so that neither the clock rate nor other programs favour one of them.

mod subject;

pub(crate) use subject::{Subject, SubjectError};

use mnv3::{Level, LevelError};
use mnv3_summary::{LayerGroup, groups};
use std::time::{Duration, Instant};
use subject::Laps;

/// What was measured of a network.
pub(crate) struct Timings {
    pub(crate) rounds: usize,
    /// Floating-point operations per second that the machine can do, two to a multiply-add.
    pub(crate) peak: f64,
    pub(crate) whole: TimedPart,
    /// One for each row of the spec, in its order; on several threads none.
    pub(crate) parts: Vec<TimedPart>,
}

/// The time of one part of a network.
pub(crate) struct TimedPart {
    pub(crate) name: String,
    pub(crate) multiply_adds: u64,
    /// Median over the rounds.
    pub(crate) time: Duration,
}

impl TimedPart {
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

/// Times of one network: what was measured so far.
struct Record {
    wholes: Vec<Duration>,
    parts: Vec<(TimedPart, Vec<Duration>)>,
}

/// Times each network in turn, until the budget for each of them is spent. All run at one SIMD level, and so does the peak.
pub(crate) fn measure(
    subjects: &mut [Subject<'_>],
    level: Level,
    budget: Duration,
) -> Result<Vec<Timings>, SubjectError> {
    let simd = level.simd().ok_or(LevelError::Missing(level))?;
    let began = Instant::now();
    let budget = budget * subjects.len() as u32;
    let mut records: Vec<Record> = Vec::new();
    let mut peaks = Vec::new();
    let mut round = 0;
    while round < ROUNDS[0] + WARM_UP || (began.elapsed() < budget && round < ROUNDS[1]) {
        let peak = mnv3_exec::peak(simd);
        for (i, subject) in subjects.iter_mut().enumerate() {
            for _ in 0..FORWARDS {
                let mut laps = Laps::default();
                let start = Instant::now();
                subject.forward(&mut laps)?;
                let end = Instant::now();
                if records.len() == i {
                    let parts = split(&groups(&subject.plan.graph), &laps);
                    records.push(Record {
                        wholes: Vec::new(),
                        parts: parts.into_iter().map(|part| (part, Vec::new())).collect(),
                    });
                }
                if round >= WARM_UP {
                    records[i].note(start, &laps, end);
                }
            }
        }
        if round >= WARM_UP {
            peaks.push(peak);
        }
        round += 1;
    }
    peaks.sort_by(f64::total_cmp);
    let peak = peaks[peaks.len() / 2];
    let timings = records.into_iter().zip(subjects).map(|(record, subject)| Timings {
        rounds: round - WARM_UP,
        peak,
        whole: TimedPart {
            name: "whole".to_owned(),
            multiply_adds: subject.plan.network.multiply_adds(),
            time: median(record.wholes),
        },
        parts: record
            .parts
            .into_iter()
            .map(|(part, times)| TimedPart {
                time: median(times),
                ..part
            })
            .collect(),
    });
    Ok(timings.collect())
}

impl Record {
    fn note(&mut self, start: Instant, laps: &Laps, end: Instant) {
        self.wholes.push(end - start);
        let times = laps.0.iter().map(|(_, at)| *at).chain([end]);
        times.zip(&mut self.parts).fold(start, |from, (to, (_, times))| {
            times.push(to - from);
            to
        });
    }
}

/// One part for each lap and one for what comes after the last, if anything does. A row that shows no output of its own, because it is
/// carried out together with the next one, is timed together with it.
fn split(groups: &[LayerGroup<'_>], laps: &Laps) -> Vec<TimedPart> {
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
        TimedPart {
            name: names.join(", "),
            multiply_adds,
            time: Duration::ZERO,
        }
    };
    let laps = laps.0.iter().map(|(name, _)| Some(name.as_str()));
    let parts = laps.chain([None]).map(&mut part);
    parts.filter(|part| !part.name.is_empty()).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mnv3_codegen::Plan;

    fn network(spec: &str) -> mnv3_spec::Network {
        mnv3_spec::load(spec, "".as_ref()).unwrap().network
    }

    #[test]
    fn every_multiply_add_is_in_one_part_and_every_row_is_named() {
        for spec in [
            "mnv3:text-direction",
            "mnv3:timm/large-1.5-deep",
            "mnv3:paddle/ocr-direction",
            "mnv3:mediapipe/selfie-landscape",
        ] {
            let network = network(spec);
            let plan = Plan::new(&network);
            let mut laps = Laps::default();
            Subject::new(&plan, Level::best(), 1)
                .unwrap()
                .forward(&mut laps)
                .unwrap();
            let groups = groups(&plan.graph);
            let parts = split(&groups, &laps);
            let sum: u64 = parts.iter().map(|part| part.multiply_adds).sum();
            assert_eq!(sum, network.multiply_adds(), "{spec}");
            let names: Vec<&str> = parts.iter().flat_map(|part| part.name.split(", ")).collect();
            assert_eq!(names, groups.iter().map(|row| row.name.as_str()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_row_that_shows_no_output_is_timed_with_the_next() {
        let network = network("mnv3:small");
        let count = groups(&network.graph()).len();
        let laps = ["stem", "bottleneck 2"].map(|name| (name.to_owned(), Instant::now()));
        let graph = network.graph();
        let parts = split(&groups(&graph), &Laps(laps.into()));
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names[..2], ["stem", "bottleneck 1, bottleneck 2"]);
        assert_eq!(names.len(), 3);
        assert!(names[2].starts_with("bottleneck 3, ") && names[2].ends_with(", last, head"));
        assert_eq!(names.join(", ").split(", ").count(), count);
    }
}
