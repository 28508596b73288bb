#pragma once
#include "native.h"

namespace trivet_py {

// The fields of a Response as a mapping that may be changed: names compare without case, and one
// may occur several times. A view of the Response's own list of (name, value).
struct Headers {
    PyObject_HEAD PyObject* pairs;
};

bool make_headers_type(PyObject* module);

// A view of a list of pairs; new reference.
PyObject* headers_new(PyObject* pairs);

// A list of (str, str) from a mapping or from pairs; null with an exception set.
PyObject* header_pairs(PyObject* headers);

// The first value of a name in a list of pairs, borrowed; null when there is none.
PyObject* find_header(PyObject* pairs, std::string_view name);

// Whether a field is the Content-Type.
bool is_content_type(trivet_str name);

// Sets the only value of a name, and removes a name that may be absent; false with an exception
// set.
bool set_header(PyObject* pairs, PyObject* name, PyObject* value);
bool remove_header(PyObject* pairs, std::string_view name);

}  // namespace trivet_py
