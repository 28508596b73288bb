#!/usr/bin/env bash
# `cmake/build.sh PRESET [TARGET...]`: configures build/PRESET when needed and builds; quiet unless
# it fails. Calls for the same preset wait for each other.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
# ccache: precompiled headers, and misses that do not preprocess each file first.
export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1
mkdir -p build
log=build/build-$preset.log
exec 9>"build/.lock-$preset"
flock 9
echo "building build/$preset"
{
    [ -e "build/$preset/build.ninja" ] || cmake --preset "$preset"
    cmake --build "build/$preset" ${*:+--target "$@"}
} >"$log" 2>&1 9>&- || {
    tail -n 60 "$log" >&2
    echo "build of preset $preset failed: see $log" >&2
    exit 1
}
