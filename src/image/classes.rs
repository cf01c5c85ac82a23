//! From scores to classes.

use mnv3_runtime::layers;
use mnv3_runtime::ndarray::Array1;

/// One answer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its place among the scores, from 0.
    pub index: usize,
    /// From 0 to 1; those of all classes add up to 1.
    pub probability: f32,
    /// With the feature `labels`, ImageNet's name for the class where the network has as many classes as ImageNet-1k
    /// (1000) or ImageNet-21k-P (11,221). A network with that many classes of its own has names of its own.
    pub label: Option<&'static str>,
}

/// The `k` best of `N` scores, the best first, of equal ones the first; for generated code.
#[doc(hidden)]
#[must_use]
pub fn top<const N: usize>(scores: &Array1<f32>, softmax: bool, k: usize) -> Vec<Class> {
    let mut probabilities = [0.0; N];
    probabilities.iter_mut().zip(scores).for_each(|(to, from)| *to = *from);
    if !softmax {
        layers::softmax(&mut probabilities);
    }
    let mut order: Vec<usize> = (0..N).collect();
    // Stable: equal ones keep their order.
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    order.truncate(k);
    let class = |index: usize| Class {
        index,
        probability: probabilities[index],
        label: label(N, index),
    };
    order.into_iter().map(class).collect()
}

#[cfg(feature = "labels")]
fn label(classes: usize, index: usize) -> Option<&'static str> {
    match classes {
        1000 => crate::labels::imagenet_1k(index),
        11_221 => crate::labels::imagenet_21k(index),
        _ => None,
    }
}

#[cfg(not(feature = "labels"))]
fn label(_: usize, _: usize) -> Option<&'static str> {
    None
}
