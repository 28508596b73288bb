#!/usr/bin/env bash
# Line coverage of the core by its unit tests: a page in build/coverage/html and a line of total.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake/build.sh coverage
find build/coverage -name '*.gcda' -delete
for program in build/coverage/tests/*_test; do
    "$program" --gtest_brief=1 || exit 1
done
info=build/coverage/core.info
{
    lcov --quiet --capture --directory build/coverage --output-file "$info.all" --no-external \
        --base-directory .
    lcov --quiet --extract "$info.all" "$PWD/core/*" --output-file "$info.core"
    lcov --quiet --remove "$info.core" '*_test.cc' --output-file "$info"
    genhtml --quiet --output-directory build/coverage/html "$info"
} 2>build/coverage/lcov.log || {
    cat build/coverage/lcov.log >&2
    exit 1
}
lcov --summary "$info" 2>&1 | sed -n 's/^ *lines\.*: \(.*\)/core: lines covered: \1/p'
