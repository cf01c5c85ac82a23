#!/usr/bin/env bash
# The workspace in engine/: SQL and clusters. Its first build takes half an hour of two cores, nearly all of it for DataFusion and Ballista, so that it
# is no part of .ci/run. `bash ci/engine.sh measure` says how many images a second one and two executors answer, on a machine with nothing else to do.
# Rust and a C compiler are all that is needed: Ballista's packages hold what protoc would make.
set -euo pipefail
cd "$(dirname "$0")/../engine"

if [ "${1:-}" = measure ]; then
    exec cargo test --locked --workspace --test cluster -- --ignored --nocapture
fi
cargo fmt --all --check
cargo test --workspace --locked
# What `cargo clippy` would do, over what the tests were built of: it would check all of DataFusion once more.
CLIPPY_ARGS=-Dwarnings RUSTC_WORKSPACE_WRAPPER=$(rustup which clippy-driver) cargo build --workspace --all-targets --locked
