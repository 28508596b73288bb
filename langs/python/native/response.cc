#include "response.h"

#include "errors.h"
#include "files.h"
#include "headers.h"
#include "sse.h"
#include "streams.h"

namespace trivet_py {

namespace {

// A status that was not given.
constexpr long kNoStatus = 0;

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

// The list of fields, made when it is first needed; null with an exception set.
PyObject* fields_of(Response* response) {
    if (response->headers == nullptr) {
        response->headers = PyList_New(0);
    }
    return response->headers;
}

bool set_field(Response* response, const char* name, PyObject* value) {
    Ref key(PyUnicode_FromString(name));
    return key && fields_of(response) != nullptr && set_header(response->headers, key.get(), value);
}

// A status that may be None; false with an exception set.
bool status_of(PyObject* given, Kind kind, long* out) {
    if (given == Py_None) {
        return true;
    }
    *out = PyLong_AsLong(given);
    return (*out != -1 || !PyErr_Occurred()) && check_status(*out, kind);
}

PyObject* make(PyTypeObject* type, PyObject* body, long status, PyObject* headers,
               PyObject* content_type, Kind kind) {
    if (status != kNoStatus && !check_status(status, kind)) {
        return nullptr;
    }
    if (content_type != nullptr && content_type != Py_None && !PyUnicode_Check(content_type)) {
        PyErr_SetString(PyExc_TypeError, "content_type must be a str");
        return nullptr;
    }
    Ref list;
    if (headers != nullptr && headers != Py_None) {
        list = Ref(header_pairs(headers));
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
    response->status = static_cast<std::uint32_t>(status);
    response->kind = kind;
    if (content_type != nullptr && content_type != Py_None &&
        !set_field(response, "Content-Type", content_type)) {
        Py_DECREF(self);
        return nullptr;
    }
    return self;
}

PyObject* response_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"body", "status", "headers", "content_type", nullptr};
    PyObject* body = Py_None;
    PyObject* status_given = Py_None;
    long status = kNoStatus;
    PyObject* headers = nullptr;
    PyObject* content_type = nullptr;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|OOOO:Response",
                                     const_cast<char**>(kNames), &body, &status_given, &headers,
                                     &content_type) ||
        !status_of(status_given, Kind::kAuto, &status)) {
        return nullptr;
    }
    return make(type, body, status, headers, content_type, Kind::kAuto);
}

template <Kind kKind>
PyObject* typed_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"body", "status", "headers", nullptr};
    PyObject* body = nullptr;
    PyObject* status_given = Py_None;
    long status = kNoStatus;
    PyObject* headers = nullptr;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|OO", const_cast<char**>(kNames), &body,
                                     &status_given, &headers) ||
        !status_of(status_given, kKind, &status)) {
        return nullptr;
    }
    bool is_fine = kKind == Kind::kJson || PyUnicode_Check(body) ||
                   (kKind == Kind::kXml && PyBytes_Check(body));
    if (!is_fine) {
        PyErr_Format(PyExc_TypeError, "%s needs a %s body, not %.200s", type->tp_name,
                     kKind == Kind::kXml ? "str or bytes" : "str", Py_TYPE(body)->tp_name);
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
    Ref self(check_status(status, Kind::kRedirect)
                 ? make(type, Py_None, status, headers, nullptr, Kind::kRedirect)
                 : nullptr);
    Ref location(Py_BuildValue("(sO)", "Location", url));
    if (!self || !location) {
        return nullptr;
    }
    PyObject* fields = fields_of(as_response(self.get()));
    return fields != nullptr && PyList_Insert(fields, 0, location.get()) == 0 ? self.release()
                                                                              : nullptr;
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
    Py_CLEAR(as_response(self)->rendered);
    return 0;
}

void response_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    response_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

// Who sees a dict or a list may change it, so its JSON is written anew.
PyObject* get_body(PyObject* self, void*) {
    Response* response = as_response(self);
    if (response->kind == Kind::kProblem && !write_problem(response)) {
        return nullptr;
    }
    Py_CLEAR(response->rendered);
    return Py_NewRef(response->body);
}

// Text stays HTML or XML, and what was JSON stays JSON; everything else is as its type says.
int set_body(PyObject* self, PyObject* value, void*) {
    Response* response = as_response(self);
    if (value == nullptr) {
        value = Py_None;
    }
    bool is_markup = response->kind == Kind::kText || response->kind == Kind::kHtml ||
                     response->kind == Kind::kXml;
    if (response->kind == Kind::kProblem && !write_problem(response)) {
        return -1;
    }
    bool is_bytes_of_xml = response->kind == Kind::kXml && PyBytes_Check(value);
    if ((response->kind == Kind::kStream && !is_pieces(value)) || response->kind == Kind::kHub ||
        response->kind == Kind::kFile) {
        response->kind = Kind::kAuto;
    }
    if (is_markup && !PyUnicode_Check(value) && !is_bytes_of_xml) {
        response->kind = Kind::kAuto;
    }
    Py_CLEAR(response->rendered);
    Py_XSETREF(response->body, Py_NewRef(value));
    return 0;
}

PyObject* get_status(PyObject* self, void*) {
    std::uint32_t status = as_response(self)->status;
    return PyLong_FromUnsignedLong(status == kNoStatus ? 200 : status);
}

