#!/usr/bin/env bash
# Fuzzing with nothing but Rust and a C++ compiler: `bash ci/fuzz.sh SECONDS [TARGET...]`, all targets where none is named. What it finds
# worth keeping is collected in fuzz/corpus, what breaks a target is written there as `crash-...`. With SANITIZER=address,
# AddressSanitizer watches, several times slower: for the dependencies' sake, since these crates have no `unsafe`. CARGO_TARGET_DIR
# says where it builds. `bash ci/fuzz.sh check` asks only whether the targets compile.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds=${1:?how many seconds for each target?}
shift
if [ "$seconds" = check ]; then
    # With a path for libFuzzer, which is not looked at, nothing is compiled by C++.
    exec env CUSTOM_LIBFUZZER_PATH="$PWD/libfuzzer.a" cargo check --bins
fi
[ $# -gt 0 ] || set spec code weights checkpoint picture network jpeg
host=x86_64-unknown-linux-gnu
# What cargo-fuzz passes to rustc, but for what only nightly knows.
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
flags+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
flags+=" -Cdebug-assertions -Ccodegen-units=1 --cfg fuzzing"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
if [ -n "${SANITIZER:-}" ]; then
    export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$CARGO_TARGET_DIR/$SANITIZER
    flags+=" -Zsanitizer=$SANITIZER"
fi
RUSTFLAGS=$flags cargo build --quiet --release --target $host

for target in "$@"; do
    mkdir -p corpus/"$target"
    limits=(-timeout=25 -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0 -max_total_time="$seconds" -artifact_prefix=corpus/"$target"/)
    case $target in
    spec) limits+=(-dict=spec.dict -max_len=4096 ../specs) ;;
    code) limits+=(-dict=spec.dict -max_len=1500 seeds/code) ;;
    weights) limits+=(-max_len=2048 seeds/weights) ;;
    checkpoint) limits+=(-max_len=40000 ../mnv3-convert/tests/files) ;;
    network) limits+=(-max_len=2048) ;;
    jpeg) limits+=(-max_len=8192 ../mnv3-jpeg/tests/files) ;;
    esac
    echo "=== $target"
    # The folder that collects comes before those that are only read.
    "$CARGO_TARGET_DIR/$host/release/$target" corpus/"$target" "${limits[@]}" 2>&1 | grep -E "^stat::(number_of_executed|average_exec|peak)|ERROR|panicked|SUMMARY|Test unit"
done
