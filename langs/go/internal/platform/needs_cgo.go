//go:build linux && !cgo

package platform

var _ = trivet_needs_cgo__install_gcc_and_set_CGO_ENABLED_to_1
