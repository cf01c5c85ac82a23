//! The name of a tensor, in two parts.

use std::fmt;

/// The full name of a tensor in its file: what its layer is called, and what follows. A program that holds hundreds of them is compiled
/// sooner if they need not be joined while it is.
///
/// ```
/// use mnv3_weights::TensorName;
/// let name = TensorName::of("features.0", ".0.weight");
/// assert_eq!(name, "features.0.0.weight");
/// assert_eq!(name, TensorName::from("features.0.0.weight"));
/// assert_eq!(name.to_string(), "features.0.0.weight");
/// ```
#[derive(Clone, Copy)]
pub struct TensorName<'n>([&'n str; 2]);

impl<'n> TensorName<'n> {
    /// The name of a layer, and how that of its tensor ends.
    #[must_use]
    pub const fn of(layer: &'n str, end: &'n str) -> Self {
        Self([layer, end])
    }

    /// Its bytes, in UTF-8.
    pub(crate) fn bytes(&self) -> impl Iterator<Item = u8> + 'n {
        let [layer, end] = self.0;
        layer.bytes().chain(end.bytes())
    }

    /// How many bytes these are.
    pub(crate) const fn byte_count(&self) -> usize {
        self.0[0].len() + self.0[1].len()
    }
}

impl<'n> From<&'n str> for TensorName<'n> {
    fn from(name: &'n str) -> Self {
        Self::of(name, "")
    }
}

impl fmt::Display for TensorName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(part))
    }
}

impl fmt::Debug for TensorName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl PartialEq for TensorName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.byte_count() == other.byte_count() && self.bytes().eq(other.bytes())
    }
}

impl Eq for TensorName<'_> {}

impl PartialEq<&str> for TensorName<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == TensorName::from(*other)
    }
}
