#!/usr/bin/env bash
# The oldest Rust that is promised (`rust-version`) is the one that checks run with, and a newer one says so here: then the
# promise is kept only by whoever runs this with the older.
set -euo pipefail
cd "$(dirname "$0")/.."

promised=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
found=$(rustc --version | cut -d ' ' -f 2)
case $found in
"$promised" | "$promised".*) echo "Rust $found: the oldest that is promised" ;;
*) echo "Rust $found: newer than the promised $promised, which this run does not test" ;;
esac
