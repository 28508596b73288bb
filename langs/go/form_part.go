package trivet

// #include "bridge.h"
import "C"

import (
	"bytes"
	"errors"
	"io"
	"os"
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
	if p.IsSpooled {
		return p.readFile(to, offset)
	}
	for {
		room := to[n:min(len(to), n+streamPieceBytes)]
		size, err := p.readPiece(room, offset+int64(n))
		n += size
		switch {
		case err != nil:
			return n, err
		case size < len(room):
			return n, io.EOF
		case n == len(to):
			return n, nil
		}
	}
}

// readPiece has the engine copy some of the content. The loop waits for c.mu when the client leaves, so
// under it there is only so much to copy, and no disk.
func (p *Part) readPiece(to []byte, offset int64) (size int, err error) {
	stale := p.c.read(func(*C.trivet_request_view) {
		found := C.trivet_go_form_read(C.trivet_request(p.c.request), C.size_t(p.index),
			C.uint64_t(offset), C.size_t(len(to)), bytesAt(to))
		size, err = int(found.size), statusError(found.status)
	})
	if stale != nil {
		return 0, stale
	}
	return size, err
}

// readFile reads a temporary file through a descriptor of its own, which the end of the request closes.
func (p *Part) readFile(to []byte, offset int64) (n int, err error) {
	kept, err := p.spool()
	if err != nil {
		return 0, err
	}
	n, err = kept.file.ReadAt(to, offset)
	switch {
	case errors.Is(err, os.ErrClosed):
		return n, ErrStale
	case err == io.EOF && offset+int64(n) < p.Size:
		return n, withDetail(ErrSystem, "the temporary file has become shorter")
	case err != nil && err != io.EOF:
		return n, withDetail(ErrSystem, "%v", err)
	}
	return n, err
}

// spool is the engine's temporary file of a part in Go's hands.
type spool struct {
	file interface {
		io.ReaderAt
		io.Closer
	}
	isNamed bool // Save has given it its name
}

// spool opens the temporary file at the first call.
func (p *Part) spool() (kept *spool, err error) {
	stale := p.c.read(func(*C.trivet_request_view) {
		s := p.c.pieces()
		if kept = s.spools[p.index]; kept != nil {
			return
		}
		var file *os.File
		if file, err = p.descriptor(); err != nil {
			return
		}
		if s.spools == nil {
			s.spools = make(map[int]*spool)
		}
		kept = &spool{file: file}
		s.spools[p.index] = kept
	})
	if stale != nil {
		return nil, stale
	}
	return kept, err
}

// descriptor opens the temporary file anew, or copies what is in memory; the caller holds c.mu.
func (p *Part) descriptor() (*os.File, error) {
	found := C.trivet_go_form_descriptor(C.trivet_request(p.c.request), C.size_t(p.index))
	if err := statusError(found.status); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(found.fd), p.Name), nil
}

// takeSpools are the open temporary files of a request that has ended, for closing; the caller holds
// c.mu.
func (c *Ctx) takeSpools() (spools map[int]*spool) {
	if c.more != nil && c.more.stream != nil {
		spools, c.more.stream.spools = c.more.stream.spools, nil
	}
	return spools
}

func closeSpools(spools map[int]*spool) {
	for _, kept := range spools {
		kept.file.Close()
	}
}

// Open opens the content as a file of its own, at its beginning, which outlives the request.
func (p *Part) Open() (file *os.File, err error) {
	if !p.IsSpooled {
		return p.openCopy()
	}
	stale := p.c.read(func(*C.trivet_request_view) { file, err = p.descriptor() })
	if stale != nil {
		return nil, stale
	}
	return file, err
}

// openCopy copies what is in memory to a file in memory.
func (p *Part) openCopy() (*os.File, error) {
	fd := C.trivet_go_memory_file()
	if fd < 0 {
		return nil, withDetail(ErrSystem, "memfd_create")
	}
	file := os.NewFile(uintptr(fd), p.Name)
	err := p.copyTo(file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// copyTo copies what is in memory by the piece.
func (p *Part) copyTo(to io.Writer) error {
	buffer := pieceBuffers.Get().(*[]byte)
	defer pieceBuffers.Put(buffer)
	for offset := int64(0); ; {
		size, err := p.readPiece(*buffer, offset)
		if size == 0 || err != nil {
			return err
		}
		if _, err := to.Write((*buffer)[:size]); err != nil {
			return withDetail(ErrSystem, "%v", err)
		}
		offset += int64(size)
	}
}
