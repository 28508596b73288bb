#pragma once
#include <vector>

#include "native.h"

namespace trivet_py {

// A trivet_app, the Routes it points to, and its groups and middleware by number. Loops and Routes
// keep a reference.
struct App {
    PyObject_HEAD trivet_app* app;  // null once trivet_app_main has ended
    PyObject* routes;               // list of Route
    std::vector<trivet_group*>* groups;
    std::vector<trivet_middleware*>* middleware;
};

inline App* as_app(PyObject* self) { return reinterpret_cast<App*>(self); }
bool make_app_type(PyObject* module);

// False with StateError set when the app has ended.
bool app_check(App* app);

// Methods of App: the configuration,
PyObject* app_get_config(PyObject* self, PyObject*);
PyObject* app_configure(PyObject* self, PyObject* settings);
PyObject* app_concurrency(PyObject* self, PyObject*);
PyObject* app_settings(PyObject* self, PyObject*);
PyObject* app_variables(PyObject* self, PyObject*);
// groups and routes,
PyObject* app_add_group(PyObject* self, PyObject* arguments);
PyObject* app_add_route(PyObject* self, PyObject* arguments);
PyObject* app_add_middleware(PyObject* self, PyObject* arguments);
PyObject* app_use(PyObject* self, PyObject* arguments);
PyObject* app_add_static(PyObject* self, PyObject* arguments);
PyObject* app_deliver_static(PyObject* self, PyObject* arguments);
PyObject* app_set_fallback(PyObject* self, PyObject* route);
PyObject* app_url(PyObject* self, PyObject* arguments);
PyObject* app_route_count(PyObject* self, PyObject*);
PyObject* app_get_route(PyObject* self, PyObject* index);
PyObject* app_inspect(PyObject* self, PyObject* hooks);
// the OpenAPI document,
PyObject* app_serve_openapi(PyObject* self, PyObject* arguments);
PyObject* app_set_operation(PyObject* self, PyObject* arguments);
PyObject* app_add_schema(PyObject* self, PyObject* arguments);
PyObject* app_openapi(PyObject* self, PyObject*);
// and the engine's own start and end of each loop.
PyObject* app_on_start(PyObject* self, PyObject* callback);
PyObject* app_on_stop(PyObject* self, PyObject* callback);

// A route as the engine knows it, as a dict.
PyObject* route_info_dict(const trivet_route_info& info);

// Pairs of (str, str) in the ABI's form, valid while `pairs` lives. False with an exception set.
bool read_params(PyObject* pairs, std::vector<trivet_param>& out);

}  // namespace trivet_py
