#!/bin/sh
# Builds the extension for one Python and prints the directory to put on PYTHONPATH, where the built
# module lies beside links to the sources. Quick when there is nothing to do.
#
#   PYTHONPATH=$(langs/python/build.sh [python]) python app.py
#
# Without an argument it is for TRIVET_PYTHON, else build/venv, else python3; the checkout's virtual
# environment then imports trivet by itself. TRIVET_BUILD names the preset whose libtrivet.a is
# linked (default: release).
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
python=${1:-${TRIVET_PYTHON:-python3}}
if [ $# = 0 ] && [ -z "${TRIVET_PYTHON:-}" ] && [ -x "$root/build/venv/bin/python" ]; then
  python=$root/build/venv/bin/python
fi
preset=${TRIVET_BUILD:-release}

fail() {
  echo "langs/python/build.sh: $1" >&2
  exit 1
}

python=$(command -v "$python") || fail "no Python here: install python3 (3.10 or later)"
facts=$("$python" -c '
import os, sys, sysconfig
if sys.version_info < (3, 10) or sys.implementation.name != "cpython":
    sys.exit("needs CPython 3.10 or later, this is " + sys.version.split()[0])
include = sysconfig.get_paths()["include"]
if not os.path.exists(os.path.join(include, "Python.h")):
    sys.exit("no Python.h in " + include + ": install python3-dev")
print(sys.implementation.cache_tag, sysconfig.get_paths()["purelib"], sys._base_executable)
') || fail "$python cannot build extensions"
tag=${facts%% *}
facts=${facts#* }
site=${facts%% *}
executable=${facts#* }
library=$root/build/$preset/libtrivet.a
[ -f "$library" ] || fail "$library is missing: build the engine first (make setup, make demo)"

out=$root/build/python/$preset
objects=$out/$tag
mkdir -p "$out/trivet" "$objects"
(
  # Several tests may ask for the same build at once.
  flock 9
  if [ ! -f "$objects/build.ninja" ]; then
    launcher=
    if command -v ccache >/dev/null; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
    cmake -S "$here" -B "$objects" -G Ninja -DPython_EXECUTABLE="$executable" \
      -DTRIVET_BUILD="$preset" -DCMAKE_LIBRARY_OUTPUT_DIRECTORY="$out/trivet" \
      $launcher >"$objects/cmake.log" 2>&1 ||
      { cat "$objects/cmake.log" >&2; exit 1; }
  fi
  ninja -C "$objects" >"$objects/ninja.log" 2>&1 || { cat "$objects/ninja.log" >&2; exit 1; }
  for source in "$here"/src/trivet/*; do
    name=${source##*/}
    [ "$name" = __pycache__ ] || [ -L "$out/trivet/$name" ] || ln -s "$source" "$out/trivet/$name"
  done
  # Links whose source is gone would be imported as errors.
  find "$out/trivet" -xtype l -delete
  case $site in
  "$root"/build/venv/*) [ "$preset" != release ] || echo "$out" >"$site/trivet.pth" ;;
  esac
) 9>"$objects/lock" || fail "the build failed"
echo "$out"
