//! Names of classes.

/// A list of names that comes with mnv3 (the crate `mnv3-labels`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSet {
    /// The 1000 classes of ImageNet-1k.
    ImageNet,
    /// The same after one for the background, as TF-slim's networks have them.
    ImageNetBackground,
    /// The 11,221 classes of ImageNet-21k that have enough images.
    ImageNet21kP,
    /// The numbers 1 to 90 of COCO's things, of which ten stand for nothing.
    Coco,
    /// Pascal VOC's 20 classes after one for the background.
    Voc,
}

impl LabelSet {
    /// Each by the name that specs have for it.
    pub const ALL: &[(&'static str, Self)] = &[
        ("imagenet", Self::ImageNet),
        ("imagenet-background", Self::ImageNetBackground),
        ("imagenet-21k-p", Self::ImageNet21kP),
        ("coco", Self::Coco),
        ("voc", Self::Voc),
    ];

    /// What specs call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ImageNet => "imagenet",
            Self::ImageNetBackground => "imagenet-background",
            Self::ImageNet21kP => "imagenet-21k-p",
            Self::Coco => "coco",
            Self::Voc => "voc",
        }
    }

    /// How many classes it has.
    #[must_use]
    pub const fn classes(self) -> usize {
        match self {
            Self::ImageNet => 1000,
            Self::ImageNetBackground => 1001,
            Self::ImageNet21kP => 11_221,
            Self::Coco => 90,
            Self::Voc => 21,
        }
    }
}

/// What a spec calls the classes of a head, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels<'n> {
    /// Nothing: they have numbers.
    Unnamed,
    /// A list that comes with mnv3.
    Set(LabelSet),
    /// Names of its own, one a class.
    Names(&'n [&'n str]),
}
