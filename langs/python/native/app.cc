#include "app.h"

#include <array>
#include <cstring>
#include <vector>

#include "errors.h"
#include "route.h"

namespace trivet_py {

namespace {

struct ConfigField {
    const char* name;
    std::size_t offset;
    std::size_t size;
};

template <class Member>
constexpr std::size_t size_of(Member trivet_app_config::*) {
    return sizeof(Member);
}

// Every number in trivet_app_config by its name, which is also the keyword of trivet.App.
constexpr std::array kConfigFields = {
    ConfigField{"engine", offsetof(trivet_app_config, engine), size_of(&trivet_app_config::engine)},
    ConfigField{"log_level", offsetof(trivet_app_config, log_level),
                size_of(&trivet_app_config::log_level)},
    ConfigField{"target_bytes_max", offsetof(trivet_app_config, target_bytes_max),
                size_of(&trivet_app_config::target_bytes_max)},
    ConfigField{"head_bytes_max", offsetof(trivet_app_config, head_bytes_max),
                size_of(&trivet_app_config::head_bytes_max)},
    ConfigField{"header_count_max", offsetof(trivet_app_config, header_count_max),
                size_of(&trivet_app_config::header_count_max)},
    ConfigField{"connections_max", offsetof(trivet_app_config, connections_max),
                size_of(&trivet_app_config::connections_max)},
    ConfigField{"body_bytes_max", offsetof(trivet_app_config, body_bytes_max),
                size_of(&trivet_app_config::body_bytes_max)},
    ConfigField{"head_timeout_ms", offsetof(trivet_app_config, head_timeout_ms),
                size_of(&trivet_app_config::head_timeout_ms)},
    ConfigField{"body_timeout_ms", offsetof(trivet_app_config, body_timeout_ms),
                size_of(&trivet_app_config::body_timeout_ms)},
    ConfigField{"idle_timeout_ms", offsetof(trivet_app_config, idle_timeout_ms),
                size_of(&trivet_app_config::idle_timeout_ms)},
    ConfigField{"send_timeout_ms", offsetof(trivet_app_config, send_timeout_ms),
                size_of(&trivet_app_config::send_timeout_ms)},
    ConfigField{"shutdown_timeout_ms", offsetof(trivet_app_config, shutdown_timeout_ms),
                size_of(&trivet_app_config::shutdown_timeout_ms)},
    ConfigField{"backlog", offsetof(trivet_app_config, backlog),
                size_of(&trivet_app_config::backlog)},
    ConfigField{"buffer_count", offsetof(trivet_app_config, buffer_count),
                size_of(&trivet_app_config::buffer_count)},
    ConfigField{"buffer_bytes", offsetof(trivet_app_config, buffer_bytes),
                size_of(&trivet_app_config::buffer_bytes)},
};

const ConfigField* find_field(std::string_view name) {
    for (const ConfigField& field : kConfigFields) {
        if (name == field.name) {
            return &field;
        }
    }
    return nullptr;
}

bool set_field(trivet_app_config* config, PyObject* name, PyObject* value) {
    trivet_str key{};
    if (!utf8_of(name, &key)) {
        return false;
    }
    const ConfigField* field = find_field(to_view(key));
    if (field == nullptr) {
        raise_status(TRIVET_E_ARGUMENT, "no setting is named " + std::string(to_view(key)));
        return false;
    }
    unsigned long long number = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred()) {
        return false;
    }
    if (field->size == sizeof(std::uint32_t) && number > UINT32_MAX) {
        raise_status(TRIVET_E_ARGUMENT, std::string(to_view(key)) + " is too large");
        return false;
    }
    auto* target = reinterpret_cast<char*>(config) + field->offset;
    auto narrow = static_cast<std::uint32_t>(number);
    std::memcpy(target,
                field->size == sizeof narrow ? static_cast<const void*>(&narrow)
                                             : static_cast<const void*>(&number),
                field->size);
    return true;
}

bool check_open(App* app) {
    if (app->app == nullptr) {
        raise_status(TRIVET_E_STATE, "the app has ended");
        return false;
    }
    return true;
}

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
    Py_CLEAR(as_app(self)->routes);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* app_configure(PyObject* self, PyObject* settings) {
    App* app = as_app(self);
    if (!check_open(app) || !PyArg_Parse(settings, "O!", &PyDict_Type, &settings)) {
        return nullptr;
    }
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    Py_ssize_t position = 0;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    while (PyDict_Next(settings, &position, &name, &value)) {
        if (!set_field(&config, name, value)) {
            return nullptr;
        }
    }
    trivet_error* error = nullptr;
    trivet_status status = trivet_app_configure(app->app, &config, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    Py_RETURN_NONE;
}

PyObject* app_add_route(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    PyObject* method = nullptr;
    PyObject* pattern = nullptr;
    PyObject* route = nullptr;
    if (!PyArg_ParseTuple(arguments, "UUO!:add_route", &method, &pattern, g.route_type, &route) ||
        !check_open(app)) {
        return nullptr;
    }
    trivet_str method_text{};
    trivet_str pattern_text{};
    if (!utf8_of(method, &method_text) || !utf8_of(pattern, &pattern_text) ||
        PyList_Append(app->routes, route) < 0) {
        return nullptr;
    }
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    config.site = route_site(as_route(route));
    trivet_error* error = nullptr;
    // The list above keeps the route, so the engine has nothing to drop.
    trivet_status status = trivet_app_route(app->app, method_text, pattern_text, &config,
                                            on_request, as_route(route), nullptr, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    Py_RETURN_NONE;
}

PyObject* app_log(PyObject* self, PyObject* arguments) {
    unsigned int level = 0;
    PyObject* message = nullptr;
    trivet_str text{};
    if (!PyArg_ParseTuple(arguments, "IU:log", &level, &message) || !check_open(as_app(self)) ||
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
    if (!check_open(app) || !PyArg_Parse(arguments, "O!", &PyList_Type, &arguments)) {
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
    trivet_app* owned = std::exchange(app->app, nullptr);
    return PyLong_FromLong(
        trivet_app_main(owned, static_cast<std::int32_t>(texts.size()), argv.data()));
}

PyMethodDef app_methods[] = {
    {"configure", app_configure, METH_O, "Sets limits and timeouts from a dict."},
    {"add_route", app_add_route, METH_VARARGS, "Adds a Route for a method and a pattern."},
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

bool make_app_type(PyObject* module) { return make_type(module, &app_spec, &g.app_type); }

}  // namespace trivet_py
