# Sourced by what builds a Go program of this tree: chooses the library of the preset TRIVET_BUILD.
trivet_build=${TRIVET_BUILD:-release}
trivet_archive=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/$trivet_build/libtrivet.a
if [ ! -e "$trivet_archive" ]; then
    echo "go: build/$trivet_build/libtrivet.a is missing: run cmake/build.sh $trivet_build" >&2
    exit 1
fi
case $trivet_build in
    release) ;;
    dev)
        export GOFLAGS="${GOFLAGS:-} -asan -tags=trivet_dev"
        # Little is kept of what was freed, for tests that look at the memory in use.
        export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:quarantine_size_mb=8}
        ;;
    *)
        # A directory that does not exist: the linker ignores it, Go sees that the archive is new.
        trivet_hash=-L/trivet-build/$(sha256sum "$trivet_archive" | cut -c 1-16)
        export GOFLAGS="${GOFLAGS:-} -tags=trivet_external"
        export CGO_LDFLAGS="${CGO_LDFLAGS:-} $trivet_archive -lstdc++ -lm -lpthread $trivet_hash"
        ;;
esac
