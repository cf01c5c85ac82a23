//! The `mnv3` command as its users run it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stop like tests"
)]

mod bad_files;
mod batch;
mod classify;
mod convert;
mod detect;
mod documents;
#[cfg(target_os = "linux")]
mod faults;
mod inputs;
mod labels;
mod many_labels;
mod new;
mod outputs;
mod pack;
mod pictures;
#[cfg(unix)]
mod programs;
mod quantize;
#[cfg(target_os = "linux")]
mod resume;
mod rows;
mod run;
mod segment;
mod spec;
mod specs;
mod usage;
