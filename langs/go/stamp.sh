#!/usr/bin/env bash
# `langs/go/stamp.sh [PRESET]`: puts a hash of build/PRESET/libtrivet.a into the link flags of the
# Go package. Go's build cache looks at flags, not at archives: without it a new archive is not
# linked.
set -euo pipefail
cd "$(dirname "$0")"
preset=${1:-release}
case $preset in
    release) constraint='!trivet_dev && !trivet_external' ;;
    dev) constraint='trivet_dev' ;;
    *) exit 0 ;; # env.sh puts the hash of other presets into CGO_LDFLAGS
esac
archive=../../build/$preset/libtrivet.a
if [ ! -e "$archive" ]; then
    echo "go: build/$preset/libtrivet.a is missing: run cmake/build.sh $preset" >&2
    exit 1
fi
hash=$(sha256sum "$archive" | cut -c 1-16)
stamp=stamp_$preset.go
# A directory that does not exist: the linker ignores it.
{
    echo "//go:build $constraint"
    echo
    echo "package trivet"
    echo
    echo "// #cgo LDFLAGS: -L/trivet-build/$hash"
    echo 'import "C"'
} >"$stamp.$$"
if cmp -s "$stamp.$$" "$stamp"; then rm "$stamp.$$"; else mv "$stamp.$$" "$stamp"; fi
