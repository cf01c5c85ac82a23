//! Subcommands that are programs of their own, as cargo's are: `mnv3 sql` is `mnv3-sql`, beside this program or on PATH.

use crate::outcome::Outcome;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// What is handed on to the program.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct ProgramArgs {
    /// Its arguments
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// A program that is built by itself, since most who use mnv3 do without what it is built of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    name: &'static str,
    /// Where it is in the repository.
    folder: &'static str,
}

/// Networks asked in SQL.
pub(crate) const SQL: Program = Program {
    name: "mnv3-sql",
    folder: "engine/mnv3-sql",
};

/// The same on many machines.
pub(crate) const CLUSTER: Program = Program {
    name: "mnv3-cluster",
    folder: "engine/mnv3-ballista",
};

/// Why a program does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error(
        "{}: this is a program of its own, and is neither beside mnv3 nor on PATH\n  = build it in a clone of the repository: cargo install --locked --path {}",
        .0.name, .0.folder
    )]
    Missing(Program),
    #[error("{}: it cannot be started: {reason}\n  = check its permissions, or build it anew", program.name)]
    Start { program: Program, reason: io::Error },
}

impl ProgramArgs {
    /// Becomes the program where that is possible, so that signals and exit codes are its own.
    pub(super) fn run(&self, program: Program) -> Result<Outcome, ProgramError> {
        let beside = beside(program).filter(|path| path.exists());
        let mut command = Command::new(beside.unwrap_or_else(|| program.name.into()));
        start(command.args(&self.arguments)).map_err(|reason| match reason.kind() {
            io::ErrorKind::NotFound => ProgramError::Missing(program),
            _ => ProgramError::Start { program, reason },
        })
    }
}

/// Where the program is if it was installed with this one.
fn beside(program: Program) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    Some(own.with_file_name(format!("{}{}", program.name, std::env::consts::EXE_SUFFIX)))
}

#[cfg(unix)]
fn start(command: &mut Command) -> io::Result<Outcome> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn start(command: &mut Command) -> io::Result<Outcome> {
    let status = command.status()?;
    Ok(Outcome::of(usize::from(!status.success())))
}
