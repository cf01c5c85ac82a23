#!/usr/bin/env bash
# The facade compiles with no feature, with each alone, and with all: tests only ever have all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

features=$(sed -n '/^\[features\]/,/^\[/s/^\([a-z0-9_-]*\) = .*/\1/p' Cargo.toml)
check() {
    echo "--- mnv3 ${*:-with no feature}"
    # Clippy as `.ci/run` calls it has compiled what this needs.
    cargo clippy --quiet --locked -p mnv3 --lib "$@" -- -D warnings
}
check
for feature in $features; do
    check --features "$feature"
done
check --all-features
