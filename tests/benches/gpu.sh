#!/bin/sh
# Measures encoders, match and import on this machine's graphics processor, in under ten minutes once everything is compiled.
#
#   tests/benches/gpu.sh FOLDER PEAK_TFLOPS PEAK_GB_S
#
# FOLDER gets the figures. The peaks are those of the device's data sheet: float32 without tensor cores, and memory.
# With ORT_DYLIB_PATH (libonnxruntime.so, built for CUDA), ONNX Runtime's CUDA is measured as well.
set -eu

if [ "$#" -ne 3 ]; then
    echo "usage: $0 FOLDER PEAK_TFLOPS PEAK_GB_S" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."

cargo build --release --locked --package stl-benches --package shop-the-look --package garment-renderer
programs=target/release

# Two networks × four batches, looks against a million articles, scaling and encoding by several threads. About two minutes.
"$programs/bench_encoders" --models models --device gpu --peak-tflops "$2" --json >"$out/encoders-gpu.json"

# Whole imports of 2,000 drawn products; their reports have the seconds. About a minute, mostly drawing.
"$programs/garment-renderer" products --out "$out/feed" --count 2000 --seed 1
for device in cpu gpu; do
    rm -rf "$out/catalogue"
    "$programs/shop-the-look" catalogue import "$out/feed" --catalogue "$out/catalogue" --device "$device" \
        >"$out/import-$device.txt" 2>&1
done

# The match alone, as in docs/performance.md. About a minute.
"$programs/garment-renderer" looks --out "$out/looks" --count 6 --seed 1 --products-seed 1 --products-count 2000
"$programs/bench_matching" --models models --device gpu --articles 1000000 --peak-gb-s "$3" --catalogue "$out/catalogue" \
    --photos "$out/looks/images" --json >"$out/matching-gpu.json"
rm -rf "$out/catalogue" "$out/feed" "$out/looks"

# The peer. About a minute, after another build.
if [ -n "${ORT_DYLIB_PATH:-}" ]; then
    cargo build --release --locked --package stl-benches --features onnxruntime --bin bench_encoders
    "$programs/bench_encoders" --models models --device gpu --peak-tflops "$2" --onnxruntime "$ORT_DYLIB_PATH" --json \
        >"$out/encoders-onnxruntime.json"
fi
