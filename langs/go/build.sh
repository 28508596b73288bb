#!/usr/bin/env bash
# Prepares the package for `go run` and `go build` anywhere in this tree, and builds it once.
set -euo pipefail
cd "$(dirname "$0")"
source ./env.sh
go build ./...
