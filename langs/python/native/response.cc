#include "response.h"

#include "errors.h"

namespace trivet_py {

namespace {

Response* as_response(PyObject* self) { return reinterpret_cast<Response*>(self); }

bool is_redirect_status(std::uint32_t status) {
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

bool check_status(long status, Kind kind) {
    if (status < 200 || status > 599) {
        PyErr_Format(PyExc_ValueError, "status must be between 200 and 599, not %ld", status);
        return false;
    }
    if (kind == Kind::kRedirect && !is_redirect_status(static_cast<std::uint32_t>(status))) {
        PyErr_Format(PyExc_ValueError, "a redirect has status 301, 302, 303, 307 or 308, not %ld",
                     status);
        return false;
    }
    return true;
}

// Headers come as a mapping or as pairs; they are kept as a list of (str, str).
PyObject* header_list(PyObject* headers) {
    Ref pairs = PyDict_Check(headers) ? Ref(PyDict_Items(headers)) : Ref(PySequence_List(headers));
    if (!pairs) {
        return nullptr;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs.get()); ++i) {
        PyObject* pair = PyList_GET_ITEM(pairs.get(), i);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
            !PyUnicode_Check(PyTuple_GET_ITEM(pair, 0)) ||
            !PyUnicode_Check(PyTuple_GET_ITEM(pair, 1))) {
            PyErr_SetString(PyExc_TypeError,
                            "headers must be a dict of str to str or pairs (name, value)");
            return nullptr;
        }
    }
    return pairs.release();
}

PyObject* make(PyTypeObject* type, PyObject* body, long status, PyObject* headers,
               PyObject* content_type, Kind kind) {
    if (!check_status(status, kind)) {
        return nullptr;
    }
    if (content_type != nullptr && content_type != Py_None && !PyUnicode_Check(content_type)) {
        PyErr_SetString(PyExc_TypeError, "content_type must be a str");
        return nullptr;
    }
    Ref list;
    if (headers != nullptr && headers != Py_None) {
        list = Ref(header_list(headers));
        if (!list) {
            return nullptr;
        }
    }
    PyObject* self = type->tp_alloc(type, 0);
    if (self == nullptr) {
        return nullptr;
    }
    Response* response = as_response(self);
    response->body = Py_NewRef(body);
    response->headers = list.release();
    response->content_type = content_type == Py_None ? nullptr : Py_XNewRef(content_type);
    response->status = static_cast<std::uint32_t>(status);
    response->kind = kind;
    return self;
}

PyObject* response_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"body", "status", "headers", "content_type", nullptr};
    PyObject* body = Py_None;
    long status = 200;
    PyObject* headers = nullptr;
    PyObject* content_type = nullptr;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|OlOO:Response",
                                     const_cast<char**>(kNames), &body, &status, &headers,
                                     &content_type)) {
        return nullptr;
    }
    return make(type, body, status, headers, content_type, Kind::kAuto);
}

template <Kind kKind>
PyObject* typed_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"body", "status", "headers", nullptr};
    PyObject* body = nullptr;
    long status = 200;
    PyObject* headers = nullptr;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|lO", const_cast<char**>(kNames), &body,
                                     &status, &headers)) {
        return nullptr;
    }
    if (kKind != Kind::kJson && !PyUnicode_Check(body)) {
        PyErr_Format(PyExc_TypeError, "%s needs a str body, not %.200s", type->tp_name,
                     Py_TYPE(body)->tp_name);
        return nullptr;
    }
    return make(type, body, status, headers, nullptr, kKind);
}

PyObject* redirect_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"url", "status", "headers", nullptr};
    PyObject* url = nullptr;
    long status = 303;
    PyObject* headers = nullptr;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "U|lO:Redirect",
                                     const_cast<char**>(kNames), &url, &status, &headers)) {
        return nullptr;
    }
    return make(type, url, status, headers, nullptr, Kind::kRedirect);
}

PyObject* no_content_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"headers", nullptr};
    PyObject* headers = nullptr;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:NoContent",
                                     const_cast<char**>(kNames), &headers)) {
        return nullptr;
    }
    return make(type, Py_None, 204, headers, nullptr, Kind::kAuto);
}

