// StreamResponse: an answer whose content is made while it is sent.
#include "streams.h"

#include <structmember.h>

#include "errors.h"
#include "headers.h"

namespace trivet_py {

namespace {

// None or a length that a Content-Length can tell; false with an exception set.
bool check_length(PyObject* length) {
    if (length == Py_None) {
        return true;
    }
    if (!PyLong_Check(length)) {
        PyErr_Format(PyExc_TypeError, "length is an int or None, not %.200s",
                     Py_TYPE(length)->tp_name);
        return false;
    }
    unsigned long long bytes = PyLong_AsUnsignedLongLong(length);
    if (PyErr_Occurred() || bytes > INT64_MAX) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "length must be a number of bytes, not %R", length);
        return false;
    }
    return true;
}

bool check_trailers(PyObject* trailers) {
    if (trailers == Py_None || PyCallable_Check(trailers)) {
        return true;
    }
    Ref pairs(header_pairs(trailers));
    return static_cast<bool>(pairs);
}

Ref new_stream(PyTypeObject* type, PyObject* content, PyObject* length, PyObject* trailers) {
    Ref self(type->tp_alloc(type, 0));
    if (self) {
        StreamResponse* stream = as_stream(self.get());
        stream->response.body = Py_NewRef(content);
        stream->response.kind = Kind::kStream;
        stream->length = Py_NewRef(length);
        stream->trailers = Py_NewRef(trailers);
        stream->events = Py_NewRef(Py_None);
    }
    return self;
}

bool set_text_attribute(PyObject* self, const char* name, PyObject* value) {
    return value == Py_None || PyObject_SetAttrString(self, name, value) == 0;
}

PyObject* stream_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"content", "status",   "headers", "media_type",
                                         "length",  "trailers", nullptr};
    PyObject* content = nullptr;
    PyObject* status = Py_None;
    PyObject* headers = Py_None;
    PyObject* media_type = Py_None;
    PyObject* length = Py_None;
    PyObject* trailers = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|OOOOO:StreamResponse",
                                     const_cast<char**>(kNames), &content, &status, &headers,
                                     &media_type, &length, &trailers) ||
        !check_length(length) || !check_trailers(trailers)) {
        return nullptr;
    }
    if (!is_pieces(content)) {
        PyErr_Format(PyExc_TypeError,
                     "StreamResponse takes an iterable or async iterable of pieces, not %.200s",
                     Py_TYPE(content)->tp_name);
        return nullptr;
    }
    Ref self = new_stream(type, content, length, trailers);
    bool is_fine = self && set_text_attribute(self.get(), "status", status) &&
                   set_text_attribute(self.get(), "headers", headers) &&
                   set_text_attribute(self.get(), "content_type", media_type);
    return is_fine ? self.release() : nullptr;
}

int stream_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_response(self)->body);
    Py_VISIT(as_response(self)->headers);
    Py_VISIT(as_stream(self)->trailers);
    Py_VISIT(as_stream(self)->events);
    return 0;
}

int stream_clear(PyObject* self) {
    Py_CLEAR(as_response(self)->body);
    Py_CLEAR(as_response(self)->headers);
    Py_CLEAR(as_response(self)->rendered);
    Py_CLEAR(as_stream(self)->length);
    Py_CLEAR(as_stream(self)->trailers);
    Py_CLEAR(as_stream(self)->events);
    return 0;
}

void stream_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    stream_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

// EventStream says otherwise.
PyObject* get_false(PyObject*, void*) { return Py_NewRef(Py_False); }

PyObject* get_events(PyObject* self, void*) { return Py_NewRef(as_stream(self)->events); }

int set_events(PyObject* self, PyObject* value, void*) {
    if (value == nullptr || !PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2) {
        PyErr_SetString(PyExc_TypeError, "expects a tuple of heartbeat_ms and retry_ms");
        return -1;
    }
    Py_SETREF(as_stream(self)->events, Py_NewRef(value));
    return 0;
}

PyGetSetDef stream_getset[] = {
    {"_begins_at_once", get_false, nullptr, "Its head does not wait for a piece.", nullptr},
    {"_events", get_events, set_events, "Of an answer of events: (heartbeat_ms, retry_ms).",
     nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMemberDef stream_members[] = {
    {"length", T_OBJECT, offsetof(StreamResponse, length), READONLY,
     "Bytes that are promised, or None."},
    {"trailers", T_OBJECT, offsetof(StreamResponse, trailers), READONLY, "As given."},
    {"_has_status", T_BOOL, offsetof(StreamResponse, has_status), READONLY,
     "Its status is not that of the route."},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot stream_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(stream_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(stream_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(stream_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(stream_clear)},
    {Py_tp_members, stream_members},
    {Py_tp_getset, stream_getset},
    {Py_tp_doc, const_cast<char*>("An answer in pieces: an iterable or async iterable.")},
    {0, nullptr},
};

PyType_Spec stream_spec = {"trivet.StreamResponse", sizeof(StreamResponse), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
                           stream_slots};

}  // namespace

bool is_pieces(PyObject* object) {
    if (PyUnicode_Check(object) || PyObject_CheckBuffer(object) || PyDict_Check(object)) {
        return false;
    }
    PyTypeObject* type = Py_TYPE(object);
    return type->tp_iter != nullptr ||
           (type->tp_as_async != nullptr && type->tp_as_async->am_aiter != nullptr);
}

bool is_streamed(PyObject* result) {
    return PyGen_CheckExact(result) || PyAsyncGen_CheckExact(result) ||
           (PyObject_TypeCheck(result, g.stream_type) &&
            as_response(result)->kind == Kind::kStream);
}

bool is_iterator(PyObject* object) {
    PyAsyncMethods* methods = Py_TYPE(object)->tp_as_async;
    return PyIter_Check(object) != 0 || (methods != nullptr && methods->am_anext != nullptr);
}

Ref stream_of(Ref result, std::uint32_t status) {
    if (PyObject_TypeCheck(result.get(), g.response_type)) {
        return response_of(std::move(result), status);
    }
    Ref stream = new_stream(g.stream_type, result.get(), Py_None, Py_None);
    if (stream) {
        as_response(stream.get())->status = status != 0 ? status : 200;
    }
    return stream;
}

bool make_stream_type(PyObject* module, PyObject* base) {
    return make_type(module, &stream_spec, &g.stream_type, base);
}

}  // namespace trivet_py
