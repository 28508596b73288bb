package trivet

// #include "bridge.h"
import "C"

import (
	"encoding/binary"
	"unsafe"
)

// Answers travel as packed trivet_reply_record items: appended in Go by whoever ran the handler,
// handed to the engine by the batch.

const (
	recordHeadBytes = int(unsafe.Sizeof(C.trivet_reply_record{}))

	// Ways to answer that have no record of their own; only bridge.c understands them.
	contentDetail   uint32 = C.TRIVET_GO_CONTENT_PROBLEM
	contentLocation uint32 = C.TRIVET_GO_CONTENT_REDIRECT

	// responseFieldsMax is the engine's limit of header_count.
	responseFieldsMax = 1000

	// recordBufferBytesMax is the largest buffer that is kept for reuse after a large answer.
	recordBufferBytesMax = 256 << 10
)

// response is what a handler decided to answer.
type response struct {
	status  int
	content uint32
	fields  []Field
}

// appendRecord packs one answer at the end of records, which stays a multiple of 8 bytes.
func appendRecord[Body string | []byte](
	records []byte,
	request uint64,
	r response,
	body Body,
) []byte {
	fieldsBytes := 0
	for _, field := range r.fields {
		fieldsBytes += 8 + len(field.Name) + len(field.Value)
	}
	// The field order is trivet_reply_record's; record_test.go compares it with the header's.
	var head [recordHeadBytes]byte
	binary.NativeEndian.PutUint64(head[0:], request)
	binary.NativeEndian.PutUint32(head[8:], uint32(r.status))
	binary.NativeEndian.PutUint32(head[12:], r.content)
	binary.NativeEndian.PutUint32(head[16:], uint32(len(r.fields)))
	binary.NativeEndian.PutUint32(head[20:], uint32(fieldsBytes))
	binary.NativeEndian.PutUint64(head[24:], uint64(len(body)))
	records = append(records, head[:]...)
	for _, field := range r.fields {
		records = appendItem(records, field.Name, field.Value)
	}
	records = append(records, body...)
	for len(records)%8 != 0 {
		records = append(records, 0)
	}
	return records
}

// appendItem packs a name and its value, as bridge.c reads parameters and metadata.
func appendItem(packed []byte, name, value string) []byte {
	packed = binary.NativeEndian.AppendUint32(packed, uint32(len(name)))
	packed = append(packed, name...)
	packed = binary.NativeEndian.AppendUint32(packed, uint32(len(value)))
	return append(packed, value...)
}

// bytesAt lends bytes to one call of the engine.
func bytesAt(bytes []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(bytes))) }

// appendFailure packs a failed handler's answer: 500, the cause in the log, and the detail, if there
// is one, for the client.
func appendFailure(records []byte, request uint64, cause, detail string) []byte {
	var failed response
	if detail != "" {
		failed.fields = []Field{{Value: detail}}
	}
	return appendRecord(records, request, failed, cause)
}

// needsOwner reports whether one answer can only be given on the loop's thread.
func needsOwner(record []byte) bool {
	return len(record) > 0 && binary.NativeEndian.Uint32(record[12:]) >= contentDetail
}

// reuse empties a buffer of records, or lets go of it when one large answer made it large.
func reuse(records []byte) []byte {
	if cap(records) > recordBufferBytesMax {
		return nil
	}
	return records[:0]
}
