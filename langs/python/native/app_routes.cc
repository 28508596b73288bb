// Groups, routes, the fallback and the paths of named routes.
#include "app.h"
#include "errors.h"
#include "route.h"

namespace trivet_py {

namespace {

// Longer than nearly every path and query; a longer one is asked for twice.
constexpr std::size_t kUrlBytes = 512;

// Number 0 is the app itself; false with an exception set for a group that there is not.
bool group_of(App* app, unsigned int number, trivet_group** out) {
    if (number > app->groups->size()) {
        raise_status(TRIVET_E_ARGUMENT, "no such group");
        return false;
    }
    *out = number == 0 ? nullptr : (*app->groups)[number - 1];
    return true;
}

// (body_bytes_max, body_timeout_ms, body_rate_min, request_timeout_ms, send_rate_min,
// requests_max), which Python has checked; nullptr leaves all of them as they are.
template <class Config>
bool read_limits(PyObject* limits, Config* out) {
    unsigned long long body_bytes_max = 0;
    if (limits == nullptr) {
        return true;
    }
    if (!PyArg_ParseTuple(limits, "KIIIII", &body_bytes_max, &out->body_timeout_ms,
                          &out->body_rate_min, &out->request_timeout_ms, &out->send_rate_min,
                          &out->requests_max)) {
        return false;
    }
    out->body_bytes_max = body_bytes_max;
    return true;
}

// nullptr for a number that there is not.
trivet_middleware* middleware_of(App* app, Py_ssize_t number) {
    const auto index = static_cast<std::size_t>(number);
    return number >= 0 && index < app->middleware->size() ? (*app->middleware)[index] : nullptr;
}

// Numbers to what they name; nullptr is none of them. False with an exception set.
bool read_middleware(App* app, PyObject* numbers, std::vector<trivet_middleware*>& out) {
    for (Py_ssize_t i = 0; numbers != nullptr && i < PyList_GET_SIZE(numbers); ++i) {
        const Py_ssize_t number = PyLong_AsSsize_t(PyList_GET_ITEM(numbers, i));
        trivet_middleware* middleware = PyErr_Occurred() ? nullptr : middleware_of(app, number);
        if (middleware == nullptr) {
            if (!PyErr_Occurred()) {
                raise_status(TRIVET_E_ARGUMENT, "no such middleware");
            }
            return false;
        }
        out.push_back(middleware);
    }
    return true;
}

PyObject* params_dict(const trivet_param* params, std::size_t count) {
    Ref result(PyDict_New());
    for (std::size_t i = 0; result && i < count; ++i) {
        Ref name(text_of(params[i].name));
        Ref value(text_of(params[i].value));
        if (!name || !value || PyDict_SetItem(result.get(), name.get(), value.get()) < 0) {
            return nullptr;
        }
    }
    return result.release();
}

}  // namespace

bool read_params(PyObject* pairs, std::vector<trivet_param>& out) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); ++i) {
        PyObject* name = nullptr;
        PyObject* value = nullptr;
        trivet_param param{};
        if (!PyArg_Parse(PyList_GET_ITEM(pairs, i), "(UU)", &name, &value) ||
            !utf8_of(name, &param.name) || !utf8_of(value, &param.value)) {
            return false;
        }
        out.push_back(param);
    }
    return true;
}

// add_group(prefix, parent, host, site[, limits[, decompress]]): gives the group's number.
PyObject* app_add_group(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    PyObject* prefix = nullptr;
    unsigned int parent = 0;
    PyObject* host = nullptr;
    PyObject* site = nullptr;
    PyObject* limits = nullptr;
    trivet_str prefix_text{};
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof config);
    if (!PyArg_ParseTuple(arguments, "UIUU|O!I:add_group", &prefix, &parent, &host, &site,
                          &PyTuple_Type, &limits, &config.decompress) ||
        !app_check(app) || !read_limits(limits, &config) ||
        !group_of(app, parent, &config.parent) || !utf8_of(prefix, &prefix_text) ||
        !utf8_of(host, &config.host) || !utf8_of(site, &config.site)) {
        return nullptr;
    }
    trivet_group* group = nullptr;
    trivet_error* error = nullptr;
    trivet_status status = trivet_app_group(app->app, prefix_text, &config, &group, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    app->groups->push_back(group);
    return PyLong_FromSize_t(app->groups->size());
}

