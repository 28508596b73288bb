#pragma once
#include <vector>

#include "json.h"
#include "response.h"

namespace trivet_py {

// One event of a stream, with its data as the text that is sent. Immutable; Python code owns it.
struct Event {
    PyObject_HEAD PyObject* data;  // str, or bytes of JSON; null for none, as the others
    PyObject* id;
    PyObject* event;
    PyObject* comment;
    PyObject* key;
    std::int32_t retry_ms;
};

// An answer of a hub's events: the request subscribes when it is sent.
struct HubStream {
    Response response;
    trivet_sse_hub hub;
    PyObject* last_event_id;  // str
};

inline HubStream* as_hub_stream(PyObject* self) { return reinterpret_cast<HubStream*>(self); }

bool make_event_type(PyObject* module);
bool make_hub_stream_type(PyObject* module, PyObject* base);

// An event, or what becomes the data of one: text as it is, else JSON, which `json` holds. None is
// an event without data. The event points into both. False with an exception set.
bool read_event(PyObject* item, Buffer& json, trivet_sse_event* out);

// Begins an answer of events; `settings` is a tuple of heartbeat_ms and retry_ms, None where the
// default holds.
trivet_status begin_events(trivet_request request, PyObject* settings,
                           const std::vector<trivet_header>& fields);

// Subscribes a request to the hub of a HubStream.
Sent subscribe(trivet_request request, PyObject* stream);

// Whether the head of a Response is one of events; false with an exception set.
bool check_head_of_events(Response* response);

// Functions of the module.
extern PyMethodDef sse_functions[];
extern PyMethodDef sse_hub_functions[];

}  // namespace trivet_py
