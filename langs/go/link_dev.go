//go:build trivet_dev

package trivet

// The library of the dev preset carries ASan and UBSan: build with `go build -asan -tags trivet_dev`.

// #cgo LDFLAGS: -lstdc++ -lm -lpthread -fsanitize=address,undefined
import "C"

import _ "github.com/trivet/trivet/langs/go/internal/libdev"
