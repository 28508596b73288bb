// Server-Sent Events: the event object, and the events of one answer.
#include "sse.h"

#include "errors.h"
#include "headers.h"
#include "request.h"
#include "streams.h"

namespace trivet_py {

namespace {

Event* as_event(PyObject* self) { return reinterpret_cast<Event*>(self); }

void event_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Event* event = as_event(self);
    Py_XDECREF(event->data);
    Py_XDECREF(event->id);
    Py_XDECREF(event->event);
    Py_XDECREF(event->comment);
    Py_XDECREF(event->key);
    type->tp_free(self);
    Py_DECREF(type);
}

// Text that may be absent: null for None. False with an exception set.
bool take_text(PyObject* value, const char* name, PyObject** out) {
    if (value == Py_None) {
        return true;
    }
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s is a str or None, not %.200s", name,
                     Py_TYPE(value)->tp_name);
        return false;
    }
    Py_XSETREF(*out, Py_NewRef(value));
    return true;
}

// An id may be a number.
bool take_id(PyObject* value, PyObject** out) {
    if (!PyLong_CheckExact(value)) {
        return take_text(value, "id", out);
    }
    Py_XSETREF(*out, PyObject_Str(value));
    return *out != nullptr;
}

bool take_retry(PyObject* value, std::int32_t* out) {
    if (value == Py_None) {
        return true;
    }
    long milliseconds = PyLong_Check(value) ? PyLong_AsLong(value) : -1;
    if (milliseconds < 0 || milliseconds > INT32_MAX) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "retry is a number of milliseconds, not %R", value);
        return false;
    }
    *out = static_cast<std::int32_t>(milliseconds);
    return true;
}

// Text is sent as it is, everything else as JSON.
bool take_data(PyObject* value, PyObject** out) {
    if (value == Py_None || PyUnicode_Check(value)) {
        *out = value == Py_None ? nullptr : Py_NewRef(value);
        return true;
    }
    Buffer json;
    *out = encode_json(json, value) ? bytes_of(json.view()) : nullptr;
    return *out != nullptr;
}

bool take_argument(Event* event, PyObject* name, PyObject* value) {
    struct Text {
        const char* name;
        PyObject* Event::* place;
    };
    static constexpr Text kTexts[] = {
        {"event", &Event::event}, {"comment", &Event::comment}, {"key", &Event::key}};
    if (PyUnicode_CompareWithASCIIString(name, "id") == 0) {
        return take_id(value, &event->id);
    }
    for (const Text& text : kTexts) {
        if (PyUnicode_CompareWithASCIIString(name, text.name) == 0) {
            return take_text(value, text.name, &(event->*text.place));
        }
    }
    if (PyUnicode_CompareWithASCIIString(name, "retry") == 0) {
        return take_retry(value, &event->retry_ms);
    }
    if (PyUnicode_CompareWithASCIIString(name, "data") == 0) {
        return take_data(value, &event->data);
    }
    PyErr_Format(PyExc_TypeError, "sse() has no argument %R", name);
    return false;
}

// sse(data=None, *, id=None, event=None, retry=None, comment=None, key=None)
PyObject* sse(PyObject*, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
    if (count > 1) {
        PyErr_SetString(PyExc_TypeError, "sse() takes the data and keyword arguments");
        return nullptr;
    }
    Ref self(g.event_type->tp_alloc(g.event_type, 0));
    if (!self) {
        return nullptr;
    }
    Event* event = as_event(self.get());
    event->retry_ms = -1;
    if (count == 1 && !take_data(arguments[0], &event->data)) {
        return nullptr;
    }
    Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* name = PyTuple_GET_ITEM(names, i);
        if (count == 1 && PyUnicode_CompareWithASCIIString(name, "data") == 0) {
            PyErr_SetString(PyExc_TypeError, "sse() got its data twice");
            return nullptr;
        }
        if (!take_argument(event, name, arguments[count + i])) {
            return nullptr;
        }
    }
    return self.release();
}

template <PyObject* Event::* kField>
PyObject* get_text(PyObject* self, void*) {
    PyObject* value = as_event(self)->*kField;
    return Py_NewRef(value != nullptr ? value : Py_None);
}

