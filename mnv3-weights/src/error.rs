//! Everything that is wrong with a weights file, said in one error.

use crate::manifest::Manifest;
use crate::names::Advice;
use crate::problem::Problem;
use mnv3_ir::Visible;
use std::fmt;

/// A weights file that does not fit the network: all problems, and where the file seems to come from.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsError {
    pub(crate) network: String,
    pub(crate) problems: Vec<Problem>,
    /// Boxed, so that results stay small.
    pub(crate) advice: Box<Advice>,
}

/// Problems that the text lists.
pub(crate) const SHOWN: usize = 20;

impl WeightsError {
    pub(crate) fn new(manifest: &Manifest<'_>, problems: Vec<Problem>) -> Self {
        Self {
            network: manifest.network.to_owned(),
            problems,
            advice: Box::default(),
        }
    }

    /// What is wrong, in the order of the structure.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Where the file seems to come from, and what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.advice.hint.as_deref()
    }

    /// What stands before the file's names where tensors are missing for it.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.advice.prefix.as_deref()
    }
}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explained = self.prefix().filter(|_| self.advice.explains);
        if let Some(prefix) = explained {
            let (network, prefix) = (&self.network, Visible(prefix));
            write!(
                f,
                "the weights do not fit {network}: names in the file start with `{prefix}`"
            )?;
        } else {
            self.list(f)?;
        }
        if let Some(hint) = self.hint() {
            write!(f, "\n  hint: {}", Visible(hint))?;
        }
        Ok(())
    }
}

impl WeightsError {
    /// All problems, or the first of them.
    fn list(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.problems.len();
        write!(
            f,
            "the weights do not fit {}: {n} problem{}",
            self.network,
            if n == 1 { "" } else { "s" }
        )?;
        for problem in self.problems.iter().take(SHOWN) {
            write!(f, "\n  {}", Visible(&problem.to_string()))?;
        }
        if n > SHOWN {
            write!(f, "\n  and {} more", n - SHOWN)?;
        }
        Ok(())
    }
}

impl std::error::Error for WeightsError {}
