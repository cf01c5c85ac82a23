//! Files of every kind that is read, made here or kept in `tests/files`: what they hold, whether they fit, why they are refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod adapt;
mod check;
mod common;
mod graphs;
mod hostile;
mod names;
mod network;
mod read;
mod refused;
