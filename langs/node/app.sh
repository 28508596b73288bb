# For apps of this checkout, sourced: build_app FOLDER compiles FOLDER/src with the package linked
# into FOLDER/node_modules; run_app FILE [ARGUMENT...] becomes `node FILE`.
trivet_node=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

build_app() {
    local modules=$1/node_modules built=$1/dist/.built
    mkdir -p "$modules"
    (
        flock 9
        ln -sfn "$(realpath --relative-to="$modules" "$trivet_node")" "$modules/trivet"
        sources=("$1/src" "$1/tsconfig.json" "$trivet_node/dist/.built")
        if [ ! -e "$built" ] || [ -n "$(find "${sources[@]}" -newer "$built")" ]; then
            "$trivet_node/node_modules/.bin/tsc" -p "$1" && touch "$built"
        fi
    ) 9>"$modules/.lock"
}

# A language's own executable knows no sanitizer: its runtime comes before everything else.
run_app() {
    local runtime=
    case ${TRIVET_BUILD:-release} in
        dev) runtime=libasan.so ;;
        tsan) runtime=libtsan.so ;;
    esac
    if [ -n "$runtime" ]; then
        LD_PRELOAD="$(gcc -print-file-name=$runtime) $(gcc -print-file-name=libstdc++.so)"
        export LD_PRELOAD ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"
    fi
    exec node "$@"
}
