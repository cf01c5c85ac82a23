//! What it costs to share threads: a network alone, beside other callers of the same [`Threads`], with more threads
//! than cores, and with pauses in which threads fall asleep; each beside the same without threads.
//!
//! Prints a line for each case, tab-separated: the case, threads, microseconds of one forward (median, 90th and 99th
//! percentile), calls a second of everybody else, and these four over those of the same case without threads, within
//! each round; all are medians over the rounds. Arguments choose cases by a part of their name.

use mnv3::{Threads, mobilenet};
use mnv3_testing::formula;
use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

mobilenet!("../../../specs/text-direction.yaml");
mobilenet!("../../../specs/small.yaml");
mobilenet!("../../../specs/large.yaml");

const ROUNDS: usize = 5;
/// Time for a case in a round, once everybody is at work.
const BURST: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_millis(2);
/// Images in the stranger's batch.
const BATCH: usize = 16;
const MANY: usize = 32;
/// Of the formula: activations neither grow nor vanish.
const GAIN: f64 = 4.75;

/// A function that makes closures that run a network once, on these threads or on one.
macro_rules! forwards {
    ($make:ident, $network:ident, $gain:expr, [$h:expr, $w:expr]) => {
        fn $make(threads: Option<Threads>) -> Result<impl Fn() -> Box<dyn FnMut() + Send>, Box<dyn Error>> {
            let tensors = $network::TENSORS.iter().map(|t| (t.name, t.shape));
            let network = $network::from_safetensors(&formula::weights(tensors, $gain)?)?;
            Ok(move || {
                let network = match &threads {
                    Some(threads) => network.clone().with_threads(threads.clone()),
                    None => network.clone(),
                };
                let mut workspace = $network::workspace();
                let image: Box<[f32; $h * $w * 3]> = match formula::image($h, $w, 3).into_boxed_slice().try_into() {
                    Ok(image) => image,
                    Err(_) => unreachable!("so many floats"),
                };
                let mut scores = [0.0; $network::CLASSES];
                Box::new(move || network.forward_into(&mut workspace, &image, &mut scores)) as Box<dyn FnMut() + Send>
            })
        }
    };
}

forwards!(text, TextDirection, 3.0, [48, 192]);
forwards!(small, MobileNetV3Small, GAIN, [224, 224]);
forwards!(large, MobileNetV3Large, GAIN, [224, 224]);

fn batch(threads: Option<Threads>) -> Result<impl FnMut() + Send, Box<dyn Error>> {
    let tensors = MobileNetV3Large::TENSORS.iter().map(|t| (t.name, t.shape));
    let mut network = MobileNetV3Large::from_safetensors(&formula::weights(tensors, GAIN)?)?;
    let mut workspaces: Vec<_> = (0..threads.as_ref().map_or(1, Threads::count))
        .map(|_| MobileNetV3Large::workspace())
        .collect();
    if let Some(threads) = threads {
        network = network.with_threads(threads);
    }
    let image = formula::image(224, 224, 3);
    let images: Vec<[f32; 224 * 224 * 3]> = image.as_chunks().0.repeat(BATCH);
    let mut scores = vec![[0.0; MobileNetV3Large::CLASSES]; BATCH];
    Ok(move || {
        if let Err(error) = network.forward_batch_into(&mut workspaces, &images, &mut scores) {
            unreachable!("{error}");
        }
    })
}

type Forward = Box<dyn FnMut() + Send>;

struct Case {
    name: &'static str,
    threads: usize,
    forward: Forward,
    strangers: Vec<Forward>,
    pause: Duration,
    /// What is printed, by round.
    rounds: Vec<[f64; 4]>,
}

