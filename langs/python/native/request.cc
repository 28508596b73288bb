#include "request.h"

#include <array>

#include "errors.h"
#include "json.h"
#include "route.h"

namespace trivet_py {

namespace {

// Recycled objects: as many as handlers commonly run at the same time.
constexpr std::size_t kFreeMax = 64;
std::array<Request*, kFreeMax> free_list;
std::size_t free_count = 0;

Request* as_request(PyObject* self) { return reinterpret_cast<Request*>(self); }

void request_dealloc(PyObject* self) {
    Request* request = as_request(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(request->params);
    Py_CLEAR(request->state);
    Py_CLEAR(request->route);
    PyTypeObject* type = Py_TYPE(self);
    if (free_count < kFreeMax) {
        free_list[free_count++] = request;
    } else {
        type->tp_free(self);
    }
    Py_DECREF(type);
}

int request_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_request(self)->route);
    Py_VISIT(as_request(self)->params);
    Py_VISIT(as_request(self)->state);
    return 0;
}

int request_clear(PyObject* self) {
    Py_CLEAR(as_request(self)->params);
    Py_CLEAR(as_request(self)->state);
    return 0;
}

// A method token is one of a few; the common ones are made once.
PyObject* method_text(trivet_str method) {
    static PyObject* get = PyUnicode_InternFromString("GET");
    if (to_view(method) == "GET" && get != nullptr) {
        return Py_NewRef(get);
    }
    return text_of(method);
}

template <trivet_str trivet_request_view::* kField>
PyObject* get_text(PyObject* self, void*) {
    const trivet_request_view* view = request_view(as_request(self));
    return view != nullptr ? text_of(view->*kField) : nullptr;
}

PyObject* get_method(PyObject* self, void*) {
    const trivet_request_view* view = request_view(as_request(self));
    return view != nullptr ? method_text(view->method) : nullptr;
}

bool is_streamed(Request* request) { return as_route(request->route)->is_stream; }

// The view of a request whose content is there as a whole; null with an exception set.
const trivet_request_view* whole_view(Request* request) {
    if (is_streamed(request)) {
        raise_status(TRIVET_E_STATE,
                     "the route streams: read the content with read, stream or form");
        return nullptr;
    }
    return request_view(request);
}

PyObject* get_body(PyObject* self, void*) {
    const trivet_request_view* view = whole_view(as_request(self));
    return view != nullptr ? bytes_of(view->body) : nullptr;
}

PyObject* get_id(PyObject* self, void*) {
    const trivet_request_view* view = request_view(as_request(self));
    return view != nullptr ? PyLong_FromUnsignedLongLong(view->id) : nullptr;
}

PyObject* get_version(PyObject* self, void*) {
    const trivet_request_view* view = request_view(as_request(self));
    return view != nullptr ? PyUnicode_FromFormat("%u.%u", view->version / 10, view->version % 10)
                           : nullptr;
}

PyObject* get_is_gone(PyObject* self, void*) {
    const trivet_request_view* view = request_view(as_request(self));
    return view != nullptr ? PyBool_FromLong((view->flags & TRIVET_REQUEST_GONE) != 0) : nullptr;
}

PyObject* get_last_event_id(PyObject* self, void*) {
    trivet_str value{};
    trivet_status status =
        trivet_request_header(as_request(self)->handle, trivet_lit("last-event-id"), &value);
    if (status == TRIVET_E_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return status == TRIVET_OK ? text_of(value) : raise_status(status);
}

// An attribute that middleware has found out; None when none has.
PyObject* attribute_of(PyObject* self, trivet_str name) {
    trivet_str value{};
    trivet_status status = trivet_request_attribute(as_request(self)->handle, name, &value);
    if (status == TRIVET_E_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return status == TRIVET_OK ? text_of(value) : raise_status(status);
}

PyObject* get_request_id(PyObject* self, void*) {
    return attribute_of(self, trivet_lit("request_id"));
}

PyObject* get_nonce(PyObject* self, void*) { return attribute_of(self, trivet_lit("nonce")); }

const trivet_client* client_of(PyObject* self) {
    const trivet_client* client = nullptr;
    trivet_status status = trivet_request_client(as_request(self)->handle, &client);
    if (status != TRIVET_OK) {
        raise_status(status);
        return nullptr;
    }
    return client;
}

template <trivet_str trivet_client::* Member>
PyObject* get_of_client(PyObject* self, void*) {
    const trivet_client* client = client_of(self);
    return client == nullptr ? nullptr : text_of(client->*Member);
}

PyObject* get_client(PyObject* self, void*) {
    const trivet_client* client = client_of(self);
    if (client == nullptr) {
        return nullptr;
    }
    Ref address(text_of(client->address));
    Ref scheme(text_of(client->scheme));
    Ref host(text_of(client->host));
    Ref version(text_of(client->tls_version));
    Ref cipher(text_of(client->tls_cipher));
    Ref name(text_of(client->tls_server_name));
    Ref subject(text_of(client->certificate_subject));
    Ref fingerprint(text_of(client->certificate_fingerprint));
    Ref der(PyBytes_FromStringAndSize(client->certificate.data,
                                      static_cast<Py_ssize_t>(client->certificate.size)));
    if (!address || !scheme || !host || !version || !cipher || !name || !subject || !fingerprint ||
        !der) {
        return nullptr;
    }
    return PyObject_CallFunction(g.make_client, "IOIIOO(OOO)(OOO)", client->flags, address.get(),
                                 client->port, client->hops, scheme.get(), host.get(),
                                 version.get(), cipher.get(), name.get(), subject.get(),
                                 fingerprint.get(), der.get());
}

PyObject* get_principal(PyObject* self, void*) {
    Ref scheme(attribute_of(self, trivet_lit("scheme")));
    if (!scheme || scheme.get() == Py_None) {
        return scheme.release();
    }
    Ref subject(attribute_of(self, trivet_lit("subject")));
    Ref scope(attribute_of(self, trivet_lit("scope")));
    Ref claims(attribute_of(self, trivet_lit("claims")));
    return subject && scope && claims
               ? PyObject_CallFunctionObjArgs(g.make_principal, scheme.get(), subject.get(),
                                              scope.get(), claims.get(), nullptr)
               : nullptr;
}

PyObject* request_attribute(PyObject* self, PyObject* name) {
    trivet_str text{};
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "the name of an attribute is text");
        return nullptr;
    }
    return utf8_of(name, &text) ? attribute_of(self, text) : nullptr;
}

PyObject* get_params(PyObject* self, void*) {
    Request* request = as_request(self);
    const trivet_request_view* view = request_view(request);
    if (view == nullptr) {
        return nullptr;
    }
    if (request->params == nullptr) {
        Ref params(PyDict_New());
        Route* route = as_route(request->route);
        for (std::size_t i = 0; params && i < view->param_count; ++i) {
            Ref name(text_of(view->params[i].name));
            Ref value(convert(route_param_conversion(route, i), view->params[i].value));
            if (!name || !value || PyDict_SetItem(params.get(), name.get(), value.get()) < 0) {
                return nullptr;
            }
        }
        request->params = params.release();
    }
    return Py_XNewRef(request->params);
}

PyObject* get_state(PyObject* self, void*) {
    Request* request = as_request(self);
    if (request->state == nullptr) {
        request->state = PyObject_CallNoArgs(g.make_state);
    }
    return Py_XNewRef(request->state);
}

PyObject* get_route(PyObject* self, void*) {
    PyObject* info = as_route(as_request(self)->route)->info;
    return Py_NewRef(info != nullptr ? info : Py_None);
}

template <FieldKind kKind>
PyObject* get_fields(PyObject* self, void*) {
    return fields_new(as_request(self), kKind);
}

PyObject* request_text(PyObject* self, PyObject*) {
    const trivet_request_view* view = whole_view(as_request(self));
    if (view == nullptr) {
        return nullptr;
    }
    PyObject* text =
        PyUnicode_DecodeUTF8(view->body.data, static_cast<Py_ssize_t>(view->body.size), "strict");
    if (text == nullptr && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        return raise_http_error(400, "the content is not UTF-8");
    }
    return text;
}

PyObject* request_json(PyObject* self, PyObject*) {
    const trivet_request_view* view = whole_view(as_request(self));
    Ref body(view != nullptr ? bytes_of(view->body) : nullptr);
    if (!body) {
        return nullptr;
    }
    Ref value(decode_json(body.get()));
    if (value || PyErr_Occurred()) {
        return value.release();
    }
    return PyObject_CallOneArg(g.load_json, body.get());
}

// stream(progress=None)
PyObject* request_stream(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"progress", nullptr};
    PyObject* progress = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:stream", const_cast<char**>(kNames),
                                     &progress)) {
        return nullptr;
    }
    PyObject* is_stream = is_streamed(as_request(self)) ? Py_True : Py_False;
    return PyObject_CallFunctionObjArgs(g.read_content, self, is_stream, progress, nullptr);
}

