//! Compiled networks, as a program has them: in one crate, so that each is compiled once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on may stop"
)]

mod allocations;
mod batch;
mod classes;
mod compiled;
mod concurrency;
mod debug;
mod detector;
mod matrices;
mod nonfinite;
mod parity;
mod preprocess;
mod segmenter;
mod streams;
mod taps;
mod threads;
mod variants;
