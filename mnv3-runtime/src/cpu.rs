//! What a network runs on: a SIMD level, and one thread or several.

#[cfg(feature = "threads")]
use crate::helpers::Helpers;
use fearless_simd::Level;
use std::marker::PhantomData;

/// What layers run on, while a network does.
#[derive(Clone, Copy, Debug)]
pub struct Cpu<'t> {
    pub(crate) level: Level,
    /// Parts that layers are divided in.
    pub(crate) parts: usize,
    /// The most threads that work at a time, the calling one among them.
    pub(crate) most: usize,
    #[cfg(feature = "threads")]
    pub(crate) helpers: Option<Helpers<'t>>,
    pub(crate) network: PhantomData<&'t ()>,
}

impl Cpu<'_> {
    /// The calling thread alone, at the best SIMD level of the machine.
    #[doc(hidden)]
    #[must_use]
    pub fn best() -> Cpu<'static> {
        Cpu::one(Level::new())
    }

    /// The same threads at a SIMD level of choice; at their own where the machine does not have it.
    #[doc(hidden)]
    #[must_use]
    pub fn at_level(self, level: crate::Level) -> Self {
        let level = level.simd().unwrap_or(self.level);
        Self { level, ..self }
    }

    /// The level, to dispatch on.
    #[doc(hidden)]
    #[must_use]
    pub fn level(self) -> Level {
        self.level
    }

    /// The calling thread alone.
    #[must_use]
    pub(crate) fn one(level: Level) -> Self {
        Self::divided(level, 1)
    }

    /// The calling thread alone, which does parts one after the other.
    #[doc(hidden)]
    #[must_use]
    pub fn divided(level: Level, parts: usize) -> Self {
        Self {
            level,
            parts,
            most: parts,
            #[cfg(feature = "threads")]
            helpers: None,
            network: PhantomData,
        }
    }

    /// The same level on the calling thread alone.
    pub(crate) fn alone(self) -> Self {
        Self::one(self.level)
    }

    /// For one layer: as many parts as there are threads to take them at this moment.
    pub(crate) fn at_layer(self) -> Self {
        #[cfg(feature = "threads")]
        if let Some(helpers) = self.helpers {
            let parts = helpers.awake(self.most);
            return Self { parts, ..self };
        }
        self
    }

    /// For the first layer: threads may still be waking up, and take small parts as soon as they have.
    pub(crate) fn at_first_layer(self) -> Self {
        #[cfg(feature = "threads")]
        if let Some(helpers) = self.helpers {
            let parts = match helpers.coming(self.most) {
                1 => 1,
                several => 4 * several,
            };
            return Self { parts, ..self };
        }
        self
    }

    /// Does work that is there to be taken in parts. Both closures do one part, and say whether there was one: `mine` on
    /// this thread, `theirs` on others, with so many floats of scratch.
    #[cfg(feature = "threads")]
    pub(crate) fn share(
        self,
        scratch: usize,
        mut mine: impl FnMut() -> bool + Send,
        theirs: &(dyn Fn(&mut [f32]) -> bool + Sync),
    ) {
        match self.helpers {
            Some(helpers) => helpers.share(self.most, scratch, mine, theirs),
            None => while mine() {},
        }
    }

    /// Does all parts on this thread.
    #[cfg(not(feature = "threads"))]
    pub(crate) fn share(
        self,
        _: usize,
        mut mine: impl FnMut() -> bool + Send,
        _: &(dyn Fn(&mut [f32]) -> bool + Sync),
    ) {
        while mine() {}
    }
}
