//! What it costs to divide short work between two threads, by the ways there are: the pattern of a network, whose
//! layers take some tens of microseconds each.
//!
//! Prints a line for each way: its name, then the microseconds with calls one after the other; with a pause before each,
//! in which threads fall asleep; and beside another caller of the same threads, whose work is long.

use mnv3_threads::{Cores, Workers};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// Divisions in a call, about as many as Large has.
const JOINS: u64 = 40;
/// Work of each half.
const HALF: Duration = Duration::from_micros(20);
/// Work of each half of the other caller, about as long as Large.
const LONG: Duration = Duration::from_millis(3);
const PAUSE: Duration = Duration::from_millis(2);
const CALLS: usize = 200;

fn work(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn half() {
    work(HALF);
}

fn long() {
    work(LONG);
}

/// Runs two halves, on this thread and on a worker that is there.
fn share(caller: &mnv3_threads::Caller<'_>, half: fn()) {
    let next = AtomicUsize::new(0);
    let part = || {
        let one = next.fetch_add(1, Ordering::Relaxed) < 2;
        if one {
            half();
        }
        one
    };
    caller.share(part, &|_| part());
}

/// Median microseconds of a call while another thread does something else again and again.
fn beside(stranger: &(dyn Fn() + Sync), call: &mut dyn FnMut()) -> f64 {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                stranger();
            }
        });
        let time = median(PAUSE, call);
        stop.store(true, Ordering::Relaxed);
        time
    })
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
    let workers = Workers::start(1, "worker", Cores::of_process())?;
    let chili = chili::ThreadPool::with_config(chili::Config {
        thread_count: NonZero::new(2),
        ..Default::default()
    });
    let each = |join: &dyn Fn()| (0..JOINS).for_each(|_| join());
    type Way<'w> = &'w (dyn Fn() + Sync);
    let ways: [(&str, Way<'_>, Way<'_>); 5] = [
        ("one thread", &|| (0..2 * JOINS).for_each(|_| half()), &long),
        (
            "rayon",
            &|| pool.install(|| each(&|| _ = rayon::join(half, half))),
            &|| pool.install(|| _ = rayon::join(long, long)),
        ),
        (
            "spindle",
            &|| pool.install(|| spindle::with_lock(2, || each(&|| spindle::for_each(2, [(); 2], |()| half())))),
            &|| pool.install(|| spindle::with_lock(2, || spindle::for_each(2, [(); 2], |()| long()))),
        ),
        (
            "chili",
            &|| {
                let mut scope = chili.scope();
                (0..JOINS).for_each(|_| _ = scope.join(|_| half(), |_| half()));
            },
            &|| _ = chili.scope().join(|_| long(), |_| long()),
        ),
        (
            "mnv3-threads",
            &|| {
                let caller = workers.help();
                each(&|| share(&caller, half));
            },
            &|| share(&workers.help(), long),
        ),
    ];
    for (name, call, stranger) in ways {
        let [busy, rested] = [Duration::ZERO, PAUSE].map(|pause| median(pause, &mut || call()));
        let beside = beside(stranger, &mut || call());
        println!("{name}\t{busy:.0}\t{rested:.0}\t{beside:.0}");
    }
    Ok(())
}
