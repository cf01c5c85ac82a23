#!/usr/bin/env bash
# Networks by chance and published ones in WebAssembly, with simd128 and without, in node. It builds Rust's standard library from Debian's
# source, since rustup's default profile has none for other machines. As root, on Debian, with node.
set -euo pipefail
cd "$(dirname "$0")/wasm"

# Each by itself: one of them found does not mean all.
for tool in wasm-ld-19 /usr/bin/rustc /usr/bin/cargo; do
    command -v "$tool" > /dev/null && continue
    apt-get update
    apt-get install --yes --no-install-recommends rustc-web cargo-web rust-web-src lld-19
    break
done
target=${CARGO_TARGET_DIR:-$PWD/target}
for level in simd128 scalar; do
    features="-Clinker=wasm-ld-19"
    [ $level = scalar ] || features+=" -Ctarget-feature=+simd128"
    echo "=== $level"
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=$features CARGO_TARGET_DIR=$target/$level \
        /usr/bin/cargo build --locked --release -Z build-std=std,panic_abort --target wasm32-unknown-unknown
    node run.mjs "$target/$level/wasm32-unknown-unknown/release/mnv3_wasm_checks.wasm" $level
done
