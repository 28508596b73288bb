package trivet

/*
#cgo noescape trivet_go_form_open
#cgo nocallback trivet_go_form_open
#cgo nocallback trivet_go_form_get
#cgo nocallback trivet_go_form_part
#cgo noescape trivet_go_form_read
#cgo nocallback trivet_go_form_read
#cgo nocallback trivet_go_form_descriptor
#cgo noescape trivet_form_save
#cgo nocallback trivet_form_save
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"math"
	"unsafe"
)

// FormLimits says what a form may be; beyond a limit it is refused as a whole. 0 is the default, a
// negative number none at all.
type FormLimits struct {
	FieldsMax        int    // parts that are no files: 1000
	FilesMax         int    // 64
	NameBytesMax     int    // longest name of a part: 1024
	FilenameBytesMax int    // longest name of a file: 1024
	ValueBytesMax    int64  // longest field: 1 MiB
	FieldsBytesMax   int64  // all fields together: 4 MiB
	FileBytesMax     int64  // largest file: 1 GiB
	MemoryBytesMax   int64  // a file of a StreamBody route that is larger goes to a temporary file: 64 KiB
	Directory        string // where temporary files lie: TMPDIR, else /tmp
}

// formDirectoriesMax bounds the different directories that the forms of one loop name; the engine
// reads their names later, so they are kept.
const formDirectoriesMax = 1000

// Form is the content of a request as fields and files by name. It may be used by any number of
// goroutines.
type Form struct {
	parts  []*Part
	fields []Field
	files  []*UploadFile
}

// Value returns the first field of a name; "" when there is none.
func (f *Form) Value(name string) string {
	for _, field := range f.fields {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// Values returns all fields of a name, in the order received.
func (f *Form) Values(name string) (values []string) {
	for _, field := range f.fields {
		if field.Name == name {
			values = append(values, field.Value)
		}
	}
	return values
}

// Fields returns all fields, in the order received.
func (f *Form) Fields() []Field { return append([]Field(nil), f.fields...) }

// File returns the first file of a name, nil when there is none.
func (f *Form) File(name string) *UploadFile {
	for _, file := range f.files {
		if file.Name == name {
			return file
		}
	}
	return nil
}

// Files returns all files of a name, in the order received.
func (f *Form) Files(name string) (files []*UploadFile) {
	for _, file := range f.files {
		if file.Name == name {
			files = append(files, file)
		}
	}
	return files
}

// Parts returns fields and files, in the order received.
func (f *Form) Parts() []*Part { return append([]*Part(nil), f.parts...) }

// formReading is a form on its way; guarded by its Ctx's mu.
type formReading struct {
	form    *Form
	err     error
	isAsked bool // the engine owes an event
}

// Form reads the content as a form, urlencoded or multipart. The limits of the first call hold, and
// what it gave is what the others give. On a route with [StreamBody] it takes the reading over, and
// larger files go to temporary ones.
//
// A form that is refused is an [ErrLimit], [ErrProtocol] or [ErrMediaType]; a client that is too slow
// gives [ErrTimeout], one that leaves [ErrGone], a full disk [ErrSystem]. Returned by the handler they are
// answered with 413, 400, 415, 408 or 500. After a read of the content it is [ErrState].
func (c *Ctx) Form(limits ...FormLimits) (*Form, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.lost(); err != nil {
		return nil, err
	}
	s := c.pieces()
	reading := s.form
	if reading == nil {
		config, err := c.formConfig(limits)
		if err != nil {
			return nil, err
		}
		reading = &formReading{}
		s.form = reading
		reading.open(c, &config)
	}
	for reading.isAsked && c.state != ctxEnded {
		s.changed.Wait()
	}
	if reading.isAsked {
		return nil, c.lost()
	}
	return reading.form, reading.err
}

// open asks for the form; the caller holds c.mu.
func (r *formReading) open(c *Ctx, config *C.trivet_form_config) {
	if c.route.isInline { // on the loop's thread, where the whole content is
		r.settle(c, C.trivet_go_form_open(C.trivet_request(c.request), config))
		return
	}
	body := unsafe.Slice((*byte)(unsafe.Pointer(config)), unsafe.Sizeof(*config))
	r.isAsked = step(c.loop.pool, c.request, response{kind: postForm}, body)
	if !r.isAsked {
		r.err = ErrGone // with its loop
	}
}

// settle takes the outcome; the caller holds c.mu.
func (r *formReading) settle(c *Ctx, status C.trivet_status) {
	r.isAsked = false
	err := statusError(status)
	if err == nil {
		r.form, r.err = c.takeForm()
		return
	}
	found := C.trivet_go_form_get(C.trivet_request(c.request))
	switch {
	case errors.Is(err, ErrGone), errors.Is(err, ErrStale):
		r.err = err
	case found.status == 0 && found.refusal != 0:
		detail := goString(found.detail)
		own := withDetail(err.(*Error), "%s", detail)
		r.err = &contentError{own, NewError(int(found.refusal), detail)}
	case errors.Is(err, ErrState):
		r.err = withDetail(ErrState, "some of the content was read otherwise")
	case errors.Is(err, ErrArgument):
		r.err = withDetail(ErrArgument, "a limit of the form is out of its range")
	default:
		r.err = err
	}
	if found.status != 0 && c.more.stream.form == r {
		c.more.stream.form = nil // it is no outcome of a form
	}
}

// formEnded takes the engine's event. Loop thread only.
func (c *Ctx) formEnded(status C.trivet_status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ctxEnded || c.view == nil || c.more == nil || c.more.stream == nil {
		return
	}
	if reading := c.more.stream.form; reading != nil && reading.isAsked {
		reading.settle(c, status)
		c.more.stream.changed.Broadcast()
	}
}

// takeForm lists the parts of a form that is whole; the caller holds c.mu.
func (c *Ctx) takeForm() (*Form, error) {
	found := C.trivet_go_form_get(C.trivet_request(c.request))
	if err := statusError(found.status); err != nil {
		return nil, err
	}
	form := &Form{}
	for index := range int(found.part_count) {
		one := C.trivet_go_form_part(C.trivet_request(c.request), C.size_t(index))
		if err := statusError(one.status); err != nil {
			return nil, err
		}
		part := Part{
			Name: goString(one.part.name), ContentType: goString(one.part.content_type),
			Size: int64(one.part.bytes), IsSpooled: uint32(one.part.flags)&partSpooled != 0,
			c: c, index: index,
		}
		if uint32(one.part.flags)&partFile != 0 {
			file := &UploadFile{part, goString(one.part.filename)}
			form.files = append(form.files, file)
			form.parts = append(form.parts, &file.Part)
			continue
		}
		form.fields = append(form.fields, Field{part.Name, goString(one.part.value)})
		form.parts = append(form.parts, &part)
	}
	return form, nil
}

// formConfig is the engine's form of the limits; the caller holds c.mu.
func (c *Ctx) formConfig(limits []FormLimits) (config C.trivet_form_config, err error) {
	C.trivet_form_config_init(&config, C.size_t(unsafe.Sizeof(config)))
	if len(limits) == 0 {
		return config, nil
	}
	given := limits[0]
	for _, narrow := range []struct {
		to    *C.uint32_t
		value int
		name  string
	}{
		{&config.fields_max, given.FieldsMax, "FieldsMax"},
		{&config.files_max, given.FilesMax, "FilesMax"},
		{&config.name_bytes_max, given.NameBytesMax, "NameBytesMax"},
		{&config.filename_bytes_max, given.FilenameBytesMax, "FilenameBytesMax"},
	} {
		if narrow.value > math.MaxUint32 {
			return config, withDetail(ErrArgument, "%s is out of range", narrow.name)
		}
		if narrow.value != 0 {
			*narrow.to = C.uint32_t(max(narrow.value, 0))
		}
	}
	for _, wide := range []struct {
		to    *C.uint64_t
		value int64
	}{
		{&config.value_bytes_max, given.ValueBytesMax},
		{&config.fields_bytes_max, given.FieldsBytesMax},
		{&config.file_bytes_max, given.FileBytesMax},
		{&config.memory_bytes_max, given.MemoryBytesMax},
	} {
		if wide.value != 0 {
			*wide.to = C.uint64_t(max(wide.value, 0))
		}
	}
	if given.Directory != "" {
		config.directory, err = c.loop.pool.directory(given.Directory)
	}
	return config, err
}
