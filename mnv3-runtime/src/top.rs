//! The best of many scores.

/// The `k` largest scores with their places, the largest first, of equal ones the first; all of them where there are fewer.
/// NaN is smaller than every number.
///
/// ```
/// let scores = [0.5, f32::NAN, 2.0, -1.0, 2.0];
/// assert_eq!(mnv3_runtime::top(&scores, 3), [(2, 2.0), (4, 2.0), (0, 0.5)]);
/// assert_eq!(mnv3_runtime::top(&scores, 9).last().map(|(place, _)| *place), Some(1));
/// ```
#[must_use]
pub fn top(scores: &[f32], k: usize) -> Vec<(usize, f32)> {
    // Both zeros are one number.
    let key = |place: usize| match scores[place] {
        nan if nan.is_nan() => f32::NEG_INFINITY,
        score => score + 0.0,
    };
    let compare = |a: &usize, b: &usize| {
        let nan = |place: usize| scores[place].is_nan();
        let larger = key(*b).total_cmp(&key(*a));
        larger.then(nan(*a).cmp(&nan(*b))).then(a.cmp(b))
    };
    let mut places: Vec<usize> = (0..scores.len()).collect();
    if let Some(last) = k.checked_sub(1).filter(|last| *last < places.len()) {
        places.select_nth_unstable_by(last, compare);
    }
    places.truncate(k);
    places.sort_unstable_by(compare);
    places.into_iter().map(|place| (place, scores[place])).collect()
}

#[cfg(test)]
mod tests {
    use super::top;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_start_of_a_stable_sort(
            scores in prop::collection::vec(prop_oneof![Just(f32::NAN), Just(-0.0f32), Just(f32::NEG_INFINITY), -2.0f32..2.0], 0..60),
            k in 0usize..70,
        ) {
            let mut want: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
            want.sort_by(|(_, a), (_, b)| match (a.is_nan(), b.is_nan()) {
                (false, false) => b.partial_cmp(a).unwrap(),
                (a, b) => a.cmp(&b),
            });
            want.truncate(k);
            let places = |list: &[(usize, f32)]| list.iter().map(|(place, score)| (*place, score.to_bits())).collect::<Vec<_>>();
            prop_assert_eq!(places(&top(&scores, k)), places(&want));
        }
    }
}
