//go:build trivet_dev

package trivet

// The library of the dev preset carries ASan and UBSan: build with `go build -asan -tags
// trivet_dev`.

// #cgo LDFLAGS: ${SRCDIR}/../../build/dev/libtrivet.a -lstdc++ -lm -lpthread
// #cgo LDFLAGS: -fsanitize=address,undefined
import "C"
