// The App object: made, asked, run by the engine's own main program. Its routes are in
// app_routes.cc, its configuration in config.cc.
#include "app.h"

#include "errors.h"
#include "loop.h"

namespace trivet_py {

namespace {

PyObject* app_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {nullptr};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, ":App", const_cast<char**>(kNames))) {
        return nullptr;
    }
    Ref self(type->tp_alloc(type, 0));
    if (!self) {
        return nullptr;
    }
    App* app = as_app(self.get());
    app->app = trivet_app_new();
    app->routes = PyList_New(0);
    app->groups = new std::vector<trivet_group*>;
    app->middleware = new std::vector<trivet_middleware*>;
    if (app->app == nullptr) {
        return raise_status(TRIVET_E_MEMORY);
    }
    return app->routes != nullptr ? self.release() : nullptr;
}

int app_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_app(self)->routes);
    return 0;
}

// The routes themselves stay until the engine's app is freed: it points to them.
void app_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    trivet_app_free(as_app(self)->app);
    delete as_app(self)->groups;
    delete as_app(self)->middleware;
    Py_CLEAR(as_app(self)->routes);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* app_log(PyObject* self, PyObject* arguments) {
    unsigned int level = 0;
    PyObject* message = nullptr;
    trivet_str text{};
    if (!PyArg_ParseTuple(arguments, "IU:log", &level, &message) || !app_check(as_app(self)) ||
        !utf8_of(message, &text)) {
        return nullptr;
    }
    trivet_app_log(as_app(self)->app, level, text);
    Py_RETURN_NONE;
}

// Runs the app as the C program would: the engine reads the arguments and takes the signals. The
// GIL is held throughout, which suits a program of one thread with plain handlers only.
PyObject* app_main(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    if (!app_check(app) || !PyArg_Parse(arguments, "O!", &PyList_Type, &arguments)) {
        return nullptr;
    }
    std::vector<std::string> texts;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(arguments); ++i) {
        trivet_str text{};
        PyObject* item = PyList_GET_ITEM(arguments, i);
        if (!PyUnicode_Check(item) || !utf8_of(item, &text)) {
            PyErr_SetString(PyExc_TypeError, "arguments are str");
            return nullptr;
        }
        texts.emplace_back(to_view(text));
    }
    std::vector<char*> argv;
    for (std::string& text : texts) {
        argv.push_back(text.data());
    }
    argv.push_back(nullptr);
    // Handlers use the app meanwhile; at the end the engine frees it.
    std::int32_t code =
        trivet_app_main(app->app, static_cast<std::int32_t>(texts.size()), argv.data());
    app->app = nullptr;
    return PyErr_Occurred() ? nullptr : PyLong_FromLong(code);
}

void drop_object(void* user_data) { Py_DECREF(static_cast<PyObject*>(user_data)); }

// The engine calls it with the GIL held: within trivet_loop_start, a turn, or the loop's end.
trivet_status on_lifecycle(trivet_loop*, void* user_data) {
    loop_rest(current_loop());
    Ref result(PyObject_CallNoArgs(static_cast<PyObject*>(user_data)));
    if (result) {
        return TRIVET_OK;
    }
    loop_log("a function of the loop's start or end raised " + take_exception_line());
    return TRIVET_E_STATE;
}

using AddLifecycle = trivet_status (*)(trivet_app*, trivet_lifecycle_fn, void*, trivet_drop);

