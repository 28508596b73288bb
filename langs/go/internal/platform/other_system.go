//go:build !linux

package platform

var _ = trivet_has_no_engine_for_this_platform__it_runs_on_linux
