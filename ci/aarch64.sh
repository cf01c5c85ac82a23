#!/usr/bin/env bash
# Tests on aarch64 with NEON, emulated: right or wrong, not fast or slow. `bash ci/aarch64.sh kernels` runs all tests of the runtime, in single
# precision and in eight bits, which takes a minute; without a word, it runs networks by chance as well, against the naive interpreter and
# in eight bits to the bits of the simulation, published ones at parity, levels and runs, pictures to Pillow's own bytes, boxes, and threads.
# `ci/install-targets.sh` gets what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."

target=aarch64-unknown-linux-musl
bash ci/install-targets.sh $target
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER=qemu-aarch64
run() {
    echo "=== $*"
    cargo test --locked --target $target "$@"
}
run -p mnv3-runtime --lib
[ "${1:-}" = kernels ] && exit
# A benchmark's allocator has a file in C.
command -v aarch64-linux-gnu-gcc > /dev/null || apt-get install --yes --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross
export CC_aarch64_unknown_linux_musl=aarch64-linux-gnu-gcc
# Not `mnv3-exec --test compiled`, which compiles forty networks.
run -p mnv3-exec -p mnv3-resize -p mnv3-detect -p mnv3-threads \
    --lib --test parity --test random --test levels --test extreme --test int8 --test any --test pillow --test strangers
