#!/usr/bin/env bash
# Compiles the package, so that the first `go run` in this tree is quick.
set -euo pipefail
cd "$(dirname "$0")"
source ./env.sh
go build ./...
