// Forms: what _forms.py is made of.
#include "forms.h"

#include <array>
#include <cstring>

#include "errors.h"
#include "request.h"

namespace trivet_py {

namespace {

struct Limit {
    std::string_view name;
    std::uint32_t trivet_form_config::* narrow;
    std::uint64_t trivet_form_config::* wide;
};

// Every number of trivet_form_config by its name, which is also the keyword of Request.form.
constexpr std::array kLimits = {
    Limit{"fields_max", &trivet_form_config::fields_max, nullptr},
    Limit{"files_max", &trivet_form_config::files_max, nullptr},
    Limit{"name_bytes_max", &trivet_form_config::name_bytes_max, nullptr},
    Limit{"filename_bytes_max", &trivet_form_config::filename_bytes_max, nullptr},
    Limit{"value_bytes_max", nullptr, &trivet_form_config::value_bytes_max},
    Limit{"fields_bytes_max", nullptr, &trivet_form_config::fields_bytes_max},
    Limit{"file_bytes_max", nullptr, &trivet_form_config::file_bytes_max},
    Limit{"memory_bytes_max", nullptr, &trivet_form_config::memory_bytes_max},
};
constexpr std::string_view kDirectory = "directory";

const Limit* find_limit(std::string_view name) {
    for (const Limit& limit : kLimits) {
        if (limit.name == name) {
            return &limit;
        }
    }
    return nullptr;
}

bool set_limit(trivet_form_config* config, const Limit& limit, PyObject* value) {
    unsigned long long number = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred()) {
        return false;
    }
    if (limit.wide != nullptr) {
        config->*limit.wide = number;
        return true;
    }
    if (number > UINT32_MAX) {
        raise_status(TRIVET_E_ARGUMENT, std::string(limit.name) + " is too large");
        return false;
    }
    config->*limit.narrow = static_cast<std::uint32_t>(number);
    return true;
}

// What points into a text is valid while the dict lives.
bool read_limits(PyObject* limits, trivet_form_config* config) {
    trivet_form_config_init(config, sizeof *config);
    Py_ssize_t position = 0;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    while (PyDict_Next(limits, &position, &name, &value)) {
        trivet_str key{};
        if (!utf8_of(name, &key)) {
            return false;
        }
        if (to_view(key) == kDirectory) {
            if (!PyUnicode_Check(value)) {
                PyErr_SetString(PyExc_TypeError, "directory must be a str");
                return false;
            }
            if (!utf8_of(value, &config->directory)) {
                return false;
            }
            continue;
        }
        const Limit* limit = find_limit(to_view(key));
        if (limit == nullptr) {
            PyErr_Format(PyExc_TypeError, "form() got an unexpected keyword argument '%U'", name);
            return false;
        }
        if (!set_limit(config, *limit, value)) {
            return false;
        }
    }
    return true;
}

// form_open(request, limits): whether the form is whole; it is told of when it is not yet. What is
// wrong with it is an HTTPError.
PyObject* form_open(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* limits = nullptr;
    trivet_form_config config;
    if (!PyArg_ParseTuple(arguments, "O!O!:form_open", g.request_type, &request, &PyDict_Type,
                          &limits) ||
        !read_limits(limits, &config)) {
        return nullptr;
    }
    trivet_form form{};
    form.size = sizeof form;
    trivet_status status = trivet_form_open(request->handle, &config, &form);
    if (status == TRIVET_OK || status == TRIVET_E_AGAIN) {
        return PyBool_FromLong(status == TRIVET_OK);
    }
    if (status == TRIVET_E_ARGUMENT) {
        return raise_status(status, "a limit of the form is out of its range");
    }
    if (status == TRIVET_E_STATE) {
        return raise_status(status, "some of the content was read otherwise");
    }
    return form.refusal == 0 || status == TRIVET_E_GONE
               ? raise_status(status)
               : raise_http_error(form.refusal, to_view(form.detail));
}

PyObject* part_tuple(const trivet_form_part& part) {
    const bool is_file = (part.flags & TRIVET_PART_FILE) != 0;
    const bool is_spooled = (part.flags & TRIVET_PART_SPOOLED) != 0;
    Ref name(text_of(part.name));
    Ref filename(is_file ? text_of(part.filename) : Py_NewRef(Py_None));
    Ref content_type(text_of(part.content_type));
    if (!name || !filename || !content_type) {
        return nullptr;
    }
    return Py_BuildValue("(OOOKO)", name.get(), filename.get(), content_type.get(),
                         static_cast<unsigned long long>(part.bytes),
                         is_spooled ? Py_True : Py_False);
}

// form_parts(request): (name, file name or None, content type, bytes, is_spooled) of each part.
PyObject* form_parts(PyObject*, PyObject* object) {
    trivet_form form{};
    form.size = sizeof form;
    if (!PyArg_Parse(object, "O!:form_parts", g.request_type, &object)) {
        return nullptr;
    }
    const trivet_request handle = reinterpret_cast<Request*>(object)->handle;
    trivet_status status = trivet_form_get(handle, &form);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Ref parts(PyList_New(0));
    for (std::size_t index = 0; parts && index < form.part_count; ++index) {
        trivet_form_part part{};
        part.size = sizeof part;
        status = trivet_form_get_part(handle, index, &part);
        if (status != TRIVET_OK) {
            return raise_status(status);
        }
        Ref facts(part_tuple(part));
        if (!facts || PyList_Append(parts.get(), facts.get()) < 0) {
            return nullptr;
        }
    }
    return parts.release();
}

// form_read(request, index, offset, size): bytes; less than size only at the end.
PyObject* form_read(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    Py_ssize_t index = 0;
    unsigned long long offset = 0;
    Py_ssize_t size = 0;
    if (!PyArg_ParseTuple(arguments, "O!nKn:form_read", g.request_type, &request, &index, &offset,
                          &size)) {
        return nullptr;
    }
    PyObject* bytes = PyBytes_FromStringAndSize(nullptr, size);
    if (bytes == nullptr) {
        return nullptr;
    }
    std::size_t got = 0;
    trivet_status status =
        trivet_form_read(request->handle, static_cast<std::size_t>(index), offset,
                         static_cast<std::size_t>(size), PyBytes_AS_STRING(bytes), &got);
    if (status != TRIVET_OK) {
        Py_DECREF(bytes);
        return raise_status(status);
    }
    _PyBytes_Resize(&bytes, static_cast<Py_ssize_t>(got));
    return bytes;
}

// form_descriptor(request, index): an open descriptor, the caller's to close.
PyObject* form_descriptor(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    Py_ssize_t index = 0;
    if (!PyArg_ParseTuple(arguments, "O!n:form_descriptor", g.request_type, &request, &index)) {
        return nullptr;
    }
    std::int32_t fd = -1;
    trivet_status status =
        trivet_form_descriptor(request->handle, static_cast<std::size_t>(index), &fd);
    return status == TRIVET_OK ? PyLong_FromLong(fd) : raise_status(status);
}

// form_save(request, index, path, replace): the path as bytes, as os.fsencode gives it.
PyObject* form_save(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    Py_ssize_t index = 0;
    PyObject* path = nullptr;
    int replace = 0;
    if (!PyArg_ParseTuple(arguments, "O!nSp:form_save", g.request_type, &request, &index, &path,
                          &replace)) {
        return nullptr;
    }
    const trivet_str text{PyBytes_AS_STRING(path),
                          static_cast<std::size_t>(PyBytes_GET_SIZE(path))};
    trivet_status status = trivet_form_save(request->handle, static_cast<std::size_t>(index), text,
                                            replace != 0 ? TRIVET_SAVE_REPLACE : 0);
    if (status != TRIVET_OK) {
        return raise_status(status, to_view(text));
    }
    Py_RETURN_NONE;
}

}  // namespace

PyMethodDef form_functions[] = {
    {"form_open", form_open, METH_VARARGS,
     "form_open(request, limits): whether the form is whole; READY_READ tells of its end"},
    {"form_parts", form_parts, METH_O,
     "form_parts(request): (name, file name or None, content type, bytes, is_spooled) of each"},
    {"form_read", form_read, METH_VARARGS, "form_read(request, index, offset, size)"},
    {"form_descriptor", form_descriptor, METH_VARARGS, "form_descriptor(request, index)"},
    {"form_save", form_save, METH_VARARGS, "form_save(request, index, path, replace)"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
