#!/usr/bin/env bash
# Every crate that is published compiles from its package alone, in the order in which they would be published. Minutes: each is
# compiled by itself. `tests/packages.rs` asks at once whether every file is in its package.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo package --workspace --exclude mnv3-testing --locked "$@"
