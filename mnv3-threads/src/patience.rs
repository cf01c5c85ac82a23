//! How a thread waits for another: it looks, again and again, for about as long as it takes to wake a thread that sleeps.

use crate::sync::{spin_loop, thread};
use std::time::{Duration, Instant};

/// Pauses between two looks: some hundred nanoseconds, so that looking does not slow down the one looked at.
const PAUSES: u32 = if cfg!(test) { 1 } else { 8 };
/// To sleep and be woken takes as long as this: who finds nothing until then has lost no more than by sleeping at once.
const SPIN: Duration = Duration::from_micros(if cfg!(test) { 0 } else { 50 });
/// A worker that sleeps when a layer begins has none of it. In the middle of a network it therefore looks for longer: for longer than steps
/// that are not shared take, and than a virtual machine holds a thread up.
const IN_NETWORK: Duration = Duration::from_millis(if cfg!(test) { 0 } else { 2 });
/// A part of a layer takes less. What takes longer is an image of a batch.
const YIELD: Duration = Duration::from_millis(1);
const SLEEP: Duration = Duration::from_micros(50);

/// Since when a thread has found nothing.
#[derive(Default)]
pub(crate) struct Patience(Option<Instant>);

impl Patience {
    fn waited(&mut self) -> Duration {
        self.0.get_or_insert_with(Instant::now).elapsed()
    }

    /// Pauses for a moment; whether to look again.
    pub(crate) fn pause(&mut self) -> bool {
        (0..PAUSES).for_each(|_| spin_loop());
        self.waited() < SPIN
    }

    /// The same while somebody runs a network, who may share its next layer; lets others have the core meanwhile.
    pub(crate) fn pause_in_network(&mut self) -> bool {
        thread::yield_now();
        self.waited() < IN_NETWORK
    }

    /// Pauses for a moment. After a while it lets others have the core, who may be the ones that it waits for.
    pub(crate) fn pause_however_long(&mut self) {
        if self.pause() {
            return;
        }
        if cfg!(test) || self.waited() < YIELD {
            thread::yield_now();
        } else {
            std::thread::sleep(SLEEP);
        }
    }
}
