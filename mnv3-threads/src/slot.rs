//! Where a caller lends work, which lies on its stack, to threads that live longer than it.

use crate::at_end::at_end;
use crate::patience::Patience;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Does one part of the work for the worker of a number, and says whether there was one.
pub(crate) type Job<'j> = &'j (dyn Fn(usize) -> bool + Sync);

/// One job at a time.
///
/// The gate says everything: [`FREE`], or [`CLAIMED`] by a caller, and then perhaps [`OPEN`], and how often [`WORKER`].
/// A worker enters only while the gate is open, in the same step that counts it. The caller closes the gate and
/// then waits until nobody is inside; it never waits for a worker that has not entered.
///
/// Apart in memory from its neighbours: two caches would fight for lines that they share.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Slot {
    gate: AtomicUsize,
    job: AtomicPtr<Job<'static>>,
}

const FREE: usize = 0;
const CLAIMED: usize = 1;
const OPEN: usize = 2;
const WORKER: usize = 4;

impl Slot {
    pub(crate) fn new() -> Self {
        Self {
            gate: AtomicUsize::new(FREE),
            job: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// For this thread, if no other has it.
    pub(crate) fn claim(&self) -> Option<Claim<'_>> {
        let claimed = self
            .gate
            .compare_exchange(FREE, CLAIMED, Ordering::Acquire, Ordering::Relaxed);
        claimed.is_ok().then(|| Claim(self))
    }

    /// Hands the job to `work`, if there is one.
    #[allow(
        unsafe_code,
        reason = "no safe way lends to a thread that lives longer, and takes back what it has not begun"
    )]
    pub(crate) fn visit(&self, work: impl FnOnce(Job<'_>)) {
        let enter = |gate| (gate & OPEN != 0).then(|| gate + WORKER);
        let entered = self.gate.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter);
        if entered.is_err() {
            return;
        }
        let _left = at_end(|| _ = self.gate.fetch_sub(WORKER, Ordering::Release));
        let job = self.job.load(Ordering::Relaxed);
        // SAFETY: `job` points to a `Job<'j>` on the stack of a caller that is inside of `lend`, for these reasons:
        // - The gate was open when this thread was counted, in one step. Only `lend` opens it, after it has stored
        //   `job`, with Release; the step that counted this thread read that store, or a count that followed it, with
        //   Acquire. So this load gives the pointer of the `lend` that opened the gate, and what it points to is written.
        // - That `lend` does not return or unwind before it has closed the gate and has seen nobody counted.
        //   This thread is counted until `_left` is dropped. Until then, the gate is not `FREE`, so that nobody
        //   else claims the slot and stores another pointer.
        // - `_left` is dropped after the last use of the job, also when `work` unwinds: `work` takes a job of any
        //   lifetime, so that it cannot keep it. The load with Acquire in `lend` reads the Release of that drop,
        //   or a count that followed it: all uses happen before the caller goes on.
        // The two types of the pointee differ in lifetimes only, and it is only read: `&dyn Fn + Sync` may be copied to,
        // and called by, any thread.
        let job: Job<'_> = unsafe { *job };
        work(job);
    }
}

/// A slot that is this thread's until it is dropped.
pub(crate) struct Claim<'s>(&'s Slot);

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.gate.store(FREE, Ordering::Release);
    }
}

impl Claim<'_> {
    /// Lends `job` to workers while `meanwhile` runs here.
    ///
    /// When this returns, or unwinds because `meanwhile` does, no worker has the job.
    pub(crate) fn lend(&mut self, job: Job<'_>, meanwhile: impl FnOnce()) {
        let Self(slot) = self;
        let job = &raw const job;
        slot.job.store(job.cast_mut().cast(), Ordering::Relaxed);
        // Whoever sees it open sees the job.
        slot.gate.store(CLAIMED | OPEN, Ordering::Release);
        let _taken_back = at_end(|| {
            slot.gate.fetch_and(!OPEN, Ordering::Relaxed);
            let mut patience = Patience::default();
            // What workers did inside is then seen here.
            while slot.gate.load(Ordering::Acquire) != CLAIMED {
                patience.pause_however_long();
            }
        });
        meanwhile();
    }
}
