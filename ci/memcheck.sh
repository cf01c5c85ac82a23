#!/usr/bin/env bash
# memcheck over the command, from a picture to an answer. valgrind knows no AVX-512, so that it runs at AVX2. AddressSanitizer is what
# fuzz/ is built with; ThreadSanitizer needs a standard library that is compiled for it, and what threads do is run in every order by loom
# instead, in the tests of mnv3-threads.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind > /dev/null || { apt-get update && apt-get install --yes --no-install-recommends valgrind; }
cargo build --locked -p mnv3-cli
valgrind --quiet --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite \
    "${CARGO_TARGET_DIR:-target}/debug/mnv3" direction --json tests/images/line-upright.png
