//go:build !trivet_dev && !trivet_external

package trivet

// #cgo LDFLAGS: ${SRCDIR}/../../build/release/libtrivet.a -lstdc++ -lm -lpthread
import "C"
