//! Arrays, made in place.

/// What `make` gives for each place, in order. Unlike `array::from_fn` this is never a call, which would be compiled for the baseline.
#[inline(always)]
pub(super) fn each<T: Copy, const N: usize>(mut make: impl FnMut(usize) -> T) -> [T; N] {
    let mut all = [make(0); N];
    // Not an iterator, whose functions may be calls too.
    let mut i = 1;
    while i < N {
        all[i] = make(i);
        i += 1;
    }
    all
}
