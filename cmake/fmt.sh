#!/usr/bin/env bash
# `cmake/fmt.sh [--check]`: formats every source file, or fails when one is not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
check=${1:-}
venv=build/venv/bin

# Our files with one of these endings, generated ones excepted.
ours() {
    git ls-files -z --cached --others --exclude-standard -- "$@" |
        grep -zvE '_gen\.|(^|/)trivet\.h$|^tests/abi/baseline/' || true
}

status=0
if [ "$check" = --check ]; then
    ours '*.c' '*.cc' '*.h' | xargs -0 -r clang-format-19 --dry-run --Werror || status=1
    "$venv/ruff" format --check --quiet . || status=1
    (cd langs/node && npx --no-install prettier --check --log-level warn .) || status=1
    unformatted=$(ours '*.go' | xargs -0 -r build/bin/gofumpt -l)
    [ -z "$unformatted" ] || { echo "not formatted: $unformatted" && status=1; }
else
    ours '*.c' '*.cc' '*.h' | xargs -0 -r clang-format-19 -i
    "$venv/ruff" format --quiet .
    (cd langs/node && npx --no-install prettier --write --log-level warn .)
    ours '*.go' | xargs -0 -r build/bin/gofumpt -w
fi
exit $status
