// The OpenAPI document: what Python knows of it, and where it is served.
#include "app.h"
#include "errors.h"

namespace trivet_py {

namespace {

PyObject* none_or_raise(trivet_status status, trivet_error* error) {
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    Py_RETURN_NONE;
}

}  // namespace

// serve_openapi(title, version, description, path, docs, reference, servers): pairs of URL and
// description.
PyObject* app_serve_openapi(PyObject* self, PyObject* arguments) {
    PyObject* texts[6] = {};
    PyObject* servers = nullptr;
    std::vector<trivet_param> pairs;
    trivet_openapi_config config;
    trivet_openapi_config_init(&config, sizeof config);
    trivet_str* const fields[] = {&config.title, &config.version,   &config.description,
                                  &config.path,  &config.docs_path, &config.reference_path};
    if (!PyArg_ParseTuple(arguments, "UUUUUUO!:serve_openapi", &texts[0], &texts[1], &texts[2],
                          &texts[3], &texts[4], &texts[5], &PyList_Type, &servers) ||
        !app_check(as_app(self)) || !read_params(servers, pairs)) {
        return nullptr;
    }
    for (std::size_t i = 0; i < std::size(texts); ++i) {
        if (!utf8_of(texts[i], fields[i])) {
            return nullptr;
        }
    }
    config.servers = pairs.data();
    config.server_count = pairs.size();
    trivet_error* error = nullptr;
    const trivet_status status = trivet_openapi_serve(as_app(self)->app, &config, &error);
    return none_or_raise(status, error);
}

// set_operation(index, json): of a route by its number; no text leaves it out.
PyObject* app_set_operation(PyObject* self, PyObject* arguments) {
    Py_ssize_t index = 0;
    PyObject* json = nullptr;
    trivet_str text{};
    if (!PyArg_ParseTuple(arguments, "nU:set_operation", &index, &json) ||
        !app_check(as_app(self)) || !utf8_of(json, &text)) {
        return nullptr;
    }
    trivet_error* error = nullptr;
    const trivet_status status =
        trivet_openapi_operation(as_app(self)->app, static_cast<std::size_t>(index), text, &error);
    return none_or_raise(status, error);
}

// add_schema(name, json)
PyObject* app_add_schema(PyObject* self, PyObject* arguments) {
    PyObject* name = nullptr;
    PyObject* json = nullptr;
    trivet_str name_text{};
    trivet_str text{};
    if (!PyArg_ParseTuple(arguments, "UU:add_schema", &name, &json) || !app_check(as_app(self)) ||
        !utf8_of(name, &name_text) || !utf8_of(json, &text)) {
        return nullptr;
    }
    trivet_error* error = nullptr;
    const trivet_status status = trivet_openapi_schema(as_app(self)->app, name_text, text, &error);
    return none_or_raise(status, error);
}

PyObject* app_openapi(PyObject* self, PyObject*) {
    if (!app_check(as_app(self))) {
        return nullptr;
    }
    trivet_str document{};
    const trivet_status status = trivet_openapi_document(as_app(self)->app, &document);
    return status == TRIVET_OK ? text_of(document) : raise_status(status);
}

}  // namespace trivet_py