impl Case {
    fn run(&mut self) {
        let (stop, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
        let (forward, pause) = (&mut self.forward, self.pause);
        let (mut times, calls) = thread::scope(|scope| {
            for stranger in &mut self.strangers {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        stranger();
                        calls.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            // Everybody is at work, and the caches are warm.
            let start = Instant::now();
            while start.elapsed() < BURST / 5 {
                forward();
            }
            let (before, mut times, start) = (calls.load(Ordering::Relaxed), Vec::new(), Instant::now());
            while start.elapsed() < BURST {
                if !pause.is_zero() {
                    thread::sleep(pause);
                }
                let start = Instant::now();
                forward();
                times.push(start.elapsed().as_secs_f64() * 1e6);
            }
            let calls = (calls.load(Ordering::Relaxed) - before) as f64 / start.elapsed().as_secs_f64();
            stop.store(true, Ordering::Relaxed);
            (times, calls)
        });
        times.sort_by(f64::total_cmp);
        let [half, most, nearly_all] = [50, 90, 99].map(|percentile| times[times.len() * percentile / 100]);
        self.rounds.push([half, most, nearly_all, calls]);
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn threads(count: usize) -> Result<Option<Threads>, Box<dyn Error>> {
    Ok(match count {
        0 => None,
        count => Some(Threads::new(count)?),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    // Groups of cases, the first of each without threads.
    let mut groups: Vec<Vec<Case>> = Vec::new();
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut group = |name: &'static str, counts: &[usize], pause, make: &dyn Fn(Option<Threads>) -> Made| {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part)) {
            return Ok(());
        }
        let cases = counts.iter().map(|&count| {
            let (forward, strangers) = make(threads(count)?)?;
            let rounds = Vec::new();
            Ok(Case {
                name,
                threads: count.max(1),
                forward,
                strangers,
                pause,
                rounds,
            })
        });
        groups.push(cases.collect::<Result<_, Box<dyn Error>>>()?);
        Ok::<_, Box<dyn Error>>(())
    };
    type Made = Result<(Forward, Vec<Forward>), Box<dyn Error>>;
    let none = Duration::ZERO;
    group("text direction", &[0, 2, 8], none, &|t| Ok((text(t)?(), vec![])))?;
    group("text direction, pauses", &[0, 2, 8], PAUSE, &|t| {
        Ok((text(t)?(), vec![]))
    })?;
    group("text direction beside Large", &[0, 2, 8], none, &|t| {
        Ok((text(t.clone())?(), vec![large(t)?()]))
    })?;
    group("text direction beside a batch of Large", &[0, 2], none, &|t| {
        Ok((text(t.clone())?(), vec![Box::new(batch(t)?)]))
    })?;
    group("text direction, 32 callers", &[0, 2, 8], none, &|t| {
        let text = text(t)?;
        Ok((text(), (1..MANY).map(|_| text()).collect()))
    })?;
    group("Small", &[0, 2, 8], none, &|t| Ok((small(t)?(), vec![])))?;
    group("Small, pauses", &[0, 2, 8], PAUSE, &|t| Ok((small(t)?(), vec![])))?;
    group("Large", &[0, 2, 8], none, &|t| Ok((large(t)?(), vec![])))?;
    group("Large, pauses", &[0, 2, 8], PAUSE, &|t| Ok((large(t)?(), vec![])))?;
    group("Large beside Large", &[0, 2], none, &|t| {
        let large = large(t)?;
        Ok((large(), vec![large()]))
    })?;
    group("batch of 16 Large", &[0, 2], none, &|t| {
        Ok((Box::new(batch(t)?), vec![]))
    })?;

    for _ in 0..ROUNDS {
        groups.iter_mut().flatten().for_each(Case::run);
    }
    for group in &groups {
        for case in group {
            print!("{}\t{}", case.name, case.threads);
            for at in 0..4 {
                print!("\t{:.0}", median(case.rounds.iter().map(|round| round[at])));
            }
            for at in 0..4 {
                let ratios = case
                    .rounds
                    .iter()
                    .zip(&group[0].rounds)
                    .map(|(case, none)| case[at] / none[at]);
                print!("\t{:.2}", median(ratios));
            }
            println!();
        }
    }
    Ok(())
}
