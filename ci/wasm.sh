#!/usr/bin/env bash
# Networks by chance and published ones in WebAssembly, in node: `bash ci/wasm.sh [simd128|scalar]...`, both where none is named.
# `ci/install-targets.sh` gets what it needs.
set -euo pipefail
cd "$(dirname "$0")/wasm"

target=wasm32-unknown-unknown
bash ../install-targets.sh $target
folder=${CARGO_TARGET_DIR:-$PWD/target}
[ $# -gt 0 ] || set simd128 scalar
for level in "$@"; do
    features=
    [ "$level" = scalar ] || features="-Ctarget-feature=+$level"
    echo "=== $level"
    RUSTFLAGS=$features CARGO_TARGET_DIR=$folder/$level cargo build --release --target $target
    node run.mjs "$folder/$level/$target/release/mnv3_wasm_checks.wasm" "$level"
done
