//! Work on many images, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each number below `count`, in their order.
pub(crate) fn each<T: Send>(count: usize, work: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let parts = gathered(count, &Vec::new, &|part: &mut Vec<(usize, T)>, i| {
        part.push((i, work(i)))
    });
    let mut all: Vec<(usize, T)> = parts.into_iter().flatten().collect();
    all.sort_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, made)| made).collect()
}

/// Numbers below `count`, each added to one of several gatherings: to which, is by chance.
pub(crate) fn gathered<G: Send>(
    count: usize,
    start: &(dyn Fn() -> G + Sync),
    add: &(dyn Fn(&mut G, usize) + Sync),
) -> Vec<G> {
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores.min(count) {
            scope.spawn(|| {
                let mut gathering = start();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= count {
                        break;
                    }
                    add(&mut gathering, i);
                }
                if let Ok(mut made) = made.lock() {
                    made.push(gathering);
                }
            });
        }
    });
    made.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_in_order_and_each_number_counts_once() {
        assert_eq!(each(1000, &|i| i * i), (0..1000).map(|i| i * i).collect::<Vec<_>>());
        assert!(each(0, &|i| i).is_empty());
        let sums = gathered(1000, &|| 0, &|sum, i| *sum += i);
        assert_eq!(sums.into_iter().sum::<usize>(), 499_500);
    }
}
