#!/usr/bin/env bash
# One command for the whole comparison: installs the peers, builds the engines, runs the rounds, writes bench/results.
# Arguments go to run.py (`--help`). BENCH_WORK is where everything that can be made again is kept.
set -euo pipefail

bench=$(cd "$(dirname "$0")" && pwd)
work=${BENCH_WORK:-$bench/../target/bench}
venv=${BENCH_VENV:-$work/venv}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/cargo}

mkdir -p "$work"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$bench/requirements.txt"
# The peers by themselves: what mnv3 depends on must not have them built again.
peers=(--release --manifest-path "$bench/peers/Cargo.toml")
cargo build "${peers[@]}" -p bench-tract -p bench-rten
cargo build "${peers[@]}" --workspace --exclude bench-tract --exclude bench-rten
# What quantises.
cargo build --release --manifest-path "$bench/../Cargo.toml" -p mnv3-cli
cd "$bench"
exec "$venv/bin/python" run.py --work "$work" --binaries "$CARGO_TARGET_DIR/release" "$@"
