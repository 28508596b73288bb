#pragma once
#include <vector>

#include "response.h"

namespace trivet_py {

// An answer in pieces: its body is an iterable, or an async one, of str and bytes.
struct StreamResponse {
    Response response;
    PyObject* length;    // int, or None where nothing is promised
    PyObject* trailers;  // None, a mapping, pairs, or what gives one of these at the end
    PyObject* events;    // of events: a tuple of heartbeat_ms and retry_ms; else None
    char has_status;     // the answer's own; else its status is the default of the route
};

inline StreamResponse* as_stream(PyObject* self) { return reinterpret_cast<StreamResponse*>(self); }

// Whether an object can be the content of a StreamResponse: an iterable, and no single piece.
bool is_pieces(PyObject* object);

// What is sent in pieces: a StreamResponse, a generator, an async generator.
bool is_streamed(PyObject* result);

// Whether it gives its pieces once only, and to whoever asks first.
bool is_iterator(PyObject* object);

// The result as a StreamResponse of this request's own; `status` counts where it carries none. Null
// with an exception set.
Ref stream_of(Ref result, std::uint32_t status);

// Fields from a list of pairs, into which they point; without the Content-Type where that is the
// engine's. False with an exception set.
bool reply_fields(PyObject* pairs, std::vector<trivet_header>& out, bool has_type);

// Sends the head. After kRaised nothing was sent.
Sent begin_stream(trivet_request request, PyObject* stream);

// Gives an answer up that has begun. Who has to know why is told by the log: an empty cause is
// nobody's fault.
void break_stream(trivet_request request, const std::string& cause);

bool make_stream_type(PyObject* module, PyObject* base);

// Functions of the module: trivet.lowlevel, and what _streams.py is made of.
extern PyMethodDef stream_functions[];

}  // namespace trivet_py
