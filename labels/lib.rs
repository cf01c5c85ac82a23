//! Names of ImageNet's classes.
//!
//! A name is the first word of the class's WordNet synset. Where two classes of a list share it, the second word follows,
//! if there is one: in ImageNet-1k both a bird and a machine are called `crane`.

use std::sync::OnceLock;

/// The name of a class of ImageNet-1k, by its place among the 1000 scores, from 0.
///
/// ```
/// assert_eq!(mnv3_labels::imagenet_1k(1), Some("goldfish"));
/// assert_eq!(mnv3_labels::imagenet_1k(1000), None);
/// ```
#[must_use]
pub fn imagenet_1k(index: usize) -> Option<&'static str> {
    static LINES: OnceLock<Vec<&str>> = OnceLock::new();
    line(&LINES, include_str!("imagenet-1k.txt"), index)
}

/// The name of a class of ImageNet-21k-P, the 11,221 classes of ImageNet-21k that have enough images, from 0. Weights
/// named `miil_in21k` know these.
///
/// ```
/// assert_eq!(mnv3_labels::imagenet_21k(2), Some("person"));
/// assert_eq!(mnv3_labels::imagenet_21k(11_221), None);
/// ```
#[must_use]
pub fn imagenet_21k(index: usize) -> Option<&'static str> {
    static LINES: OnceLock<Vec<&str>> = OnceLock::new();
    line(&LINES, include_str!("imagenet-21k-p.txt"), index)
}

/// A line of a text that is cut into lines once.
fn line(lines: &OnceLock<Vec<&'static str>>, text: &'static str, index: usize) -> Option<&'static str> {
    lines.get_or_init(|| text.lines().collect()).get(index).copied()
}
