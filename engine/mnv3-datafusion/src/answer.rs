//! What functions answer of a picture, before it stands in a column.

use mnv3_detect::Detection;

/// What was found in a picture, and what the spec calls it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelledBox {
    /// Where, what and how sure, in pixels of the picture.
    pub detection: Detection,
    /// The name of its class, where the spec says one.
    pub label: Option<&'static str>,
}

/// Which share of the pixels of a picture shows a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassShare {
    /// Its number.
    pub class: usize,
    /// Its name, where the spec says one.
    pub label: Option<&'static str>,
    /// From 0 to 1.
    pub share: f64,
}
