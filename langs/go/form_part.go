package trivet

// #include "bridge.h"
import "C"

import (
	"bytes"
	"io"
	"os"
	"unsafe"
)

// Part is one part of a form, in memory or in a temporary file without a name. It can be read until
// its request has ended; afterwards its methods give [ErrStale].
type Part struct {
	Name        string
	ContentType string // as the client says; "" when it does not
	Size        int64
	IsSpooled   bool // it lies in a temporary file

	c     *Ctx
	index int
}

// UploadFile is a part that came with a file name, be it empty.
type UploadFile struct {
	Part
	// Filename is what the client calls it, which may be a path: never one to write to.
	Filename string
}

// SaveOption changes how [Part.Save] keeps a file: [Replace].
type SaveOption uint32

// Replace lets [Part.Save] replace what has the path already, in one step.
const Replace = SaveOption(saveReplace)

// Reader returns a reader of the content.
func (p *Part) Reader() *io.SectionReader { return io.NewSectionReader(p, 0, p.Size) }

// Bytes returns the content.
func (p *Part) Bytes() ([]byte, error) {
	var buffer bytes.Buffer
	buffer.Grow(int(min(p.Size, bodyBufferBytes)) + bytes.MinRead)
	_, err := buffer.ReadFrom(p.Reader())
	return buffer.Bytes(), err
}

// ReadAt implements [io.ReaderAt]. Of a temporary file it may wait for the disk.
func (p *Part) ReadAt(to []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, withDetail(ErrArgument, "an offset is negative")
	}
	stale := p.c.read(func(*C.trivet_request_view) {
		found := C.trivet_go_form_read(C.trivet_request(p.c.request), C.size_t(p.index),
			C.uint64_t(offset), C.size_t(len(to)), (*C.char)(unsafe.Pointer(unsafe.SliceData(to))))
		n, err = int(found.size), statusError(found.status)
	})
	switch {
	case stale != nil:
		return 0, stale
	case err == nil && n < len(to):
		err = io.EOF
	}
	return n, err
}

// Open opens the content as a file of its own, at its beginning, which outlives the request.
func (p *Part) Open() (file *os.File, err error) {
	fd := -1
	stale := p.c.read(func(*C.trivet_request_view) {
		found := C.trivet_go_form_descriptor(C.trivet_request(p.c.request), C.size_t(p.index))
		fd, err = int(found.fd), statusError(found.status)
	})
	switch {
	case stale != nil:
		return nil, stale
	case err != nil:
		return nil, err
	}
	return os.NewFile(uintptr(fd), p.Name), nil
}

// Save keeps the content as a file that only its owner may read and write. A temporary file of the same
// file system is given the name; all else is copied. A path that exists is [ErrConflict], unless the
// option is [Replace].
func (p *Part) Save(path string, options ...SaveOption) (err error) {
	flags := SaveOption(0)
	for _, option := range options {
		flags |= option
	}
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
