// The module `trivet._native`: types, functions, and the hand-over of Python's side of things.
#include "app.h"
#include "cookies.h"
#include "errors.h"
#include "files.h"
#include "forms.h"
#include "json.h"
#include "loop.h"
#include "lowlevel.h"
#include "native.h"
#include "request.h"
#include "response.h"
#include "route.h"
#include "sse.h"
#include "streams.h"
#include "supervisor.h"
#include "task.h"

namespace trivet_py {

Globals g;

bool make_type(PyObject* module, PyType_Spec* spec, PyTypeObject** out, PyObject* base) {
    PyObject* type = PyType_FromModuleAndSpec(module, spec, base);
    if (type == nullptr) {
        return false;
    }
    *out = reinterpret_cast<PyTypeObject*>(type);
    return PyModule_AddType(module, *out) == 0;
}

namespace {

struct Slot {
    const char* name;
    PyObject* Globals::* slot;
};

constexpr Slot kSetup[] = {
    {"errors", &Globals::errors},
    {"http_error", &Globals::http_error},
    {"make_http_error", &Globals::make_http_error},
    {"problem_body", &Globals::problem_body},
    {"make_uuid", &Globals::make_uuid},
    {"make_state", &Globals::make_state},
    {"url_for", &Globals::url_for},
    {"read_content", &Globals::read_content},
    {"read_whole", &Globals::read_whole},
    {"read_form", &Globals::read_form},
    {"make_client", &Globals::make_client},
    {"make_principal", &Globals::make_principal},
    {"set_cookie", &Globals::set_cookie},
    {"delete_cookie", &Globals::delete_cookie},
    {"prime_stream", &Globals::prime_stream},
    {"run_stream", &Globals::run_stream},
    {"discard_stream", &Globals::discard_stream},
    {"load_json", &Globals::load_json},
    {"encode_default", &Globals::encode_default},
    {"field_names", &Globals::field_names},
};

constexpr Slot kAsyncio[] = {
    {"current_tasks", &Globals::current_tasks},
    {"register_task", &Globals::register_task},
    {"task_class", &Globals::task_class},
    {"cancelled_error", &Globals::cancelled_error},
    {"invalid_state_error", &Globals::invalid_state_error},
    {"task_get_stack", &Globals::task_get_stack},
    {"task_print_stack", &Globals::task_print_stack},
};

// Takes every named object out of a dict; what is missing is a mistake in the package.
template <std::size_t kCount>
PyObject* take(const Slot (&slots)[kCount], PyObject* values) {
    if (!PyDict_Check(values)) {
        PyErr_SetString(PyExc_TypeError, "expects a dict");
        return nullptr;
    }
    for (const Slot& slot : slots) {
        PyObject* value = PyDict_GetItemString(values, slot.name);
        if (value == nullptr) {
            PyErr_SetString(PyExc_KeyError, slot.name);
            return nullptr;
        }
        Py_XSETREF(g.*slot.slot, Py_NewRef(value));
    }
    Py_RETURN_NONE;
}

PyObject* setup(PyObject*, PyObject* values) { return take(kSetup, values); }
PyObject* setup_asyncio(PyObject*, PyObject* values) { return take(kAsyncio, values); }

PyObject* version(PyObject*, PyObject*) { return text_of(trivet_version()); }

PyObject* abi_version(PyObject*, PyObject*) {
    return PyLong_FromUnsignedLong(trivet_abi_version());
}

PyObject* status_name(PyObject*, PyObject* argument) {
    long status = PyLong_AsLong(argument);
    if (status == -1 && PyErr_Occurred()) {
        return nullptr;
    }
    return text_of(trivet_status_name(static_cast<trivet_status>(status)));
}

PyObject* encode(PyObject*, PyObject* object) {
    Buffer buffer;
    return encode_json(buffer, object) ? bytes_of(buffer.view()) : nullptr;
}

PyObject* decode(PyObject*, PyObject* content) {
    if (!PyBytes_Check(content)) {
        return Py_NewRef(Py_NotImplemented);
    }
    PyObject* value = decode_json(content);
    return value != nullptr || PyErr_Occurred() ? value : Py_NewRef(Py_NotImplemented);
}

PyObject* get_exception_line(PyObject*, PyObject* exception) {
    if (!PyExceptionInstance_Check(exception)) {
        PyErr_SetString(PyExc_TypeError, "expects an exception");
        return nullptr;
    }
    return text_of(to_str(exception_line(exception)));
}

PyObject* get_response_of(PyObject*, PyObject* arguments) {
    PyObject* result = nullptr;
    unsigned int status = 0;
    if (!PyArg_ParseTuple(arguments, "OI:response_of", &result, &status)) {
        return nullptr;
    }
    return response_of(Ref::borrow(result), status).release();
}

PyMethodDef functions[] = {
    {"setup", setup, METH_O, "Takes what the package provides."},
    {"setup_asyncio", setup_asyncio, METH_O, "Takes what asyncio provides."},
    {"version", version, METH_NOARGS, "Version of the engine."},
    {"abi_version", abi_version, METH_NOARGS, "Version of the engine as a number."},
    {"status_name", status_name, METH_O, "TRIVET_E_* of a number; empty when there is none."},
    {"encode_json", encode, METH_O, "An object as JSON bytes."},
    {"decode_json", decode, METH_O,
     "The value of JSON; NotImplemented where Python's own decoder has to look."},
    {"response_of", get_response_of, METH_VARARGS,
     "response_of(result, status): a result as a Response of its own."},
    {"exception_line", get_exception_line, METH_O, "An exception as one line, with its place."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "trivet._native",
    "Trivet's engine for CPython.",
    -1,
    functions,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

bool fill(PyObject* module) {
    g.field_cache = PyDict_New();
    return g.field_cache != nullptr && PyModule_AddFunctions(module, lowlevel_functions) == 0 &&
           PyModule_AddFunctions(module, stream_functions) == 0 &&
           PyModule_AddFunctions(module, form_functions) == 0 &&
           PyModule_AddFunctions(module, cookie_functions) == 0 &&
           PyModule_AddFunctions(module, sse_functions) == 0 &&
           PyModule_AddFunctions(module, sse_hub_functions) == 0 &&
           PyModule_AddFunctions(module, file_functions) == 0 && make_event_type(module) &&
           PyModule_AddFunctions(module, supervisor_functions) == 0 && make_app_type(module) &&
           make_route_type(module) && make_loop_type(module) && make_request_types(module) &&
           make_response_types(module) && make_task_type(module);
}

}  // namespace

}  // namespace trivet_py

extern "C" __attribute__((visibility("default"))) PyObject* PyInit__native() {
    if (trivet_abi_version() / 100 != TRIVET_VERSION_MAJOR * 100 + TRIVET_VERSION_MINOR) {
        PyErr_SetString(PyExc_ImportError, "trivet._native was built for another libtrivet");
        return nullptr;
    }
    trivet_py::Ref module(PyModule_Create(&trivet_py::definition));
    return module && trivet_py::fill(module.get()) ? module.release() : nullptr;
}
