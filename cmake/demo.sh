#!/usr/bin/env bash
# `cmake/demo.sh APP PORT`: builds what the tasks app of one language needs and starts it.
set -euo pipefail
cd "$(dirname "$0")/.."
app=${1:-python}
port=${2:-8000}
case $app in
    c | python | node | go) ;;
    *) echo "demo: there is no app \"$app\"; APP is one of python, node, go, c" >&2 && exit 2 ;;
esac

if [ "$app" = c ]; then cmake/setup.sh core; else cmake/setup.sh core "$app"; fi
cmake/build.sh release
[ ! -x "langs/$app/build.sh" ] || "langs/$app/build.sh" >/dev/null
exec "examples/tasks/$app/run" --port "$port"
