#!/usr/bin/env bash
# Fills the corpus of each target with the fixtures it can begin from.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p corpus/mp4_demuxer
for file in ../tests/fixtures/mp4/*.mp4; do
    # Three cuts, a budget of 100, lenient and strict.
    for flags in 06 07; do
        { printf "\\x$flags\\x00\\x64\\x11\\x11\\x00\\x4d\\x7f\\xf0"; cat "$file"; } >"corpus/mp4_demuxer/$(basename "$file" .mp4)-$flags"
    done
done
cp -n ../tests/fixtures/fuzz/mp4/* corpus/mp4_demuxer/ 2>/dev/null || true
