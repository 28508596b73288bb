package trivet

/*
#cgo CFLAGS: -std=c11 -Wall -Wextra
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Version returns the version of the engine, for example 0.1.0.
func Version() string { return goString(C.trivet_version()) }

// ABIVersion returns the version of the engine as major * 10000 + minor * 100 + patch.
func ABIVersion() int { return int(C.trivet_abi_version()) }

// StatusName returns the name of a status of the C ABI, for example TRIVET_E_STALE for -3, and ""
// for a number that is none.
func StatusName(
	status int,
) string {
	return goString(C.trivet_status_name(C.trivet_status(status)))
}

// checkLibrary refuses a library of another ABI than the one these sources were generated for.
func checkLibrary() error {
	if got := uint32(C.trivet_abi_version()); got/100 != abiVersion/100 {
		return withDetail(
			ErrState,
			"the library has ABI %d, this package needs %d",
			got,
			abiVersion,
		)
	}
	return nil
}

// goString copies a string of the engine into Go's memory.
func goString(s C.trivet_str) string { return string(goBytes(s)) }

// goBytes is a view of the engine's memory; it must not outlive it.
func goBytes(s C.trivet_str) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(s.data)), int(s.size))
}

// engineString lends a Go string to one call of the engine.
func engineString(s string) C.trivet_str {
	return C.trivet_str{
		data: (*C.char)(unsafe.Pointer(unsafe.StringData(s))),
		size: C.size_t(len(s)),
	}
}

// statusError is the error of a status, nil for success.
func statusError(status C.trivet_status) error {
	if status == 0 {
		return nil
	}
	if index := -int(status); index > 0 && index < len(errorByStatus) &&
		errorByStatus[index] != nil {
		return errorByStatus[index]
	}
	return &Error{
		Status:  int32(status),
		Code:    StatusName(int(status)),
		Message: fmt.Sprintf("unknown status %d", int(status)),
	}
}

// takeError turns a failed cold call into an error with its detail and frees the engine's.
func takeError(status C.trivet_status, failure *C.trivet_error) error {
	defer C.trivet_error_free(failure)
	if status == 0 || failure == nil {
		return statusError(status)
	}
	return &Error{
		Status:  int32(C.trivet_error_status(failure)),
		Code:    StatusName(int(C.trivet_error_status(failure))),
		Message: goString(C.trivet_error_message(failure)),
		Detail:  goString(C.trivet_error_detail(failure)),
	}
}
