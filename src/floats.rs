//! Arrays of floats whose length a trait can name.

/// `[f32; N]`, of one image or of its scores.
pub trait Floats: sealed::Sealed + Sync + Send + 'static {
    /// N.
    const LEN: usize;

    /// A slice of just that length.
    fn from_slice(floats: &[f32]) -> Option<&Self>;

    /// The same to write to.
    fn from_slice_mut(floats: &mut [f32]) -> Option<&mut Self>;

    /// All of them.
    fn as_mut_slice(&mut self) -> &mut [f32];

    /// One after the other; nothing if the last is not whole.
    fn each(floats: &[f32]) -> Option<&[Self]>
    where
        Self: Sized;

    /// The same to write to.
    fn each_mut(floats: &mut [f32]) -> Option<&mut [Self]>
    where
        Self: Sized;
}

mod sealed {
    pub trait Sealed {}
    impl<const N: usize> Sealed for [f32; N] {}
}

impl<const N: usize> Floats for [f32; N] {
    const LEN: usize = N;

    fn from_slice(floats: &[f32]) -> Option<&Self> {
        floats.try_into().ok()
    }

    fn from_slice_mut(floats: &mut [f32]) -> Option<&mut Self> {
        floats.try_into().ok()
    }

    fn as_mut_slice(&mut self) -> &mut [f32] {
        self
    }

    fn each(floats: &[f32]) -> Option<&[Self]> {
        let (whole, rest) = floats.as_chunks();
        rest.is_empty().then_some(whole)
    }

    fn each_mut(floats: &mut [f32]) -> Option<&mut [Self]> {
        let (whole, rest) = floats.as_chunks_mut();
        rest.is_empty().then_some(whole)
    }
}
