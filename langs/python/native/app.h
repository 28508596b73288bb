#pragma once
#include "native.h"

namespace trivet_py {

// A trivet_app and the Routes it points to. Loops keep a reference.
struct App {
    PyObject_HEAD trivet_app* app;  // null once trivet_app_main has taken it
    PyObject* routes;               // list of Route
};

inline App* as_app(PyObject* self) { return reinterpret_cast<App*>(self); }
bool make_app_type(PyObject* module);

}  // namespace trivet_py
