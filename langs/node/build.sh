#!/usr/bin/env bash
# Builds the addon into build/$TRIVET_BUILD and the TypeScript into dist. Does only what is needed.
#   TRIVET_BUILD  preset whose libtrivet.a is linked; release unless given
set -euo pipefail
cd "$(dirname "$0")"
preset=${TRIVET_BUILD:-release}
root=$(cd ../.. && pwd)
library=$root/build/$preset/libtrivet.a

fail() { echo "langs/node/build.sh: $*" >&2 && exit 1; }

command -v node >/dev/null || fail "Node.js is missing: install version 20 or newer"
[ -d node_modules/typescript ] || npm ci --no-audit --no-fund --loglevel=error >/dev/null
[ -e "$library" ] || fail "build/$preset/libtrivet.a is missing: run cmake/build.sh $preset"

# Node ships its headers beside the executable.
include=$(node -p "require('path').resolve(process.execPath, '../../include/node')")
[ -e "$include/node_api.h" ] || fail "$include/node_api.h is missing: install Node's headers"

case $preset in
    dev) flags="-fsanitize=address,undefined -O1" ;;
    tsan) flags="-fsanitize=thread -O1" ;;
    *) flags= ;;
esac

mkdir -p "build/$preset"
exec 9>build/.lock
flock 9
make --no-print-directory -s -C native -f native.mk OUT="../build/$preset" LIBRARY="$library" \
    NODE_INCLUDE="$include" CAPI="$root/capi/include" EXTRA_CXXFLAGS="$flags"

changed() { find src cjs tsconfig.json package-lock.json -newer dist/.built; }
if [ ! -e dist/.built ] || [ -n "$(changed)" ]; then
    rm -rf dist.new
    node_modules/.bin/tsc -p tsconfig.json --outDir dist.new
    # For require(): the same modules, and the declarations once more, as those of CommonJS.
    mkdir dist.new/cjs
    cp cjs/* dist.new/*.d.ts dist.new/cjs
    touch dist.new/.built
    rm -rf dist
    mv dist.new dist
fi
