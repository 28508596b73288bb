# Sourced by what builds a Go program of this tree: chooses the library of the preset TRIVET_BUILD.
trivet_build=${TRIVET_BUILD:-release}
trivet_go=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
trivet_archive=$trivet_go/../../build/$trivet_build/libtrivet.a
"$trivet_go/stamp.sh" "$trivet_build"
case $trivet_build in
    release) ;;
    dev)
        export GOFLAGS="${GOFLAGS:-} -asan -tags=trivet_dev"
        export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
        ;;
    *)
        export GOFLAGS="${GOFLAGS:-} -tags=trivet_external"
        trivet_hash=-L/trivet-build/$(sha256sum "$trivet_archive" | cut -c 1-16)
        export CGO_LDFLAGS="${CGO_LDFLAGS:-} $trivet_archive -lstdc++ -lm -lpthread $trivet_hash"
        ;;
esac
