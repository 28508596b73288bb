#include "errors.h"

namespace trivet_py {

namespace {

std::string string_of(PyObject* object) {
    Ref text(object == nullptr ? nullptr : PyObject_Str(object));
    trivet_str utf8{};
    if (!text || !utf8_of(text.get(), &utf8)) {
        PyErr_Clear();
        return "?";
    }
    return std::string(to_view(utf8));
}

std::string attribute_string(PyObject* object, const char* name) {
    Ref value(PyObject_GetAttrString(object, name));
    if (!value) {
        PyErr_Clear();
        return "?";
    }
    return string_of(value.get());
}

std::string type_name(PyTypeObject* type) {
    auto* object = reinterpret_cast<PyObject*>(type);
    std::string name = attribute_string(object, "__qualname__");
    std::string module = attribute_string(object, "__module__");
    return module == "builtins" || module == "__main__" || module == "?" ? name
                                                                         : module + "." + name;
}

// Where the exception was raised: the innermost frame of its traceback.
std::string place_of(PyObject* exception) {
    Ref traceback(PyException_GetTraceback(exception));
    if (!traceback) {
        return {};
    }
    for (;;) {
        Ref next(PyObject_GetAttrString(traceback.get(), "tb_next"));
        if (!next || next.get() == Py_None) {
            break;
        }
        traceback = std::move(next);
    }
    Ref line(PyObject_GetAttrString(traceback.get(), "tb_lineno"));
    Ref frame(PyObject_GetAttrString(traceback.get(), "tb_frame"));
    Ref code(frame ? PyObject_GetAttrString(frame.get(), "f_code") : nullptr);
    if (!line || !code) {
        PyErr_Clear();
        return {};
    }
    std::string file = attribute_string(code.get(), "co_filename");
    if (auto slash = file.rfind('/'); slash != std::string::npos) {
        file.erase(0, slash + 1);
    }
    return " (" + file + ":" + string_of(line.get()) + " in " +
           attribute_string(code.get(), "co_name") + ")";
}

}  // namespace

PyObject* raise_status(trivet_status status, std::string_view detail, std::string_view message) {
    Ref number(PyLong_FromLong(status));
    PyObject* type =
        number && g.errors != nullptr ? PyDict_GetItemWithError(g.errors, number.get()) : nullptr;
    if (type == nullptr) {
        if (!PyErr_Occurred()) {
            PyErr_Format(PyExc_RuntimeError, "trivet status %d", static_cast<int>(status));
        }
        return nullptr;
    }
    Ref message_text(text_of(to_str(message)));
    Ref detail_text(message_text ? text_of(to_str(detail)) : nullptr);
    Ref exception(detail_text ? PyObject_CallFunctionObjArgs(type, message_text.get(),
                                                             detail_text.get(), nullptr)
                              : nullptr);
    if (exception) {
        PyErr_SetObject(type, exception.get());
    }
    return nullptr;
}

PyObject* raise_error(trivet_status status, trivet_error* error) {
    if (trivet_error_status(error) != TRIVET_OK) {
        status = trivet_error_status(error);
    }
    raise_status(status, to_view(trivet_error_detail(error)), to_view(trivet_error_message(error)));
    trivet_error_free(error);
    return nullptr;
}

PyObject* raise_http_error(std::uint32_t status, std::string_view detail) {
    Ref number(PyLong_FromUnsignedLong(status));
    Ref text(number ? text_of(to_str(detail)) : nullptr);
    Ref exception(
        text ? PyObject_CallFunctionObjArgs(g.make_http_error, number.get(), text.get(), nullptr)
             : nullptr);
    if (exception) {
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())), exception.get());
    }
    return nullptr;
}

bool is_for_the_program(PyObject* exception) {
    return PyErr_GivenExceptionMatches(exception, PyExc_KeyboardInterrupt) != 0 ||
           PyErr_GivenExceptionMatches(exception, PyExc_SystemExit) != 0;
}

Ref take_exception() {
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == nullptr) {
        return {};
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr && value != nullptr) {
        PyException_SetTraceback(value, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return Ref(value);
}

void restore_exception(Ref exception) {
    PyObject* value = exception.release();
    PyObject* type = Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(value)));
    PyErr_Restore(type, value, PyException_GetTraceback(value));
}

std::string exception_line(PyObject* exception) {
    std::string line = type_name(Py_TYPE(exception));
    std::string message = string_of(exception);
    if (!message.empty()) {
        line += ": " + message;
    }
    return line + place_of(exception);
}

std::string take_exception_line() {
    Ref exception = take_exception();
    return exception ? exception_line(exception.get()) : std::string("unknown failure");
}

}  // namespace trivet_py
