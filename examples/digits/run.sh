#!/bin/sh
# The tutorial of README.md from start to end, in a folder of its own: nothing here is written. Python needs requirements.txt.
#     run.sh [PYTHON]
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3}
folder=${CARGO_TARGET_DIR:-target}/digits
mkdir -p "$folder"

echo "1. The table"
cargo run --quiet -p mnv3-cli -- check examples/digits/digits.yaml
cargo run --quiet -p mnv3-cli -- summary examples/digits/digits.yaml

echo "2. Training"
cargo run --quiet -p mnv3-cli -- torch examples/digits/digits.yaml -o "$folder/digits.py"
"$python" "$folder/digits.py"
"$python" examples/digits/train.py "$folder/digits.py" "$folder"

echo "3. The compiled network reads what PyTorch reads, from the file that was trained just now"
cargo run --quiet --example digits -- "$folder/digits.safetensors" "$folder/held-back.pgm" > "$folder/compiled.txt"
cut -d ' ' -f 1 "$folder/held-back.txt" > "$folder/theirs.txt"
cut -d ' ' -f 1 "$folder/compiled.txt" | diff "$folder/theirs.txt" -
echo "$(wc -l < "$folder/compiled.txt") digits, the same answers"

echo "4. In eight bits, from the pictures that training left"
cargo run --quiet -p mnv3-cli -- quantize examples/digits/digits-int8.yaml "$folder/digits.safetensors" --calibrate "$folder/calibrate" -o "$folder/digits-int8.safetensors"

echo "5. The weights that are in the repository, and their tests"
cargo test --quiet --example digits --example digits-int8
