// The configuration of an app as a dict, and what it means for workers.
#include <array>
#include <cstring>

#include "app.h"
#include "errors.h"

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

#define TRIVET_FIELD(name) \
    ConfigField { #name, offsetof(trivet_app_config, name), size_of(&trivet_app_config::name) }

// Every number in trivet_app_config by its name, which is also the keyword of trivet.App.
constexpr std::array kConfigFields = {
    TRIVET_FIELD(engine),
    TRIVET_FIELD(log_level),
    TRIVET_FIELD(target_bytes_max),
    TRIVET_FIELD(head_bytes_max),
    TRIVET_FIELD(header_count_max),
    TRIVET_FIELD(connections_max),
    TRIVET_FIELD(body_bytes_max),
    TRIVET_FIELD(head_timeout_ms),
    TRIVET_FIELD(body_timeout_ms),
    TRIVET_FIELD(idle_timeout_ms),
    TRIVET_FIELD(send_timeout_ms),
    TRIVET_FIELD(shutdown_timeout_ms),
    TRIVET_FIELD(backlog),
    TRIVET_FIELD(buffer_count),
    TRIVET_FIELD(buffer_bytes),
    TRIVET_FIELD(profile),
    TRIVET_FIELD(port),
    TRIVET_FIELD(workers),
    TRIVET_FIELD(threads),
    TRIVET_FIELD(start_timeout_ms),
    TRIVET_FIELD(connections_per_address_max),
    TRIVET_FIELD(requests_max),
    TRIVET_FIELD(requests_per_connection_max),
    TRIVET_FIELD(request_timeout_ms),
    TRIVET_FIELD(keep_alive_timeout_ms),
    TRIVET_FIELD(body_rate_min),
    TRIVET_FIELD(send_rate_min),
    TRIVET_FIELD(body_decompress),
    TRIVET_FIELD(body_ratio_max),
    TRIVET_FIELD(tls_client_auth),
    TRIVET_FIELD(tls_min_version),
    TRIVET_FIELD(tls_session_timeout_ms),
    TRIVET_FIELD(forwarded),
    TRIVET_FIELD(forwarded_host),
    TRIVET_FIELD(proxy_protocol),
    TRIVET_FIELD(compress),
    TRIVET_FIELD(compress_min_bytes),
    TRIVET_FIELD(etag),
};
#undef TRIVET_FIELD

struct TextField {
    const char* name;
    trivet_str trivet_app_config::* member;
};

constexpr TextField kTextFields[] = {
    {"host", &trivet_app_config::host},
    {"tls_certificate", &trivet_app_config::tls_certificate},
    {"tls_key", &trivet_app_config::tls_key},
    {"tls_staple", &trivet_app_config::tls_staple},
    {"tls_client_ca", &trivet_app_config::tls_client_ca},
    {"trusted_proxies", &trivet_app_config::trusted_proxies},
    {"also_listen", &trivet_app_config::also_listen},
    {"static_folders", &trivet_app_config::static_folders},
};

const ConfigField* find_field(std::string_view name) {
    for (const ConfigField& field : kConfigFields) {
        if (name == field.name) {
            return &field;
        }
    }
    return nullptr;
}

bool set_number(trivet_app_config* config, const ConfigField& field, PyObject* value) {
    unsigned long long number = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred()) {
        return false;
    }
    if (field.size == sizeof(std::uint32_t) && number > UINT32_MAX) {
        raise_status(TRIVET_E_ARGUMENT, std::string(field.name) + " is too large");
        return false;
    }
    auto* target = reinterpret_cast<char*>(config) + field.offset;
    auto narrow = static_cast<std::uint32_t>(number);
    std::memcpy(target,
                field.size == sizeof narrow ? static_cast<const void*>(&narrow)
                                            : static_cast<const void*>(&number),
                field.size);
    return true;
}

bool set_field(trivet_app_config* config, PyObject* name, PyObject* value) {
    trivet_str key{};
    if (!utf8_of(name, &key)) {
        return false;
    }
    for (const TextField& field : kTextFields) {
        if (to_view(key) != field.name) {
            continue;
        }
        if (!PyUnicode_Check(value)) {
            PyErr_Format(PyExc_TypeError, "%s must be a str", field.name);
            return false;
        }
        return utf8_of(value, &(config->*field.member));
    }
    const ConfigField* field = find_field(to_view(key));
    if (field == nullptr) {
        raise_status(TRIVET_E_ARGUMENT, "no setting is named " + std::string(to_view(key)));
        return false;
    }
    return set_number(config, *field, value);
}

PyObject* get_number(const trivet_app_config& config, const ConfigField& field) {
    const auto* source = reinterpret_cast<const char*>(&config) + field.offset;
    std::uint32_t narrow = 0;
    std::uint64_t wide = 0;
    if (field.size == sizeof narrow) {
        std::memcpy(&narrow, source, sizeof narrow);
        wide = narrow;
    } else {
        std::memcpy(&wide, source, sizeof wide);
    }
    return PyLong_FromUnsignedLongLong(wide);
}

bool read_config(App* app, trivet_app_config* out) {
    trivet_app_config_init(out, sizeof *out);
    trivet_error* error = nullptr;
    trivet_status status = trivet_app_get_config(app->app, out, &error);
    if (status != TRIVET_OK) {
        raise_error(status, error);
        return false;
    }
    return true;
}

}  // namespace

PyObject* app_get_config(PyObject* self, PyObject*) {
    trivet_app_config config;
    if (!app_check(as_app(self)) || !read_config(as_app(self), &config)) {
        return nullptr;
    }
    Ref result(PyDict_New());
    if (!result) {
        return nullptr;
    }
    for (const TextField& field : kTextFields) {
        Ref text(text_of(config.*field.member));
        if (!text || PyDict_SetItemString(result.get(), field.name, text.get()) < 0) {
            return nullptr;
        }
    }
    for (const ConfigField& field : kConfigFields) {
        Ref value(get_number(config, field));
        if (!value || PyDict_SetItemString(result.get(), field.name, value.get()) < 0) {
            return nullptr;
        }
    }
    return result.release();
}

// Changes what the dict names; everything else stays as environment and trivet.toml have it.
PyObject* app_configure(PyObject* self, PyObject* settings) {
    App* app = as_app(self);
    trivet_app_config config;
    if (!app_check(app) || !PyArg_Parse(settings, "O!", &PyDict_Type, &settings) ||
        !read_config(app, &config)) {
        return nullptr;
    }
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

// How many processes and threads the app is to serve with; Python runs one loop a process here.
PyObject* app_concurrency(PyObject* self, PyObject*) {
    std::uint32_t workers = 1;
    std::uint32_t threads = 1;
    trivet_error* error = nullptr;
    if (!app_check(as_app(self))) {
        return nullptr;
    }
    trivet_status status = trivet_app_concurrency(as_app(self)->app, 0, &workers, &threads, &error);
    return status == TRIVET_OK ? Py_BuildValue("(II)", workers, threads)
                               : raise_error(status, error);
}

}  // namespace trivet_py
