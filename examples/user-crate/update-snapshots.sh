#!/usr/bin/env bash
# Takes the example's snapshots anew, after a change of what specs compile to: read the diff.
set -euo pipefail
cd "$(dirname "$0")"
trap 'rm -f Cargo.lock' EXIT
cp ../../Cargo.lock .
INSTA_UPDATE=always CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../target}" cargo test --test spec
