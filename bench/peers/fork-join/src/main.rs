//! What it costs to divide short work between two threads, by the ways there are: the pattern of a network, whose
//! layers take some tens of microseconds each.
//!
//! Prints a line for each way: its name, then the microseconds with calls one after the other, and with a pause before
//! each, in which threads fall asleep.


use std::num::NonZero;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Divisions in a call, about as many as Large has.
const JOINS: u64 = 40;
/// Work of each half.
const HALF: Duration = Duration::from_micros(20);
const PAUSE: Duration = Duration::from_millis(2);
const CALLS: usize = 200;

fn half() {
    let start = Instant::now();
    while start.elapsed() < HALF {
        std::hint::spin_loop();
    }
}

/// Median microseconds of a call.
fn median(pause: Duration, call: &mut dyn FnMut()) -> f64 {
    let mut times: Vec<Duration> = (0..CALLS)
        .map(|_| {
            if !pause.is_zero() {
                sleep(pause);
            }
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[CALLS / 2].as_secs_f64() * 1e6
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    let helper = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let helpers = std::sync::Arc::new(awake::Helpers::new(helper));
    let chili = chili::ThreadPool::with_config(chili::Config {
        thread_count: NonZero::new(2),
        ..Default::default()
    });
    let each = |join: fn()| (0..JOINS).for_each(|_| join());
    let ways: [(&str, &dyn Fn()); 5] = [
        ("one thread", &|| (0..2 * JOINS).for_each(|_| half())),
        ("rayon", &|| {
            pool.install(|| each(|| _ = rayon::join(half, half)));
        }),
        ("rayon, kept awake (mnv3)", &|| {
            helpers.run(|| each(|| awake::join(half, half)));
        }),
        ("spindle", &|| {
            pool.install(|| spindle::with_lock(2, || each(|| spindle::for_each(2, [(); 2], |()| half()))));
        }),
        ("chili", &|| {
            let mut scope = chili.scope();
            (0..JOINS).for_each(|_| _ = scope.join(|_| half(), |_| half()));
        }),
    ];
    for (name, call) in ways {
        let [busy, rested] = [Duration::ZERO, PAUSE].map(|pause| median(pause, &mut || call()));
        println!("{name}\t{busy:.0}\t{rested:.0}");
    }
    Ok(())
}
