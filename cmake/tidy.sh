#!/usr/bin/env bash
# clang-tidy on core and capi: `cmake/tidy.sh [--all]`. Without --all it reads the files that
# changed last, since all of them take half an hour of one core.
set -euo pipefail
cd "$(dirname "$0")/.."
changed_max=48
[ -e build/check/build.ninja ] || cmake --preset check >/dev/null
known() { find core capi/src -name '*.cc' ! -name '*_test.cc' | sort; }
# Of a header the file that implements it.
changed() {
    { git diff --name-only HEAD; git log --name-only --format= -n 400; } |
        sed -n 's/\.\(cc\|h\)$/.cc/p' | awk '!seen[$0]++' | grep -Fxf <(known) |
        awk -v max="$changed_max" 'NR <= max'
}
if [ "${1:-}" = --all ]; then files=$(known); else files=$(changed); fi
echo "clang-tidy: $(wc -l <<<"$files") files"
xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/check --quiet <<<"$files" 2>&1 |
    grep -v ' warnings generated\.$' || [ "${PIPESTATUS[0]}" -eq 0 ]