PyObject* get_data(PyObject* self, void*) {
    PyObject* data = as_event(self)->data;
    if (data != nullptr && PyBytes_CheckExact(data)) {
        return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), nullptr);
    }
    return Py_NewRef(data != nullptr ? data : Py_None);
}

PyObject* get_retry(PyObject* self, void*) {
    std::int32_t milliseconds = as_event(self)->retry_ms;
    return milliseconds >= 0 ? PyLong_FromLong(milliseconds) : Py_NewRef(Py_None);
}

PyObject* event_repr(PyObject* self) {
    Ref type(get_text<&Event::event>(self, nullptr));
    Ref data(get_data(self, nullptr));
    Ref id(get_text<&Event::id>(self, nullptr));
    return type && data && id ? PyUnicode_FromFormat("<ServerSentEvent event=%R id=%R data=%R>",
                                                     type.get(), id.get(), data.get())
                              : nullptr;
}

PyObject* encode_event(PyObject* self, PyObject*) {
    Buffer json;
    trivet_sse_event event;
    if (!read_event(self, json, &event)) {
        return nullptr;
    }
    std::size_t size = 0;
    trivet_error* error = nullptr;
    trivet_status status = trivet_sse_encode(&event, 0, nullptr, &size, &error);
    if (status != TRIVET_E_LIMIT) {
        return raise_error(status, error);
    }
    Ref text(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size)));
    if (!text) {
        return nullptr;
    }
    status = trivet_sse_encode(&event, size, PyBytes_AS_STRING(text.get()), &size, &error);
    return status == TRIVET_OK ? text.release() : raise_error(status, error);
}

