//! Layers divided among the threads of the rayon pool that the caller is in.

use mnv3_weights::Arena;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// Scratch of a thread that helps; the thread that runs the network has the workspace's.
    static SCRATCH: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Runs a network on this thread, if it is one of a pool, or on one of rayon's global pool: to hand over each layer by
/// itself would take longer than most layers.
pub(crate) fn enter<R: Send>(network: impl FnOnce() -> R + Send) -> R {
    match rayon_core::current_thread_index() {
        Some(_) => network(),
        None => rayon_core::scope(|_| network()),
    }
}

/// Does work in parts, as [`Cpu::share`](crate::Cpu::share) does, with the help of so many others.
pub(crate) fn share(others: usize, mut mine: impl FnMut() -> bool + Send, theirs: &(dyn Fn() -> bool + Sync)) {
    let mut mine = || while mine() {};
    match others {
        0 => mine(),
        _ => join(mine, || others_share(others, theirs)),
    }
}

fn others_share(others: usize, theirs: &(dyn Fn() -> bool + Sync)) {
    share(others - 1, theirs, theirs);
}

pub(crate) fn with_scratch<R>(work: impl FnOnce(&mut Arena) -> R) -> R {
    let mut scratch = SCRATCH.take().unwrap_or_else(|| Arena::zeroed(0));
    let result = work(&mut scratch);
    SCRATCH.set(Some(scratch));
    result
}

/// Runs both, at the same time if another thread of the pool is free.
fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    let (begun, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    rayon_core::join(
        || {
            a();
            // To sleep and to be woken would take longer than what is left of the other half. Not to wait would be to do
            // other work of the pool in between, which may be long.
            let mut looks = 0u32;
            while begun.load(Ordering::Acquire) && !ended.load(Ordering::Acquire) {
                looks += 1;
                // After a while the other half may be waiting for this core.
                if looks > 1 << 8 {
                    std::thread::yield_now();
                } else {
                    (0..8).for_each(|_| std::hint::spin_loop());
                }
            }
        },
        || {
            struct Ended<'e>(&'e AtomicBool);
            impl Drop for Ended<'_> {
                fn drop(&mut self) {
                    self.0.store(true, Ordering::Release);
                }
            }
            begun.store(true, Ordering::Release);
            let _ended = Ended(&ended);
            b();
        },
    );
}
