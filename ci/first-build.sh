#!/usr/bin/env bash
# How long a newcomer waits for README's first answer: a fresh clone of what is committed, an empty target folder, crates already
# downloaded. Prints the seconds that passed, and those of processors. Run it on a machine with nothing else to do.
#
#   bash ci/first-build.sh [cargo's options]
set -euo pipefail
cd "$(dirname "$0")/.."

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
git clone --quiet . "$place/mnv3"
cd "$place/mnv3"
cargo fetch --quiet --locked
TIMEFORMAT='%R s passed; %U s of processors, and %S s of the system'
time CARGO_TARGET_DIR="$place/target" cargo run --quiet --release --locked -p mnv3-cli "$@" -- direction tests/images/*.png
