#!/usr/bin/env bash
# Fills the corpus of each target with the fixtures it can begin from.
set -euo pipefail
cd "$(dirname "$0")"

# seeds TARGET FOLDER: the media files of a folder beside the other fixtures, and the findings of the same name.
seeds() {
    mkdir -p "corpus/$1"
    for file in "../tests/fixtures/$2"/*; do
        case "$file" in *.csv | *.sh) continue ;; esac
        # Three cuts, a budget of 100, lenient and strict.
        for flags in 06 07; do
            { printf "\\x$flags\\x00\\x64\\x11\\x11\\x00\\x4d\\x7f\\xf0"; cat "$file"; } >"corpus/$1/$(basename "$file")-$flags"
        done
    done
    cp -n "../tests/fixtures/fuzz/$2"/* "corpus/$1/" 2>/dev/null || true
}

seeds mp4_demuxer mp4