// read(progress=None)
PyObject* request_read_whole(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"progress", nullptr};
    PyObject* progress = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:read", const_cast<char**>(kNames),
                                     &progress)) {
        return nullptr;
    }
    PyObject* is_stream = is_streamed(as_request(self)) ? Py_True : Py_False;
    return PyObject_CallFunctionObjArgs(g.read_whole, self, is_stream, progress, nullptr);
}

// form(**limits)
PyObject* request_form(PyObject* self, PyObject* arguments, PyObject* keywords) {
    if (PyTuple_GET_SIZE(arguments) != 0) {
        PyErr_SetString(PyExc_TypeError, "form() takes its limits by name");
        return nullptr;
    }
    Ref own(PyTuple_Pack(1, self));
    return own ? PyObject_Call(g.read_form, own.get(), keywords) : nullptr;
}

// url_for(name, params=None, query=None, **values)
PyObject* request_url_for(PyObject* self, PyObject* arguments, PyObject* keywords) {
    PyObject* app = as_route(as_request(self)->route)->app;
    if (app == nullptr) {
        return raise_status(TRIVET_E_STATE, "the app is being freed");
    }
    Ref all(PyTuple_New(PyTuple_GET_SIZE(arguments) + 1));
    if (!all) {
        return nullptr;
    }
    PyTuple_SET_ITEM(all.get(), 0, Py_NewRef(app));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); ++i) {
        PyTuple_SET_ITEM(all.get(), i + 1, Py_NewRef(PyTuple_GET_ITEM(arguments, i)));
    }
    return PyObject_Call(g.url_for, all.get(), keywords);
}