// add_middleware(kind, options): gives the middleware's number.
PyObject* app_add_middleware(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    PyObject* kind = nullptr;
    PyObject* options = nullptr;
    trivet_str kind_text{};
    std::vector<trivet_param> params;
    if (!PyArg_ParseTuple(arguments, "UO!:add_middleware", &kind, &PyList_Type, &options) ||
        !app_check(app) || !utf8_of(kind, &kind_text) || !read_params(options, params)) {
        return nullptr;
    }
    trivet_middleware* made = nullptr;
    trivet_error* error = nullptr;
    trivet_status status =
        trivet_app_middleware(app->app, kind_text, params.data(), params.size(), &made, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    app->middleware->push_back(made);
    return PyLong_FromSize_t(app->middleware->size() - 1);
}

// use(group, middleware)
PyObject* app_use(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    unsigned int number = 0;
    Py_ssize_t index = 0;
    trivet_group* group = nullptr;
    if (!PyArg_ParseTuple(arguments, "In:use", &number, &index) || !app_check(app) ||
        !group_of(app, number, &group)) {
        return nullptr;
    }
    trivet_middleware* middleware = middleware_of(app, index);
    trivet_status status =
        middleware == nullptr ? TRIVET_E_ARGUMENT : trivet_app_use(app->app, group, middleware);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

// add_route(methods, pattern, route, group, name, host, metadata, site[, limits[,
// decompress[, middleware[, body_schema]]]])
PyObject* app_add_route(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    PyObject* methods = nullptr;
    PyObject* pattern = nullptr;
    PyObject* route = nullptr;
    unsigned int group = 0;
    PyObject* name = nullptr;
    PyObject* host = nullptr;
    PyObject* metadata = nullptr;
    PyObject* site = nullptr;
    PyObject* limits = nullptr;
    PyObject* body_schema = nullptr;
    unsigned int decompress = TRIVET_DECOMPRESS_INHERIT;
    PyObject* middleware = nullptr;
    if (!PyArg_ParseTuple(arguments, "UUO!IUUO!U|O!IO!U:add_route", &methods, &pattern,
                          g.route_type, &route, &group, &name, &host, &PyList_Type, &metadata,
                          &site, &PyTuple_Type, &limits, &decompress, &PyList_Type, &middleware,
                          &body_schema) ||
        !app_check(app)) {
        return nullptr;
    }
    trivet_str methods_text{};
    trivet_str pattern_text{};
    std::vector<trivet_param> params;
    std::vector<trivet_middleware*> mounts;
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof config);
    if (!utf8_of(methods, &methods_text) || !utf8_of(pattern, &pattern_text) ||
        !utf8_of(name, &config.name) || !utf8_of(host, &config.host) ||
        !utf8_of(site, &config.site) || !group_of(app, group, &config.group) ||
        !read_params(metadata, params) || !read_limits(limits, &config) ||
        !read_middleware(app, middleware, mounts) ||
        (body_schema != nullptr && !utf8_of(body_schema, &config.body_schema)) ||
        PyList_Append(app->routes, route) < 0) {
        return nullptr;
    }
    config.metadata = params.data();
    config.metadata_count = params.size();
    config.flags = as_route(route)->is_stream ? TRIVET_ROUTE_STREAM : 0;
    config.decompress = decompress;
    config.middleware = mounts.data();
    config.middleware_count = mounts.size();
    Py_XSETREF(as_route(route)->app, Py_NewRef(self));
    trivet_error* error = nullptr;
    // The list above keeps the route, so the engine has nothing to drop.
    trivet_status status = trivet_app_route(app->app, methods_text, pattern_text, &config,
                                            on_request, as_route(route), nullptr, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    Py_RETURN_NONE;
}

// add_static(prefix, directory, route, group, name, host, metadata, site, limits, middleware,
// index, fallback, cache_control, cache_rules, types, flags): requests go to the route first.
PyObject* app_add_static(PyObject* self, PyObject* arguments) {
    App* app = as_app(self);
    PyObject* directory = nullptr;
    PyObject* route = nullptr;
    unsigned int group = 0;
    PyObject* lists[5] = {};  // metadata, middleware, cache_rules, types, and the limits
    PyObject* texts[7] = {};  // prefix, name, host, site, index, fallback, cache_control
    unsigned int flags = 0;
    trivet_static_config config;
    trivet_route_config options;
    trivet_str prefix{};
    std::vector<trivet_param> metadata;
    std::vector<trivet_param> rules;
    std::vector<trivet_param> types;
    std::vector<trivet_middleware*> mounts;
    trivet_static_config_init(&config, sizeof config);
    trivet_route_config_init(&options, sizeof options);
    if (!PyArg_ParseTuple(arguments, "UO&O!IUUO!UO!O!UUUO!O!I:add_static", &texts[0],
                          PyUnicode_FSConverter, &directory, g.route_type, &route, &group,
                          &texts[1], &texts[2], &PyList_Type, &lists[0], &texts[3], &PyTuple_Type,
                          &lists[4], &PyList_Type, &lists[1], &texts[4], &texts[5], &texts[6],
                          &PyList_Type, &lists[2], &PyList_Type, &lists[3], &flags)) {
        return nullptr;
    }
    Ref path(directory);
    if (!app_check(app) || !utf8_of(texts[0], &prefix) || !utf8_of(texts[1], &options.name) ||
        !utf8_of(texts[2], &options.host) || !utf8_of(texts[3], &options.site) ||
        !utf8_of(texts[4], &config.index) || !utf8_of(texts[5], &config.fallback) ||
        !utf8_of(texts[6], &config.cache_control) || !group_of(app, group, &options.group) ||
        !read_params(lists[0], metadata) || !read_middleware(app, lists[1], mounts) ||
        !read_params(lists[2], rules) || !read_params(lists[3], types) ||
        !read_limits(lists[4], &options) || PyList_Append(app->routes, route) < 0) {
        return nullptr;
    }
    options.metadata = metadata.data();
    options.metadata_count = metadata.size();
    options.middleware = mounts.data();
    options.middleware_count = mounts.size();
    config.route = &options;
    config.flags = flags | TRIVET_STATIC_DELIVERED;
    config.cache_rules = rules.data();
    config.cache_rule_count = rules.size();
    config.types = types.data();
    config.type_count = types.size();
    Py_XSETREF(as_route(route)->app, Py_NewRef(self));
    trivet_error* error = nullptr;
    const trivet_str folder{PyBytes_AS_STRING(directory),
                            static_cast<std::size_t>(PyBytes_GET_SIZE(directory))};
    trivet_status status = trivet_app_static(app->app, prefix, folder, &config, on_request,
                                             as_route(route), nullptr, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    Py_RETURN_NONE;
}

// deliver_static(index, is_delivered)
PyObject* app_deliver_static(PyObject* self, PyObject* arguments) {
    Py_ssize_t index = 0;
    int is_delivered = 0;
    if (!PyArg_ParseTuple(arguments, "np:deliver_static", &index, &is_delivered) ||
        !app_check(as_app(self))) {
        return nullptr;
    }
    trivet_status status =
        trivet_app_deliver_static(as_app(self)->app, static_cast<std::size_t>(index),
                                  static_cast<std::uint32_t>(is_delivered));
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

// The route whose handler is None takes what the engine would refuse.
PyObject* app_set_fallback(PyObject* self, PyObject* route) {
    App* app = as_app(self);
    if (!app_check(app) || !PyArg_Parse(route, "O!", g.route_type, &route) ||
        PyList_Append(app->routes, route) < 0) {
        return nullptr;
    }
    Py_XSETREF(as_route(route)->app, Py_NewRef(self));
    trivet_status status = trivet_app_fallback(app->app, on_request, as_route(route), nullptr);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

// url(name, params, query): both lists of (str, str).
PyObject* app_url(PyObject* self, PyObject* arguments) {
    PyObject* name = nullptr;
    PyObject* params = nullptr;
    PyObject* query = nullptr;
    trivet_str name_text{};
    std::vector<trivet_param> path;
    std::vector<trivet_param> rest;
    if (!PyArg_ParseTuple(arguments, "UO!O!:url", &name, &PyList_Type, &params, &PyList_Type,
                          &query) ||
        !app_check(as_app(self)) || !utf8_of(name, &name_text) || !read_params(params, path) ||
        !read_params(query, rest)) {
        return nullptr;
    }
    std::string text(kUrlBytes, '\0');
    std::size_t size = 0;
    trivet_error* error = nullptr;
    trivet_status status = TRIVET_E_LIMIT;
    for (int attempt = 0; attempt < 2 && status == TRIVET_E_LIMIT; ++attempt) {
        text.resize(std::max(text.size(), size));
        status = trivet_app_url(as_app(self)->app, name_text, path.data(), path.size(), rest.data(),
                                rest.size(), text.size(), text.data(), &size, &error);
    }
    return status == TRIVET_OK ? text_of({text.data(), size}) : raise_error(status, error);
}

PyObject* app_route_count(PyObject* self, PyObject*) {
    return app_check(as_app(self)) ? PyLong_FromSize_t(trivet_app_route_count(as_app(self)->app))
                                   : nullptr;
}

PyObject* route_info_dict(const trivet_route_info& info) {
    Ref metadata(params_dict(info.metadata, info.metadata_count));
    Ref methods(text_of(info.methods));
    Ref pattern(text_of(info.pattern));
    Ref host(text_of(info.host));
    Ref name(text_of(info.name));
    Ref site(text_of(info.site));
    if (!metadata || !methods || !pattern || !host || !name || !site) {
        return nullptr;
    }
    return Py_BuildValue("{s:O,s:O,s:O,s:O,s:O,s:O,s:n,s:n}", "methods", methods.get(), "pattern",
                         pattern.get(), "host", host.get(), "name", name.get(), "site", site.get(),
                         "metadata", metadata.get(), "before_count",
                         static_cast<Py_ssize_t>(info.before_count), "after_count",
                         static_cast<Py_ssize_t>(info.after_count));
}

PyObject* app_get_route(PyObject* self, PyObject* index) {
    std::size_t number = PyLong_AsSize_t(index);
    if (PyErr_Occurred() || !app_check(as_app(self))) {
        return nullptr;
    }
    trivet_route_info info{};
    info.size = sizeof info;
    trivet_status status = trivet_app_get_route(as_app(self)->app, number, &info);
    return status == TRIVET_OK ? route_info_dict(info) : raise_status(status);
}

// inspect(hooks): a pair of texts for each route, the names of its hooks joined by commas.
PyObject* app_inspect(PyObject* self, PyObject* hooks) {
    std::vector<trivet_route_hooks> names;
    if (!PyArg_Parse(hooks, "O!", &PyList_Type, &hooks) || !app_check(as_app(self))) {
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(hooks); ++i) {
        PyObject* before = nullptr;
        PyObject* after = nullptr;
        trivet_route_hooks one{};
        if (!PyArg_Parse(PyList_GET_ITEM(hooks, i), "(UU)", &before, &after) ||
            !utf8_of(before, &one.before) || !utf8_of(after, &one.after)) {
            return nullptr;
        }
        names.push_back(one);
    }
    trivet_error* error = nullptr;
    trivet_status status =
        trivet_app_inspect(as_app(self)->app, names.data(), names.size(), &error);
    if (status != TRIVET_OK && status != TRIVET_E_NOT_FOUND) {
        return raise_error(status, error);
    }
    return PyBool_FromLong(status == TRIVET_OK);
}

}  // namespace trivet_py