int response_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_response(self)->body);
    Py_VISIT(as_response(self)->headers);
    return 0;
}

int response_clear(PyObject* self) {
    Py_CLEAR(as_response(self)->body);
    Py_CLEAR(as_response(self)->headers);
    Py_CLEAR(as_response(self)->content_type);
    return 0;
}

void response_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    response_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* get_body(PyObject* self, void*) { return Py_NewRef(as_response(self)->body); }
PyObject* get_status(PyObject* self, void*) {
    return PyLong_FromUnsignedLong(as_response(self)->status);
}
PyObject* get_content_type(PyObject* self, void*) {
    PyObject* type = as_response(self)->content_type;
    return Py_NewRef(type != nullptr ? type : Py_None);
}
PyObject* get_headers(PyObject* self, void*) {
    PyObject* headers = as_response(self)->headers;
    return headers != nullptr ? PyList_AsTuple(headers) : PyTuple_New(0);
}

int set_status(PyObject* self, PyObject* value, void*) {
    long status = value == nullptr ? 0 : PyLong_AsLong(value);
    if ((status == -1 && PyErr_Occurred()) || !check_status(status, as_response(self)->kind)) {
        return -1;
    }
    as_response(self)->status = static_cast<std::uint32_t>(status);
    return 0;
}

PyObject* add_header(PyObject* self, PyObject* arguments) {
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    if (!PyArg_ParseTuple(arguments, "UU:add_header", &name, &value)) {
        return nullptr;
    }
    Response* response = as_response(self);
    if (response->headers == nullptr && (response->headers = PyList_New(0)) == nullptr) {
        return nullptr;
    }
    Ref pair(PyTuple_Pack(2, name, value));
    if (!pair || PyList_Append(response->headers, pair.get()) < 0) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* response_repr(PyObject* self) {
    return PyUnicode_FromFormat("<%s %u>", Py_TYPE(self)->tp_name, as_response(self)->status);
}

PyMethodDef response_methods[] = {
    {"add_header", add_header, METH_VARARGS, "Adds a field; a name may occur several times."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef response_getset[] = {
    {"body", get_body, nullptr, "What is sent.", nullptr},
    {"status", get_status, set_status, "200 to 599.", nullptr},
    {"content_type", get_content_type, nullptr, "As given, or None.", nullptr},
    {"headers", get_headers, nullptr, "Fields as pairs (name, value).", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

template <newfunc kNew>
bool add_type(PyObject* module, const char* name, const char* doc, PyTypeObject** out,
              PyObject* base) {
    PyType_Slot slots[] = {
        {Py_tp_new, reinterpret_cast<void*>(kNew)},
        {Py_tp_dealloc, reinterpret_cast<void*>(response_dealloc)},
        {Py_tp_traverse, reinterpret_cast<void*>(response_traverse)},
        {Py_tp_clear, reinterpret_cast<void*>(response_clear)},
        {Py_tp_repr, reinterpret_cast<void*>(response_repr)},
        {Py_tp_methods, response_methods},
        {Py_tp_getset, response_getset},
        {Py_tp_doc, const_cast<char*>(doc)},
        {0, nullptr},
    };
    PyType_Spec spec = {name, static_cast<int>(sizeof(Response)), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, slots};
    return make_type(module, &spec, out, base);
}

}  // namespace

bool make_response_types(PyObject* module) {
    if (!add_type<response_new>(module, "trivet.Response",
                                "A whole answer: body, status, headers, content type.",
                                &g.response_type, nullptr)) {
        return false;
    }
    auto* base = reinterpret_cast<PyObject*>(g.response_type);
    PyTypeObject* type = nullptr;
    return add_type<typed_new<Kind::kText>>(module, "trivet.Text", "text/plain.", &type, base) &&
           add_type<typed_new<Kind::kHtml>>(module, "trivet.HTML", "text/html.", &type, base) &&
           add_type<typed_new<Kind::kJson>>(module, "trivet.JSON",
                                            "application/json of any serialisable object.", &type,
                                            base) &&
           add_type<redirect_new>(module, "trivet.Redirect", "A redirect to a URL.", &type, base) &&
           add_type<no_content_new>(module, "trivet.NoContent", "204.", &type, base);
}

}  // namespace trivet_py
