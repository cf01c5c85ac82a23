//! Many images at a time: each on one thread, so that nothing waits for the slowest part of a layer.

use crate::cpu::Cpu;
use std::sync::{Mutex, PoisonError};

/// A batch call whose slices do not go together. Nothing was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Every image needs a place for its scores.
    #[error("{images} images, but room for the scores of {scores}: give slices of the same length")]
    Lengths {
        /// Images given.
        images: usize,
        /// Places for scores given.
        scores: usize,
    },
    /// There is no memory to run in.
    #[error("no workspace to run in: give one for each thread")]
    NoWorkspace,
}

/// Runs every image once: as many at a time as there are workspaces, each taking the next image when it is done.
pub(crate) fn run<W: Send, I: Sync, O: Send>(
    cpu: Cpu<'_>,
    workspaces: &mut [W],
    images: &[I],
    outputs: &mut [O],
    network: &(impl Fn(Cpu<'_>, &mut W, &I, &mut O) + Sync),
) {
    let used = workspaces.len().min(cpu.most).min(images.len());
    let Some((own, others)) = workspaces[..used].split_first_mut() else {
        return;
    };
    let left = Mutex::new((images.iter().zip(outputs), Spare::new(others)));
    let lock = || left.lock().unwrap_or_else(PoisonError::into_inner);
    let mine = || {
        let next = lock().0.next();
        let Some((image, output)) = next else { return false };
        network(cpu.alone(), own, image, output);
        true
    };
    cpu.share(0, mine, &|_| {
        let (workspace, (image, output)) = {
            let (images, spare) = &mut *lock();
            let Some(workspace) = spare.take() else { return false };
            let Some(next) = images.next() else { return false };
            (workspace, next)
        };
        network(cpu.alone(), workspace, image, output);
        lock().1.put(workspace);
        true
    });
}

/// Workspaces that nobody uses.
struct Spare<'w, W> {
    workspaces: [Option<&'w mut W>; MOST],
    count: usize,
}

/// A caller and as many workers as there can be.
const MOST: usize = 64;

impl<'w, W> Spare<'w, W> {
    fn new(all: &'w mut [W]) -> Self {
        let mut spare = Self {
            workspaces: [const { None }; MOST],
            count: 0,
        };
        all.iter_mut().take(MOST).for_each(|workspace| spare.put(workspace));
        spare
    }

    fn put(&mut self, workspace: &'w mut W) {
        self.workspaces[self.count] = Some(workspace);
        self.count += 1;
    }

    fn take(&mut self) -> Option<&'w mut W> {
        self.count = self.count.checked_sub(1)?;
        self.workspaces[self.count].take()
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::cpu::Cpu;
    use fearless_simd::Level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_image_is_run_once_whatever_the_workspaces_and_threads(
            images in proptest::collection::vec(any::<u32>(), 0..40),
            workspaces in 1..6usize,
            parts in 1..6usize,
        ) {
            let cpu = Cpu::divided(Level::new(), parts);
            let mut used = vec![0; workspaces];
            let mut outputs = vec![0; images.len()];
            run(cpu, &mut used, &images, &mut outputs, &|_, count, image, output| {
                *count += 1;
                *output += u64::from(*image) + 1;
            });
            let wanted: Vec<u64> = images.iter().map(|image| u64::from(*image) + 1).collect();
            prop_assert_eq!(outputs, wanted);
            prop_assert_eq!(used.iter().sum::<usize>(), images.len());
            prop_assert!(used.iter().skip(parts).all(|count| *count == 0));
        }
    }

    #[cfg(feature = "threads")]
    #[test]
    fn two_images_are_run_at_the_same_time() {
        let threads = crate::Threads::pretend(2, 2).unwrap();
        // Neither image goes on before the other has begun.
        let both = std::sync::Barrier::new(2);
        let network = |_: Cpu<'_>, _: &mut (), _: &(), _: &mut ()| _ = both.wait();
        let batch = |cpu: Cpu<'_>| run(cpu, &mut [(); 2], &[(); 2], &mut [(); 2], &network);
        threads.install(batch, Level::new());
    }
}
