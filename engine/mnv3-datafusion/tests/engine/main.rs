//! Networks in SQL answer as they do without it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop like tests")]

mod asked;
mod compiled;
mod folders;
mod functions;
mod sources;
