package trivet

/*
#cgo nocallback trivet_go_link
#include "bridge.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// SaveOption changes how [Part.Save] keeps a file: [Replace].
type SaveOption uint32

// Replace lets [Part.Save] replace what has the path already, in one step.
const Replace = SaveOption(saveReplace)

// savePathBytesMax is the engine's limit of a path.
const savePathBytesMax = 4096

// Save keeps the content as a file that only its owner may read and write. A temporary file of the same
// file system is given the name; all else is copied, and removed again when the copy is not whole. A path
// that exists is [ErrConflict], unless the option is [Replace].
func (p *Part) Save(path string, options ...SaveOption) error {
	flags := SaveOption(0)
	for _, option := range options {
		flags |= option
	}
	if !p.IsSpooled && p.Size <= streamPieceBytes {
		return p.saveSmall(path, flags)
	}
	if flags&^Replace != 0 || path == "" || len(path) >= savePathBytesMax ||
		strings.IndexByte(path, 0) >= 0 {
		return withDetail(ErrArgument, "%s", path)
	}
	if !p.IsSpooled {
		return writeNew(path, flags, p.copyTo)
	}
	file, err := p.Open() // the request may end before the copy does
	if err != nil {
		return err
	}
	defer file.Close()
	if flags&Replace == 0 {
		if isNamed, err := p.giveName(file, path); isNamed || err != nil {
			return err
		}
	}
	return writeNew(path, flags, func(to io.Writer) error {
		size, err := io.Copy(to, file)
		if err == nil && size < p.Size {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
}

// saveSmall leaves little content to the engine.
func (p *Part) saveSmall(path string, flags SaveOption) (err error) {
	stale := p.c.read(func(*C.trivet_request_view) {
		status := C.trivet_form_save(C.trivet_request(p.c.request), C.size_t(p.index),
			engineString(path), C.uint32_t(flags))
		if failure, failed := statusError(status).(*Error); failed {
			err = withDetail(failure, "%s", path)
		}
	})
	if stale != nil {
		return stale
	}
	return err
}

// giveName gives a temporary file its name, once: two names would be two names of one file. False when
// it is to be copied: it has a name, or lies on another file system, or on one whose files need names.
func (p *Part) giveName(file *os.File, path string) (isNamed bool, err error) {
	kept, err := p.spool()
	if err != nil {
		return false, err
	}
	isTaken := true
	if err := p.c.read(func(*C.trivet_request_view) {
		isTaken, kept.isNamed = kept.isNamed, true
	}); err != nil || isTaken {
		return false, err
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	failure := syscall.Errno(C.trivet_go_link(C.int32_t(file.Fd()), name))
	if failure == 0 {
		return true, nil
	}
	p.c.mu.Lock()
	kept.isNamed = false
	p.c.mu.Unlock()
	if failure == syscall.EEXIST {
		return false, withDetail(ErrConflict, "%s", path)
	}
	return false, nil
}

// writeNew has a file written, which is there as a whole or not at all.
func writeNew(path string, flags SaveOption, write func(to io.Writer) error) error {
	var file *os.File
	var err error
	if flags&Replace != 0 {
		file, err = os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	} else {
		file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return saveError(path, err)
	}
	// What a close tells is the last that a file system has to say of it.
	if err = errors.Join(write(file), file.Close()); err == nil && flags&Replace != 0 {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return saveError(path, err)
	}
	return nil
}

// saveError is the error of a path; those of the request stay what they are.
func saveError(path string, err error) error {
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, fs.ErrExist):
		return withDetail(ErrConflict, "%s", path)
	}
	return withDetail(ErrSystem, "%s: %v", path, err)
}