PyMethodDef event_methods[] = {
    {"encode", encode_event, METH_NOARGS, "The event as the bytes of a stream."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef event_getset[] = {
    {"data", get_data, nullptr, "Its text, or None.", nullptr},
    {"id", get_text<&Event::id>, nullptr, "What comes back as Last-Event-ID, or None.", nullptr},
    {"event", get_text<&Event::event>, nullptr, "Its type, or None: message.", nullptr},
    {"comment", get_text<&Event::comment>, nullptr, "What clients ignore, or None.", nullptr},
    {"key", get_text<&Event::key>, nullptr, "What it supersedes in a hub, or None.", nullptr},
    {"retry", get_retry, nullptr, "Milliseconds before a client connects again, or None.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot event_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(event_dealloc)},
    {Py_tp_repr, reinterpret_cast<void*>(event_repr)},
    {Py_tp_methods, event_methods},
    {Py_tp_getset, event_getset},
    {Py_tp_doc, const_cast<char*>("One event of a stream; what sse() gives.")},
    {0, nullptr},
};

PyType_Spec event_spec = {"trivet.ServerSentEvent", sizeof(Event), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, event_slots};

// Null stays empty; false with an exception set.
bool read_text(PyObject* text, trivet_str* out) {
    if (text == nullptr) {
        return true;
    }
    if (PyBytes_CheckExact(text)) {
        *out = {PyBytes_AS_STRING(text), static_cast<std::size_t>(PyBytes_GET_SIZE(text))};
        return true;
    }
    return utf8_of(text, out);
}

// sse_begin(request, headers=None, heartbeat_ms=None, retry_ms=None)
PyObject* sse_begin(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* headers = Py_None;
    PyObject* heartbeat_ms = Py_None;
    PyObject* retry_ms = Py_None;
    if (!PyArg_ParseTuple(arguments, "O!|OOO:sse_begin", g.request_type, &request, &headers,
                          &heartbeat_ms, &retry_ms)) {
        return nullptr;
    }
    Ref pairs(headers == Py_None ? PyList_New(0) : header_pairs(headers));
    Ref settings(PyTuple_Pack(2, heartbeat_ms, retry_ms));
    std::vector<trivet_header> fields;
    if (!pairs || !settings || !reply_fields(pairs.get(), fields, true)) {
        return nullptr;
    }
    trivet_status status = begin_events(request->handle, settings.get(), fields);
    if (PyErr_Occurred()) {
        return nullptr;
    }
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

// sse_send(request, item): whether to wait for room.
PyObject* sse_send(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
    if (count != 2 || !is_request(arguments[0])) {
        PyErr_SetString(PyExc_TypeError, "sse_send takes a Request and an event");
        return nullptr;
    }
    Buffer json;
    trivet_sse_event event;
    if (!read_event(arguments[1], json, &event)) {
        return nullptr;
    }
    std::uint32_t wait = 0;
    trivet_error* error = nullptr;
    trivet_status status =
        trivet_sse_send(reinterpret_cast<Request*>(arguments[0])->handle, &event, &wait, &error);
    return status == TRIVET_OK ? PyBool_FromLong(wait != 0) : raise_error(status, error);
}

// A number that may be None; false with an exception set.
template <class Number>
bool read_number(PyObject* value, const char* name, Number* out) {
    if (value == Py_None) {
        return true;
    }
    long number = PyLong_Check(value) ? PyLong_AsLong(value) : -1;
    if (number < 0 || number > INT32_MAX) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "%s is a number of milliseconds, not %R", name, value);
        return false;
    }
    *out = static_cast<Number>(number);
    return true;
}

}  // namespace

bool read_event(PyObject* item, Buffer& json, trivet_sse_event* out) {
    trivet_sse_event_init(out, sizeof *out);
    if (Py_TYPE(item) == g.event_type) [[likely]] {
        Event* event = as_event(item);
        out->retry_ms = event->retry_ms;
        if (!read_text(event->data, &out->data) || !read_text(event->id, &out->id) ||
            !read_text(event->event, &out->event) || !read_text(event->comment, &out->comment) ||
            !read_text(event->key, &out->key)) {
            return false;
        }
        out->flags = (event->id != nullptr && out->id.size == 0 ? TRIVET_SSE_EVENT_ID : 0U) |
                     (event->data != nullptr && out->data.size == 0 ? TRIVET_SSE_EVENT_DATA : 0U);
        return true;
    }
    if (PyUnicode_Check(item)) {
        out->flags = TRIVET_SSE_EVENT_DATA;
        return utf8_of(item, &out->data);
    }
    if (item == Py_None) {
        return true;  // as sse(None): nothing to send, which the engine refuses
    }
    if (!encode_json(json, item)) {
        return false;
    }
    out->data = json.view();
    return true;
}

bool check_head_of_events(Response* response) {
    PyObject* type =
        response->headers != nullptr ? find_header(response->headers, "Content-Type") : nullptr;
    if (type != nullptr && PyUnicode_CompareWithASCIIString(type, "text/event-stream") != 0) {
        PyErr_Format(PyExc_ValueError, "an answer of events is text/event-stream, not %U", type);
        return false;
    }
    if (response->status != 200) {
        PyErr_Format(PyExc_ValueError, "an answer of events has status 200, not %u",
                     response->status);
        return false;
    }
    return true;
}

// TRIVET_E_ARGUMENT with an exception set when a setting is none.
trivet_status begin_events(trivet_request request, PyObject* settings,
                           const std::vector<trivet_header>& fields) {
    trivet_sse_config config;
    trivet_sse_config_init(&config, sizeof config);
    if (!read_number(PyTuple_GET_ITEM(settings, 0), "heartbeat_ms", &config.heartbeat_ms) ||
        !read_number(PyTuple_GET_ITEM(settings, 1), "retry_ms", &config.retry_ms)) {
        return TRIVET_E_ARGUMENT;
    }
    config.headers = fields.data();
    config.header_count = fields.size();
    return trivet_sse_begin(request, &config);
}

bool make_event_type(PyObject* module) { return make_type(module, &event_spec, &g.event_type); }

PyMethodDef sse_functions[] = {
    {"sse", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(sse)),
     METH_FASTCALL | METH_KEYWORDS,
     "sse(data=None, *, id=None, event=None, retry=None, comment=None, key=None)\n\n"
     "An event of a stream. Data that is no text becomes JSON; None is no data."},
    {"sse_begin", sse_begin, METH_VARARGS,
     "sse_begin(request, headers=None, heartbeat_ms=None, retry_ms=None)"},
    {"sse_send", fast_method(sse_send), METH_FASTCALL,
     "sse_send(request, event): whether to wait for room"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
