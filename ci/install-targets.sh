#!/usr/bin/env bash
# Gets what tests of other platforms need, for the toolchain in use: `bash ci/install-targets.sh TARGET...`. Static musl targets and wasm32
# are linked by the linker that comes with Rust, so that no C compiler is needed; aarch64 runs in qemu, wasm32 in node. Fails, and says
# why, where something cannot be had; `.ci/run` then goes on without that platform.
set -euo pipefail

need() {
    command -v "$1" > /dev/null && return
    command -v apt-get > /dev/null || { echo "$1 is not installed, and there is no apt-get to install $2 with"; exit 1; }
    { timeout 60 apt-get update && timeout 120 apt-get install --yes --no-install-recommends "$2"; } > /dev/null 2>&1 ||
        { echo "$1 is not installed, and apt-get cannot install $2"; exit 1; }
}

for target in "$@"; do
    if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
        command -v rustup > /dev/null || { echo "Rust's standard library for $target is not installed, and there is no rustup"; exit 1; }
        timeout 120 rustup --quiet target add "$target" > /dev/null 2>&1 || { echo "rustup cannot fetch Rust's standard library for $target"; exit 1; }
    fi
    case $target in
    aarch64-*) need qemu-aarch64 qemu-user ;;
    wasm32-*) need node nodejs ;;
    esac
done
