#!/usr/bin/env bash
# The runtime's tests, some networks and some parity on aarch64 with NEON, emulated: right or wrong, not fast or slow. It builds Rust's
# standard library from Debian's source, since rustup's default profile has none for other machines. As root, on Debian.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each by itself: one of them found does not mean all.
for tool in qemu-aarch64 aarch64-linux-gnu-gcc /usr/bin/rustc /usr/bin/cargo; do
    command -v "$tool" > /dev/null && continue
    apt-get update
    apt-get install --yes --no-install-recommends rustc-web cargo-web rust-web-src gcc-aarch64-linux-gnu \
        libc6-dev-arm64-cross qemu-user
    break
done
export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
run() {
    echo "=== $*"
    /usr/bin/cargo test --locked --target aarch64-unknown-linux-gnu -Z build-std=std,panic_unwind,test "$@"
}
run -p mnv3-runtime --features threads --lib
