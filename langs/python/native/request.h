#pragma once
#include "native.h"

namespace trivet_py {

// A handler's view of a request. It holds the handle only and asks the engine when it is touched,
// so nothing is decoded that is not read, and use after the answer is StaleHandleError. Recycled
// when the handler keeps no reference.
struct Request {
    PyObject_HEAD trivet_request handle;
    PyObject* route;   // the Route that matched
    PyObject* params;  // dict, made when first read
    PyObject* state;   // a namespace, made when first read
    // The handler has answered, or promised to (lowlevel.defer): its result is not sent.
    bool is_answered;
};

// Which list of names and values a Fields object shows.
enum class FieldKind : std::uint8_t { kHeaders, kQuery, kCookies, kTrailers };

// A mapping over headers, query parameters, cookies or trailers: the first value of a name, all of
// them with get_list and items_list. Reads from the engine at each use.
struct Fields {
    PyObject_HEAD Request* request;
    FieldKind kind;
};

bool make_request_types(PyObject* module);
bool make_fields_type(PyObject* module);

// A new or recycled Request; null with an exception set when memory is out.
Request* request_new(trivet_request handle, PyObject* route);

// A Fields over a request; new reference.
PyObject* fields_new(Request* request, FieldKind kind);

// The current view, or null with an exception set.
const trivet_request_view* request_view(Request* request);

inline bool is_request(PyObject* object) { return Py_TYPE(object) == g.request_type; }

}  // namespace trivet_py
