//! Something that is done whatever happens.

/// Does something when dropped, after a panic too: somebody waits for it.
pub(crate) fn at_end(work: impl FnMut()) -> impl Drop {
    struct Guard<F: FnMut()>(F);
    impl<F: FnMut()> Drop for Guard<F> {
        fn drop(&mut self) {
            self.0();
        }
    }
    Guard(work)
}