PyObject* add_lifecycle(PyObject* self, PyObject* callback, AddLifecycle add) {
    if (!app_check(as_app(self))) {
        return nullptr;
    }
    if (!PyCallable_Check(callback)) {
        PyErr_SetString(PyExc_TypeError, "the callback must be callable");
        return nullptr;
    }
    // The drop releases this reference whatever the call returns.
    trivet_status status = add(as_app(self)->app, on_lifecycle, Py_NewRef(callback), drop_object);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

PyObject* app_inject(PyObject* self, PyObject*) {
    if (!app_check(as_app(self))) {
        return nullptr;
    }
    std::int32_t fd = -1;
    trivet_error* error = nullptr;
    trivet_status status = trivet_app_inject(as_app(self)->app, &fd, &error);
    return status == TRIVET_OK ? PyLong_FromLong(fd) : raise_error(status, error);
}

PyObject* app_advance(PyObject* self, PyObject* milliseconds) {
    unsigned long long value = PyLong_AsUnsignedLongLong(milliseconds);
    if (PyErr_Occurred() || !app_check(as_app(self))) {
        return nullptr;
    }
    trivet_status status = trivet_app_advance(as_app(self)->app, value);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

PyMethodDef app_methods[] = {
    {"get_config", app_get_config, METH_NOARGS, "The present configuration, as a dict."},
    {"configure", app_configure, METH_O, "Changes the settings that a dict names."},
    {"concurrency", app_concurrency, METH_NOARGS, "(workers, threads) to serve with."},
    {"settings", app_settings, METH_NOARGS, "Every setting and where it comes from, as tuples."},
    {"variables", app_variables, METH_NOARGS, "The entries of .env that are no settings."},
    {"add_group", app_add_group, METH_VARARGS, "add_group(prefix, parent, host, site): a number."},
    {"add_route", app_add_route, METH_VARARGS,
     "add_route(methods, pattern, route, group, name, host, metadata, site[, limits, decompress,\n"
     "middleware])"},
    {"add_static", app_add_static, METH_VARARGS,
     "add_static(prefix, directory, route, group, name, host, metadata, site, limits, middleware,\n"
     "index, fallback, cache_control, cache_rules, types, flags)"},
    {"deliver_static", app_deliver_static, METH_VARARGS,
     "deliver_static(index, is_delivered): whether requests of a folder go to its route first."},
    {"add_middleware", app_add_middleware, METH_VARARGS,
     "add_middleware(kind, options): a number."},
    {"use", app_use, METH_VARARGS, "use(group, middleware)"},
    {"set_fallback", app_set_fallback, METH_O, "Sets the Route for what would be refused."},
    {"url", app_url, METH_VARARGS, "url(name, params, query): the path of a named route."},
    {"route_count", app_route_count, METH_NOARGS, "Number of registered routes."},
    {"get_route", app_get_route, METH_O, "What is known of a route by its number, as a dict."},
    {"inspect", app_inspect, METH_O,
     "Describes the app to whoever asked, given the names of each route's hooks; whether somebody "
     "did."},
    {"serve_openapi", app_serve_openapi, METH_VARARGS,
     "serve_openapi(title, version, description, path, docs, reference, servers)"},
    {"set_operation", app_set_operation, METH_VARARGS,
     "set_operation(index, json): the OpenAPI operation of a route; no text leaves it out."},
    {"add_schema", app_add_schema, METH_VARARGS, "add_schema(name, json): a named schema."},
    {"openapi", app_openapi, METH_NOARGS, "The OpenAPI document as text; freezes the app."},
    {"on_start", app_on_start, METH_O, "Adds a function that runs before a loop accepts."},
    {"on_stop", app_on_stop, METH_O, "Adds a function that runs when a loop has drained."},
    {"inject", app_inject, METH_NOARGS, "A client's socket to a loop of the app for tests."},
    {"advance", app_advance, METH_O, "Puts the clock of its loops for tests forward, in ms."},
    {"log", app_log, METH_VARARGS, "Writes one line to the log."},
    {"main", app_main, METH_O, "Runs the app as the engine's own main program does."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot app_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(app_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(app_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(app_traverse)},
    {Py_tp_methods, app_methods},
    {Py_tp_doc, const_cast<char*>("Routes and configuration in the engine.")},
    {0, nullptr},
};

PyType_Spec app_spec = {"trivet._native.App", sizeof(App), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, app_slots};

}  // namespace

bool app_check(App* app) {
    if (app->app == nullptr) {
        raise_status(TRIVET_E_STATE, "the app has ended");
        return false;
    }
    return true;
}

PyObject* app_on_start(PyObject* self, PyObject* callback) {
    return add_lifecycle(self, callback, trivet_app_on_start);
}

PyObject* app_on_stop(PyObject* self, PyObject* callback) {
    return add_lifecycle(self, callback, trivet_app_on_stop);
}

bool make_app_type(PyObject* module) { return make_type(module, &app_spec, &g.app_type); }

}  // namespace trivet_py
