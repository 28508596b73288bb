# The front door. Everything it builds lies in build/; see README.md.
APP ?= python
PORT ?= 8000

.PHONY: setup demo packages test docs bench fmt coverage clean

setup: ; @cmake/setup.sh
demo: ; @cmake/demo.sh $(APP) $(PORT)
packages: ; @cmake/setup.sh core python node go packages && cmake/build.sh release && cmake/packages/run $(ARGS)
test: ; @cmake/setup.sh core python node go packages test && tests/run $(SUITES)
docs: ; @cmake/setup.sh docs node go && docs/site/make
bench: ; @cmake/setup.sh core python node go bench && bench/run $(ARGS)
fmt: ; @cmake/setup.sh core python node go test && cmake/fmt.sh
coverage: ; @cmake/setup.sh core unit && cmake/coverage.sh
clean: ; rm -rf build/dev build/tsan build/release build/check build/coverage build/fuzz build/packages
