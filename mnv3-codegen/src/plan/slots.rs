//! Which values share memory: those that are never needed at the same time.

/// When a value is needed, counted in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// The step that makes it.
    pub(super) made: usize,
    /// The last step that reads it; `None` if it is the caller's after the run.
    pub(super) read: Option<usize>,
    /// Its size.
    pub(super) floats: usize,
}

/// Slots, each for some of the values.
#[derive(Debug)]
pub(super) struct SharedSlots {
    /// Floats of each: those of the largest value in it.
    pub(super) floats: Vec<usize>,
    /// The slot of each value.
    pub(super) of: Vec<usize>,
}

/// Gives each value, in the order in which they are made, the first of the free slots that need not grow for it, or else
/// the one that grows least. A step does not write where it reads. What outlives the run shares with none, unless
/// nothing is made after it: it would keep a large slot from all that follows.
pub(super) fn share(lives: &[Life]) -> SharedSlots {
    let mut slots = SharedSlots {
        floats: Vec::new(),
        of: Vec::new(),
    };
    // The step from which on each slot is free; `None` for never.
    let mut free_after: Vec<Option<usize>> = Vec::new();
    for (i, life) in lives.iter().enumerate() {
        let own = life.read.is_none() && i + 1 < lives.len();
        let free = |slot: &usize| free_after[*slot].is_some_and(|last| last < life.made);
        let growth = |slot: &usize| life.floats.saturating_sub(slots.floats[*slot]);
        let shared = (0..slots.floats.len()).filter(free).min_by_key(growth);
        let slot = match shared {
            Some(slot) if !own => slot,
            _ => {
                slots.floats.push(0);
                free_after.push(None);
                slots.floats.len() - 1
            }
        };
        slots.floats[slot] = slots.floats[slot].max(life.floats);
        // What nobody reads is written all the same.
        free_after[slot] = life.read.map(|read| read.max(life.made));
        slots.of.push(slot);
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::{Life, share};
    use proptest::prelude::*;

    /// Whether a value is there during a step.
    fn alive(life: &Life, step: usize) -> bool {
        life.made <= step && life.read.is_none_or(|read| step <= read.max(life.made))
    }

    /// The floats, and the number, of values that are there during the step that has the most of them.
    fn most(lives: &[Life], of: impl Fn(&Life) -> usize) -> usize {
        let at = |step| lives.iter().filter(|life| alive(life, step)).map(&of).sum();
        (0..lives.len()).map(at).max().unwrap_or(0)
    }

    /// Each step makes one value, which is read by some later one, or nobody, or the caller.
    fn lives(caller: bool) -> impl Strategy<Value = Vec<Life>> {
        let life = (
            0..5_usize,
            1..100_usize,
            prop::bool::weighted(if caller { 0.2 } else { 0.0 }),
        );
        prop::collection::vec(life, 1..30).prop_map(|all| {
            let lives = all.into_iter().enumerate().map(|(made, (reach, floats, caller))| Life {
                made,
                read: (!caller).then_some(made + reach),
                floats,
            });
            lives.collect()
        })
    }

    fn chain(sizes: &[usize]) -> Vec<Life> {
        let life = |(made, floats): (usize, &usize)| Life {
            made,
            read: (made + 1 < sizes.len()).then_some(made + 1),
            floats: *floats,
        };
        sizes.iter().enumerate().map(life).collect()
    }

    proptest! {
        #[test]
        fn values_that_are_there_together_never_share(lives in lives(true)) {
            let slots = share(&lives);
            for (i, one) in lives.iter().enumerate() {
                prop_assert!(slots.floats[slots.of[i]] >= one.floats);
                for (j, other) in lives.iter().enumerate().skip(i + 1) {
                    let together = alive(one, other.made);
                    prop_assert!(!together || slots.of[i] != slots.of[j], "{i} and {j} of {slots:?}");
                }
            }
        }

        #[test]
        fn memory_is_between_what_is_there_at_once_and_all_of_it(lives in lives(true)) {
            let total: usize = share(&lives).floats.iter().sum();
            prop_assert!(total <= lives.iter().map(|life| life.floats).sum());
            prop_assert!(total >= most(&lives, |life| life.floats));
        }

        #[test]
        fn there_are_as_many_slots_as_values_at_once(lives in lives(false)) {
            prop_assert_eq!(share(&lives).floats.len(), most(&lives, |_| 1));
        }

        #[test]
        fn a_chain_alternates_between_two(sizes in prop::collection::vec(1..100_usize, 2..30)) {
            let slots = share(&chain(&sizes));
            let largest = |first: usize| sizes.iter().skip(first).step_by(2).copied().max().unwrap_or(0);
            prop_assert_eq!(slots.floats, [largest(0), largest(1)]);
        }

        #[test]
        fn a_chain_of_maps_that_shrink_has_no_float_beyond_what_is_there_at_once(mut sizes in prop::collection::vec(1..100_usize, 2..30)) {
            sizes.sort_by(|a, b| b.cmp(a));
            let lives = chain(&sizes);
            let total: usize = share(&lives).floats.iter().sum();
            prop_assert_eq!(total, most(&lives, |life| life.floats));
        }
    }

    #[test]
    fn what_is_read_again_later_keeps_its_slot() {
        // 0 is read by 1 and, over a branch, by 3.
        let mut lives = chain(&[8, 8, 8, 8, 8]);
        lives[0].read = Some(3);
        assert_eq!(share(&lives).of, [0, 1, 2, 1, 0]);
    }

    #[test]
    fn a_tap_has_a_slot_of_its_own_and_the_last_map_has_not() {
        let mut lives = chain(&[8, 8, 4, 4, 2]);
        lives[2].read = None;
        let slots = share(&lives);
        assert_eq!(slots.of, [0, 1, 2, 0, 1]);
        assert_eq!(slots.floats, [8, 8, 4]);
    }
}
