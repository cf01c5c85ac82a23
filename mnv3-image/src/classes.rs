//! From scores to classes.

use mnv3_runtime::{OutputActivation, layers, top};

/// One answer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Class<'n> {
    /// Its place among the scores, from 0.
    pub index: usize,
    /// From 0 to 1; those of all classes add up to 1, but for networks with `sigmoid: true`, whose classes have one each. Of a
    /// network with one class, the sigmoid of its score.
    pub probability: f32,
    /// What the spec calls it, where it says so.
    pub label: Option<&'n str>,
}

/// The classes of the `k` best scores, the best first, of equal ones the first. `activation` says what the
/// network made of the scores: logits go through a softmax here. Of several windows of a picture, the mean of their probabilities counts; of none there
/// are no classes. `label` names a class by its place.
///
/// ```
/// let classes = mnv3_image::classes([vec![0.0, 2.0, 1.0]], mnv3_image::OutputActivation::Identity, 2, |_| None);
/// assert_eq!((classes[0].index, classes[1].index), (1, 2));
/// assert!((classes[0].probability - 0.665_24).abs() < 1e-5);
/// ```
#[must_use]
pub fn classes<'n>(
    windows: impl IntoIterator<Item = Vec<f32>>,
    activation: OutputActivation,
    k: usize,
    label: impl Fn(usize) -> Option<&'n str>,
) -> Vec<Class<'n>> {
    let mut windows = windows.into_iter().map(|scores| probabilities(scores, activation));
    let first = windows.next().unwrap_or_default();
    let mut sums: Vec<f64> = first.iter().copied().map(f64::from).collect();
    let mut count = 1.0;
    for window in windows {
        count += 1.0;
        sums.iter_mut().zip(window).for_each(|(sum, p)| *sum += f64::from(p));
    }
    // A sum of one is what it was, to the bit.
    let probabilities: Vec<f32> = sums.into_iter().map(|sum| (sum / count) as f32).collect();
    let class = |(index, probability)| Class {
        index,
        probability,
        label: label(index),
    };
    top(&probabilities, k).into_iter().map(class).collect()
}

fn probabilities(mut scores: Vec<f32>, activation: OutputActivation) -> Vec<f32> {
    match (activation, scores.len()) {
        (OutputActivation::Softmax | OutputActivation::Sigmoid, _) => {}
        // Softmax over one is 1 for every image. A lone logit says yes or no, as binary cross-entropy trains it.
        (OutputActivation::Identity, 1) => layers::sigmoid(&mut scores),
        (OutputActivation::Identity, _) => layers::softmax(&mut scores),
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::{
        OutputActivation::{Identity, Sigmoid, Softmax},
        classes,
    };

    fn unnamed(_: usize) -> Option<&'static str> {
        None
    }

    #[test]
    fn several_windows_have_the_mean_of_their_probabilities() {
        let found = classes([vec![0.9, 0.1], vec![0.2, 0.8], vec![0.1, 0.9]], Softmax, 5, unnamed);
        assert_eq!(found.iter().map(|c| c.index).collect::<Vec<_>>(), [1, 0]);
        assert!((found[0].probability - 0.6).abs() < 1e-6);
        let logits = classes([vec![f32::ln(9.0), 0.0], vec![0.0, 0.0]], Identity, 1, unnamed);
        assert!((logits[0].probability - 0.7).abs() < 1e-6, "{logits:?}");
    }

    #[test]
    fn one_window_has_its_probabilities_to_the_bit() {
        let scores = [0.1, 0.2, 0.7_f32];
        let found = classes([scores.to_vec()], Softmax, 3, unnamed);
        assert!(
            found
                .iter()
                .all(|c| c.probability.to_bits() == scores[c.index].to_bits())
        );
        assert!(classes([], Softmax, 3, unnamed).is_empty());
        let many = classes([vec![0.9, 0.2, 0.8]], Sigmoid, 2, unnamed);
        assert_eq!(
            many.iter().map(|c| (c.index, c.probability)).collect::<Vec<_>>(),
            [(0, 0.9), (2, 0.8)]
        );
    }
}
