//! Scores to probabilities.

/// `exp(x - max) / sum`, in place. In double precision, because a difference of scores is rounded before it is an exponent,
/// and because sums of many thousand probabilities lose digits. NaN and positive infinity make all of them NaN.
pub(crate) fn softmax(scores: &mut [f32]) {
    let max = f64::from(scores.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        let share = (f64::from(*score) - max).exp();
        sum += share;
        *score = normal(share);
    }
    for score in scores {
        *score = normal(f64::from(*score) / sum);
    }
}

/// `1 / (1 + exp(-x))`, in place, in double precision for the same reasons. NaN of NaN.
pub(crate) fn sigmoid(scores: &mut [f32]) {
    for score in scores {
        *score = normal(1.0 / (1.0 + (-f64::from(*score)).exp()));
    }
}

/// In single precision, where numbers too small to be normal are zero.
fn normal(x: f64) -> f32 {
    if x < f64::from(f32::MIN_POSITIVE) {
        0.0
    } else {
        x as f32
    }
}
