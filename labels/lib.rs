//! Names of the classes of ImageNet, COCO and Pascal VOC, in the order of a network's scores.
//!
//! ImageNet's names are the first word of the class's WordNet synset. Where two classes of a list share it, the second word
//! follows, if there is one: in ImageNet-1k both a bird and a machine are called `crane`.

pub use mnv3_ir::LabelSet;
use std::sync::OnceLock;

/// The name of a class by its place in a set, from 0. Ten of COCO's numbers stand for nothing and have none.
///
/// ```
/// use mnv3_labels::{LabelSet, name};
///
/// assert_eq!(name(LabelSet::ImageNet, 1), Some("goldfish"));
/// assert_eq!(name(LabelSet::ImageNetBackground, 2), Some("goldfish"));
/// assert_eq!(name(LabelSet::ImageNet21kP, 2), Some("person"));
/// assert_eq!((name(LabelSet::Coco, 0), name(LabelSet::Coco, 11)), (Some("person"), None));
/// assert_eq!(name(LabelSet::Voc, 21), None);
/// ```
#[must_use]
pub fn name(set: LabelSet, index: usize) -> Option<&'static str> {
    static IMAGENET: OnceLock<Vec<&str>> = OnceLock::new();
    static IMAGENET_21K_P: OnceLock<Vec<&str>> = OnceLock::new();
    static COCO: OnceLock<Vec<&str>> = OnceLock::new();
    static VOC: OnceLock<Vec<&str>> = OnceLock::new();
    match set {
        LabelSet::ImageNet => line(&IMAGENET, include_str!("imagenet-1k.txt"), index),
        LabelSet::ImageNetBackground => match index.checked_sub(1) {
            None => Some("background"),
            Some(index) => name(LabelSet::ImageNet, index),
        },
        LabelSet::ImageNet21kP => line(&IMAGENET_21K_P, include_str!("imagenet-21k-p.txt"), index),
        LabelSet::Coco => line(&COCO, include_str!("coco.txt"), index),
        LabelSet::Voc => line(&VOC, include_str!("voc.txt"), index),
    }
}

/// A line of a text that is cut into lines once; an empty one is no name.
fn line(lines: &OnceLock<Vec<&'static str>>, text: &'static str, index: usize) -> Option<&'static str> {
    let lines = lines.get_or_init(|| text.lines().collect());
    lines.get(index).copied().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{LabelSet, name};

    #[test]
    fn every_set_has_as_many_names_as_it_says() {
        for &(known, set) in LabelSet::ALL {
            assert_eq!(set.name(), known);
            let names: Vec<_> = (0..set.classes()).filter_map(|index| name(set, index)).collect();
            let nothing = if set == LabelSet::Coco { 10 } else { 0 };
            assert_eq!(names.len() + nothing, set.classes(), "{known}");
            assert!(
                name(set, set.classes() - 1).is_some() && name(set, set.classes()).is_none(),
                "{known}"
            );
            assert!(names.iter().all(|name| name.trim() == *name), "{known}");
        }
    }
}
