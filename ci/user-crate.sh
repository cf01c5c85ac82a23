#!/usr/bin/env bash
# The example crate in release answers like the same in debug. A minute, for all its dependencies are built anew.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo test --locked -p mnv3 --test user_crate -- --ignored a_release_build_answers_like_a_debug_build
