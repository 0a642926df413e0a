#!/usr/bin/env bash
# Fills the corpus of each target with the fixtures it can begin from.
set -euo pipefail
cd "$(dirname "$0")"

# seeds TARGET FOLDER SUFFIX...: the files of a folder beside the other fixtures, and the findings in the folder of the
# target.
seeds() {
    local target=$1 folder=$2 suffix file flags
    shift 2
    mkdir -p "corpus/$target"
    for suffix; do
        for file in "../tests/fixtures/$folder"/*"$suffix"; do
            # Three cuts, a budget of 100, lenient and strict.
            for flags in 06 07; do
                { printf "\\x$flags\\x00\\x64\\x11\\x11\\x00\\x4d\\x7f\\xf0"; cat "$file"; } >"corpus/$target/$(basename "$file")-$flags"
            done
        done
    done
    cp -n "../tests/fixtures/fuzz/$target"/* "corpus/$target/" 2>/dev/null || true
}

seeds mp4_demuxer mp4 .mp4
seeds mpeg_audio_demuxer mpeg_audio .mp3 .mp2
seeds adts_demuxer mpeg_audio .aac
seeds webm_demuxer webm .webm .mkv
seeds webm_demuxer recorder .webm

for target in encoded_chunks_demuxer buffer_operations; do
    mkdir -p "corpus/$target"
    cp -n "../tests/fixtures/fuzz/$target"/* "corpus/$target/"
done
