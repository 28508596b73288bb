//go:build !trivet_dev && !trivet_external

package trivet

// #cgo LDFLAGS: -lstdc++ -lm -lpthread
import "C"

import _ "github.com/trivet/trivet/langs/go/internal/librelease"
