//! The `mnv3` command as its users run it.

mod pictures;
mod run;
mod specs;
mod usage;
