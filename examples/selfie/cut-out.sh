#!/usr/bin/env bash
# Cuts the person out of portraits with MediaPipe's selfie segmentation:
#
#     bash examples/selfie/cut-out.sh portrait.jpg                     portrait-cut-out.png beside you, transparent around the person
#     bash examples/selfie/cut-out.sh portrait.jpg --background blur   what else `mnv3 segment` understands
#
# The network's weights are in the npm package @mediapipe/selfie_segmentation (Apache-2.0), which npm fetches the first time; SELFIE
# names the folder that they are kept in, by default target/selfie. The command is MNV3, or built.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
version=0.1.1675465747
sum=8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27
folder="${SELFIE:-$root/target/selfie}"
weights="$folder/package/selfie_segmentation.tflite"

if (($# == 0)); then
    echo "bash examples/selfie/cut-out.sh PICTURE...: the pictures of which a person is cut out" >&2
    exit 2
fi
if [[ ! -e "$weights" ]]; then
    if ! command -v npm > /dev/null; then
        echo "npm fetches the weights, and is not there: install it, or unpack @mediapipe/selfie_segmentation $version into $folder" >&2
        exit 1
    fi
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "@mediapipe/selfie_segmentation@$version" > /dev/null && tar xzf ./*.tgz)
fi
if [[ "$(sha256sum < "$weights")" != "$sum "* ]]; then
    echo "$weights is not the file of version $version: remove $folder, to fetch it again" >&2
    exit 1
fi
mnv3=("${MNV3:-}")
if [[ -z "${MNV3:-}" ]]; then
    mnv3=(cargo run --quiet --release --manifest-path "$root/Cargo.toml" -p mnv3-cli --)
fi
exec "${mnv3[@]}" segment mnv3:mediapipe/selfie "$weights" --cut-out "$@"
