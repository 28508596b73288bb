//go:build !trivet_dev && !trivet_external

// Package librelease links the engine of build/release: trivet.syso is a symbolic link to the object that
// libtrivet.a holds. Go looks at the content of such files, not at archives that link flags name,
// so this way a rebuilt engine is linked anew.
package librelease
