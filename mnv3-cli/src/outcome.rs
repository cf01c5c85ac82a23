//! How a command ended.

use std::process::ExitCode;

/// How a command ended that said by itself what was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Good,
    /// At least one input was not.
    BadInput,
}

impl Outcome {
    /// Of a command that could not read so many of its inputs.
    pub(crate) fn of(unread: usize) -> Self {
        if unread == 0 { Self::Good } else { Self::BadInput }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Good => Self::SUCCESS,
            Outcome::BadInput => Self::FAILURE,
        }
    }
}