PyObject* request_repr(PyObject* self) {
    const trivet_request_view* view = nullptr;
    if (trivet_request_get(as_request(self)->handle, &view) != TRIVET_OK) {
        return PyUnicode_FromString("<Request, answered>");
    }
    Ref method(text_of(view->method));
    Ref target(text_of(view->target));
    return method && target ? PyUnicode_FromFormat("<Request %U %U>", method.get(), target.get())
                            : nullptr;
}

PyMethodDef request_methods[] = {
    {"attribute", request_attribute, METH_O,
     "attribute(name): what middleware of the engine has found out; None when none has."},
    {"text", request_text, METH_NOARGS, "The content as UTF-8; anything else is a 400."},
    {"json", request_json, METH_NOARGS, "The content as JSON; malformed JSON is a 400."},
    {"stream", keyword_method(request_stream), METH_VARARGS | METH_KEYWORDS,
     "stream(progress=None): an async iterator over the content as it arrives. It tells\n"
     "`progress` after each chunk how many bytes have come, and of how many: a form is not told."},
    {"read", keyword_method(request_read_whole), METH_VARARGS | METH_KEYWORDS,
     "read(progress=None): awaits the whole content, and tells `progress` as `stream` does."},
    {"form", keyword_method(request_form), METH_VARARGS | METH_KEYWORDS,
     "form(**limits): the content as a form; await it where the route streams."},
    {"url_for", keyword_method(request_url_for), METH_VARARGS | METH_KEYWORDS,
     "url_for(name, params=None, query=None, **values): the path of a named route."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef request_getset[] = {
    {"client", get_client, nullptr,
     "Who has sent it: address, port, scheme, host, and the TLS session of the connection.",
     nullptr},
    {"scheme", get_of_client<&trivet_client::scheme>, nullptr,
     "http or https, as the client speaks it.", nullptr},
    {"host", get_of_client<&trivet_client::host>, nullptr, "Host and port as the client asked for.",
     nullptr},
    {"id", get_id, nullptr, "Number of the request, the one in log lines.", nullptr},
    {"method", get_method, nullptr, "Method token as received.", nullptr},
    {"target", get_text<&trivet_request_view::target>, nullptr, "Target as received.", nullptr},
    {"path", get_text<&trivet_request_view::path>, nullptr, "Path, percent-decoded.", nullptr},
    {"query_string", get_text<&trivet_request_view::query>, nullptr,
     "Query as received, without the question mark.", nullptr},
    {"params", get_params, nullptr, "Path parameters.", nullptr},
    {"route", get_route, nullptr, "The route that matched; None when there is none.", nullptr},
    {"state", get_state, nullptr, "A namespace for what hooks and the handler share.", nullptr},
    {"query", get_fields<FieldKind::kQuery>, nullptr, "Query parameters, decoded.", nullptr},
    {"headers", get_fields<FieldKind::kHeaders>, nullptr, "Header fields.", nullptr},
    {"cookies", get_fields<FieldKind::kCookies>, nullptr, "Cookies.", nullptr},
    {"trailers", get_fields<FieldKind::kTrailers>, nullptr,
     "Trailer fields; there once the content has been read to its end.", nullptr},
    {"last_event_id", get_last_event_id, nullptr,
     "Id of the last event that the client has seen, when it says one.", nullptr},
    {"body", get_body, nullptr, "The content.", nullptr},
    {"version", get_version, nullptr, "\"1.0\" or \"1.1\".", nullptr},
    {"is_gone", get_is_gone, nullptr, "The client has closed its side.", nullptr},
    {"request_id", get_request_id, nullptr, "Id that middleware has given; else None.", nullptr},
    {"nonce", get_nonce, nullptr,
     "The nonce of the answer's Content-Security-Policy; None when it has none.", nullptr},
    {"principal", get_principal, nullptr,
     "Who asks, as middleware has proven; None when nobody has.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot request_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(request_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(request_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(request_clear)},
    {Py_tp_repr, reinterpret_cast<void*>(request_repr)},
    {Py_tp_methods, request_methods},
    {Py_tp_getset, request_getset},
    {Py_tp_doc, const_cast<char*>("A request. Valid until it is answered; then StaleHandleError.")},
    {0, nullptr},
};

PyType_Spec request_spec = {
    "trivet.Request", sizeof(Request), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, request_slots};

}  // namespace

const trivet_request_view* request_view(Request* request) {
    const trivet_request_view* view = nullptr;
    trivet_status status = trivet_request_get(request->handle, &view);
    if (status != TRIVET_OK) {
        raise_status(status);
        return nullptr;
    }
    return view;
}

Request* request_new(trivet_request handle, PyObject* route) {
    Request* request = nullptr;
    if (free_count > 0) {
        request = free_list[--free_count];
        PyObject_Init(reinterpret_cast<PyObject*>(request), g.request_type);
    } else {
        request = PyObject_GC_New(Request, g.request_type);
        if (request == nullptr) {
            return nullptr;
        }
    }
    request->handle = handle;
    request->route = Py_NewRef(route);
    request->params = nullptr;
    request->state = nullptr;
    request->is_answered = false;
    PyObject_GC_Track(reinterpret_cast<PyObject*>(request));
    return request;
}

bool make_request_types(PyObject* module) {
    return make_type(module, &request_spec, &g.request_type) && make_fields_type(module);
}

}  // namespace trivet_py
