//! SIMD levels: which vector instructions the kernels use.

use std::fmt;
use std::str::FromStr;

/// Vector instructions that kernels are compiled for. A program has the kernels of every level of its architecture, and takes
/// the best one of the machine where nothing else is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// x86-64 with AVX-512 (F, BW, CD, DQ, VL and the later ones of Ice Lake, among them VNNI): 16 floats at a time.
    Avx512,
    /// x86-64 with AVX2 and FMA: 8 floats at a time.
    Avx2,
    /// Every x86-64: 4 floats at a time.
    Sse2,
    /// Every aarch64: 4 floats at a time.
    Neon,
    /// WebAssembly that was compiled with `simd128`: 4 floats at a time.
    Simd128,
    /// No vector instructions; any other architecture, 32-bit x86 among them.
    Scalar,
}

impl Level {
    /// Every level of every machine, best first on each.
    pub const ALL: [Self; 6] = [
        Self::Avx512,
        Self::Avx2,
        Self::Sse2,
        Self::Neon,
        Self::Simd128,
        Self::Scalar,
    ];

    /// The best level of this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::of(fearless_simd::Level::new())
    }

    /// The levels of this machine, best first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let here = Self::ALL.into_iter().filter(|level| level.simd().is_some());
        here.collect()
    }

    /// As messages and command lines write it: small letters and digits.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Sse2 => "sse2",
            Self::Neon => "neon",
            Self::Simd128 => "simd128",
            Self::Scalar => "scalar",
        }
    }

    /// The level that kernels run at where the machine offers this one.
    pub(crate) fn of(simd: fearless_simd::Level) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if simd.as_avx512().is_some() {
                Self::Avx512
            } else if simd.as_avx2().is_some() {
                Self::Avx2
            } else if simd.as_sse2().is_some() {
                Self::Sse2
            } else {
                Self::Scalar
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            simd.as_neon().map_or(Self::Scalar, |_| Self::Neon)
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        {
            simd.as_wasm_simd128().map_or(Self::Scalar, |_| Self::Simd128)
        }
        #[cfg(not(any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            all(target_arch = "wasm32", target_feature = "simd128")
        )))]
        {
            let _ = simd;
            Self::Scalar
        }
    }

    /// The proof that this machine has the level, if it does.
    #[doc(hidden)]
    #[must_use]
    pub fn simd(self) -> Option<fearless_simd::Level> {
        let best = fearless_simd::Level::new();
        #[cfg(target_arch = "x86_64")]
        let lower = match self {
            Self::Avx512 => best.as_avx512().map(fearless_simd::Level::Avx512),
            Self::Avx2 => best.as_avx2().map(fearless_simd::Level::Avx2),
            Self::Sse2 => best.as_sse2().map(fearless_simd::Level::Sse2),
            Self::Neon | Self::Simd128 | Self::Scalar => None,
        };
        #[cfg(not(target_arch = "x86_64"))]
        let lower = None;
        lower.or_else(|| (self == Self::of(best)).then_some(best))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Level {
    type Err = LevelError;

    /// A level by its name.
    ///
    /// # Errors
    /// No level is called so.
    fn from_str(name: &str) -> Result<Self, LevelError> {
        let found = Self::ALL.into_iter().find(|level| level.name() == name);
        found.ok_or_else(|| LevelError::Unknown(name.to_owned()))
    }
}

/// Why a network does not run at a SIMD level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// The machine lacks its instructions.
    #[error("this machine has no {0}; its levels are {here}", here = names(&Level::available()))]
    Missing(Level),
    /// No level has this name.
    #[error("there is no SIMD level `{0}`; this machine's are {here}", here = names(&Level::available()))]
    Unknown(String),
}

fn names(levels: &[Level]) -> String {
    let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Level, LevelError};

    #[test]
    fn a_machine_has_its_best_level_and_those_below_it() {
        let here = Level::available();
        assert_eq!(here[0], Level::best());
        assert!(here.iter().all(|level| level.simd().map(Level::of) == Some(*level)));
    }

    #[test]
    fn names_lead_back_to_levels_and_others_are_told_what_there_is() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        let error = "avx1024".parse::<Level>().unwrap_err();
        assert!(error.to_string().contains(Level::best().name()), "{error}");
        let foreign = Level::ALL.into_iter().find(|level| level.simd().is_none()).unwrap();
        let error = LevelError::Missing(foreign).to_string();
        assert!(
            error.starts_with(&format!("this machine has no {foreign}; its levels are ")),
            "{error}"
        );
    }
}
