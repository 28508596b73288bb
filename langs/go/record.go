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

	// Offsets in trivet_reply_record; reply_test.go compares them with the header's.
	recordKind         = 8
	recordStatus       = 12
	recordContent      = 16
	recordHeaderCount  = 20
	recordHeadersBytes = 24
	recordBodyBytes    = 32
	recordLength       = 40

	// Ways to answer that have no record of their own; only bridge.c understands them.
	contentDetail   uint32 = C.TRIVET_GO_CONTENT_PROBLEM
	contentLocation uint32 = C.TRIVET_GO_CONTENT_REDIRECT

	// responseFieldsMax is the engine's limit of header_count.
	responseFieldsMax = 1000

	// recordBufferBytesMax is the largest buffer that is kept for reuse after a large answer.
	recordBufferBytesMax = 256 << 10
	// stepBufferBytesMax is the same for steps: several streams fill one buffer.
	stepBufferBytesMax = 1 << 20
)

// response is what a handler decided to answer, or one step of an answer in pieces.
type response struct {
	kind    uint32
	status  int
	content uint32
	fields  []Field
	length  uint64 // promised, of a step that begins
}

// appendRecord packs one answer or step at the end of records, which stays a multiple of 8 bytes.
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
	var head [recordHeadBytes]byte
	binary.NativeEndian.PutUint64(head[0:], request)
	binary.NativeEndian.PutUint32(head[recordKind:], r.kind)
	binary.NativeEndian.PutUint32(head[recordStatus:], uint32(r.status))
	binary.NativeEndian.PutUint32(head[recordContent:], r.content)
	binary.NativeEndian.PutUint32(head[recordHeaderCount:], uint32(len(r.fields)))
	binary.NativeEndian.PutUint32(head[recordHeadersBytes:], uint32(fieldsBytes))
	binary.NativeEndian.PutUint64(head[recordBodyBytes:], uint64(len(body)))
	binary.NativeEndian.PutUint64(head[recordLength:], r.length)
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
	return len(record) > 0 && binary.NativeEndian.Uint32(record[recordContent:]) >= contentDetail
}

// reuse empties a buffer of records, or lets go of it when one large answer made it large.
func reuse(records []byte) []byte { return reuseUpTo(records, recordBufferBytesMax) }

func reuseUpTo(records []byte, bytesMax int) []byte {
	if cap(records) > bytesMax {
		return nil
	}
	return records[:0]
}
