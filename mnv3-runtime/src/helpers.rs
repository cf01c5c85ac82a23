//! Who helps the thread that runs a network.

#[cfg(feature = "rayon")]
use crate::in_pool;
use mnv3_threads::Caller;
use mnv3_weights::Arena;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who helps the thread that runs a network.
#[derive(Clone, Copy)]
pub(crate) enum Helpers<'t> {
    Team(&'t Caller<'t>, &'t [Mutex<Arena>]),
    /// The rayon pool that it is in.
    #[cfg(feature = "rayon")]
    Pool,
}

impl fmt::Debug for Helpers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Team(..) => "Team",
            #[cfg(feature = "rayon")]
            Self::Pool => "Pool",
        })
    }
}

impl Helpers<'_> {
    /// Threads that are ready to take parts, this one among them.
    pub(crate) fn awake(self, most: usize) -> usize {
        match self {
            Self::Team(caller, _) => most.min(1 + caller.awake()),
            #[cfg(feature = "rayon")]
            Self::Pool => most,
        }
    }

    /// Threads that are ready, or will soon be.
    pub(crate) fn coming(self, most: usize) -> usize {
        match self {
            Self::Team(caller, _) => most.min(1 + caller.called()),
            #[cfg(feature = "rayon")]
            Self::Pool => most,
        }
    }

    #[cfg_attr(
        not(feature = "rayon"),
        expect(unused_variables, reason = "workers are as many as they are")
    )]
    pub(crate) fn share(
        self,
        most: usize,
        floats: usize,
        mine: impl FnMut() -> bool + Send,
        theirs: &(dyn Fn(&mut [f32]) -> bool + Sync),
    ) {
        match self {
            Self::Team(caller, scratch) => caller.share(mine, &|worker| {
                let scratch = &mut lock(&scratch[worker]);
                theirs(at_least(scratch, floats))
            }),
            #[cfg(feature = "rayon")]
            Self::Pool => in_pool::share(most - 1, mine, &|| {
                in_pool::with_scratch(|scratch| theirs(at_least(scratch, floats)))
            }),
        }
    }
}

pub(crate) fn lock(scratch: &Mutex<Arena>) -> MutexGuard<'_, Arena> {
    scratch.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many floats, for which it grows if it must.
pub(crate) fn at_least(scratch: &mut Arena, floats: usize) -> &mut [f32] {
    if scratch.floats().len() < floats {
        *scratch = Arena::zeroed(floats);
    }
    &mut scratch.floats_mut()[..floats]
}