int set_status(PyObject* self, PyObject* value, void*) {
    Response* response = as_response(self);
    long status = value == nullptr ? 0 : PyLong_AsLong(value);
    if ((status == -1 && PyErr_Occurred()) || !check_status(status, response->kind)) {
        return -1;
    }
    // Problem details tell the status that the error had.
    bool is_other = static_cast<std::uint32_t>(status) != response->status;
    if (response->kind == Kind::kProblem && is_other && !write_problem(response)) {
        return -1;
    }
    response->status = static_cast<std::uint32_t>(status);
    return 0;
}

PyObject* get_content_type(PyObject* self, void*) {
    Response* response = as_response(self);
    PyObject* field =
        response->headers == nullptr ? nullptr : find_header(response->headers, "Content-Type");
    if (field != nullptr) {
        return Py_NewRef(field);
    }
    const char* type = content_type_of(response);
    return type != nullptr ? PyUnicode_FromString(type) : Py_NewRef(Py_None);
}

int set_content_type(PyObject* self, PyObject* value, void*) {
    if (value != nullptr && value != Py_None) {
        if (!PyUnicode_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "content_type must be a str");
            return -1;
        }
        return set_field(as_response(self), "Content-Type", value) ? 0 : -1;
    }
    PyObject* headers = as_response(self)->headers;
    return headers == nullptr || remove_header(headers, "Content-Type") ? 0 : -1;
}

PyObject* get_headers(PyObject* self, void*) {
    PyObject* fields = fields_of(as_response(self));
    return fields != nullptr ? headers_new(fields) : nullptr;
}

int set_headers(PyObject* self, PyObject* value, void*) {
    PyObject* pairs = value == nullptr || value == Py_None ? PyList_New(0) : header_pairs(value);
    if (pairs == nullptr) {
        return -1;
    }
    Py_XSETREF(as_response(self)->headers, pairs);
    return 0;
}

PyObject* get_content(PyObject* self, void*) { return response_content(as_response(self)); }

PyObject* add_header(PyObject* self, PyObject* arguments) {
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    if (!PyArg_ParseTuple(arguments, "UU:add_header", &name, &value)) {
        return nullptr;
    }
    PyObject* fields = fields_of(as_response(self));
    Ref pair(PyTuple_Pack(2, name, value));
    if (fields == nullptr || !pair || PyList_Append(fields, pair.get()) < 0) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

// set_cookie(name, value="", **attributes), delete_cookie(name, **attributes)
template <PyObject* Globals::* kMake>
PyObject* add_cookie(PyObject* self, PyObject* arguments, PyObject* keywords) {
    Ref value(PyObject_Call(g.*kMake, arguments, keywords));
    Ref pair(value ? Py_BuildValue("(sO)", "Set-Cookie", value.get()) : nullptr);
    PyObject* fields = pair ? fields_of(as_response(self)) : nullptr;
    if (fields == nullptr || PyList_Append(fields, pair.get()) < 0) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* response_repr(PyObject* self) {
    std::uint32_t status = as_response(self)->status;
    return PyUnicode_FromFormat("<%s %u>", Py_TYPE(self)->tp_name,
                                status == kNoStatus ? 200 : status);
}

PyMethodDef response_methods[] = {
    {"add_header", add_header, METH_VARARGS, "Adds a field; a name may occur several times."},
    {"set_cookie", keyword_method(add_cookie<&Globals::set_cookie>), METH_VARARGS | METH_KEYWORDS,
     "set_cookie(name, value='', *, max_age=None, expires=None, domain=None, path='/',\n"
     "           secure=True, http_only=True, same_site='lax', partitioned=False)\n\n"
     "Sets a cookie, safe unless it is told otherwise. What no browser could take is an "
     "ArgumentError."},
    {"delete_cookie", keyword_method(add_cookie<&Globals::delete_cookie>),
     METH_VARARGS | METH_KEYWORDS,
     "delete_cookie(name, *, domain=None, path='/', secure=True, http_only=True,\n"
     "              same_site='lax', partitioned=False)\n\n"
     "Removes a cookie that was set with the same attributes."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef response_getset[] = {
    {"body", get_body, set_body, "What is sent.", nullptr},
    {"content", get_content, nullptr, "The body as the bytes that are sent.", nullptr},
    {"status", get_status, set_status, "200 to 599.", nullptr},
    {"content_type", get_content_type, set_content_type,
     "The media type, by the body unless it was given; None when there is none.", nullptr},
    {"headers", get_headers, set_headers, "The fields, a mapping that may be changed.", nullptr},
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
    if (!make_headers_type(module)) {
        return false;
    }
    if (!add_type<response_new>(module, "trivet.Response",
                                "A whole answer: body, status, headers, content type.",
                                &g.response_type, nullptr)) {
        return false;
    }
    auto* base = reinterpret_cast<PyObject*>(g.response_type);
    PyTypeObject* type = nullptr;
    return add_type<typed_new<Kind::kText>>(module, "trivet.Text", "text/plain.", &type, base) &&
           add_type<typed_new<Kind::kHtml>>(module, "trivet.HTML", "text/html.", &type, base) &&
           add_type<typed_new<Kind::kXml>>(module, "trivet.XML", "application/xml.", &type, base) &&
           add_type<typed_new<Kind::kJson>>(module, "trivet.JSON",
                                            "application/json of any serialisable object.", &type,
                                            base) &&
           make_stream_type(module, base) && make_hub_stream_type(module, base) &&
           make_file_type(module, base) &&
           add_type<redirect_new>(module, "trivet.Redirect", "A redirect to a URL.", &type, base) &&
           add_type<no_content_new>(module, "trivet.NoContent", "204.", &type, base);
}

}  // namespace trivet_py
