# For apps of this checkout, sourced: build_app FOLDER compiles FOLDER/src with the package linked
# into FOLDER/node_modules; run_app FILE [ARGUMENT...] becomes `node FILE`.
trivet_node=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

build_app() {
    mkdir -p "$1/node_modules"
    (
        flock 9
        ln -sfn "$(realpath --relative-to="$1/node_modules" "$trivet_node")" "$1/node_modules/trivet"
        if [ ! -e "$1/dist/.built" ] || [ -n "$(find "$1/src" "$1/tsconfig.json" \
            "$trivet_node/dist/.built" -newer "$1/dist/.built")" ]; then
            "$trivet_node/node_modules/.bin/tsc" -p "$1" && touch "$1/dist/.built"
        fi
    ) 9>"$1/node_modules/.lock"
}

# A language's own executable knows no sanitizer: its runtime comes before everything else.
run_app() {
    case ${TRIVET_BUILD:-release} in
        dev) export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)" ;;
        tsan) export LD_PRELOAD="$(gcc -print-file-name=libtsan.so) $(gcc -print-file-name=libstdc++.so)" ;;
    esac
    export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"
    exec node "$@"
}
