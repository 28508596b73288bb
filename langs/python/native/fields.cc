// Header fields, query parameters and cookies as one mapping type.
#include <strings.h>

#include "errors.h"
#include "request.h"

namespace trivet_py {

namespace {

Fields* as_fields(PyObject* self) { return reinterpret_cast<Fields*>(self); }

static_assert(sizeof(trivet_header) == sizeof(trivet_param) &&
              offsetof(trivet_header, value) == offsetof(trivet_param, value));

struct Items {
    const trivet_param* data = nullptr;
    std::size_t count = 0;
};

// All names and values in order; false with an exception set.
bool items_of(Fields* fields, Items* out) {
    trivet_request handle = fields->request->handle;
    trivet_status status = TRIVET_OK;
    if (fields->kind == FieldKind::kHeaders) {
        const trivet_request_view* view = request_view(fields->request);
        if (view == nullptr) {
            return false;
        }
        // A header and a parameter are the same two strings.
        *out = {reinterpret_cast<const trivet_param*>(view->headers), view->header_count};
    } else if (fields->kind == FieldKind::kTrailers) {
        const trivet_header* trailers = nullptr;
        status = trivet_request_trailers(handle, &trailers, &out->count);
        out->data = reinterpret_cast<const trivet_param*>(trailers);
    } else if (fields->kind == FieldKind::kQuery) {
        status = trivet_request_query_items(handle, &out->data, &out->count);
    } else {
        status = trivet_request_cookie_items(handle, &out->data, &out->count);
    }
    if (status != TRIVET_OK) {
        raise_status(status);
        return false;
    }
    return true;
}

bool ignores_case(FieldKind kind) {
    return kind == FieldKind::kHeaders || kind == FieldKind::kTrailers;
}

bool same_name(FieldKind kind, trivet_str a, trivet_str b) {
    if (a.size != b.size) {
        return false;
    }
    return ignores_case(kind) ? a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0
                              : to_view(a) == to_view(b);
}

// Trailers are few and rarely asked for.
trivet_status find_trailer(Fields* fields, trivet_str name, trivet_str* out) {
    const trivet_header* trailers = nullptr;
    std::size_t count = 0;
    trivet_status status = trivet_request_trailers(fields->request->handle, &trailers, &count);
    for (std::size_t i = 0; status == TRIVET_OK && i < count; ++i) {
        if (same_name(fields->kind, trailers[i].name, name)) {
            *out = trailers[i].value;
            return TRIVET_OK;
        }
    }
    return status == TRIVET_OK ? TRIVET_E_NOT_FOUND : status;
}

// The first value of a name. Null without an exception when there is none.
PyObject* find(Fields* fields, PyObject* name) {
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "names are str, not %.200s", Py_TYPE(name)->tp_name);
        return nullptr;
    }
    trivet_str key{};
    if (!utf8_of(name, &key)) {
        return nullptr;
    }
    trivet_str value{};
    trivet_request handle = fields->request->handle;
    trivet_status status = TRIVET_OK;
    switch (fields->kind) {
        case FieldKind::kHeaders:
            status = trivet_request_header(handle, key, &value);
            break;
        case FieldKind::kQuery:
            status = trivet_request_query(handle, key, &value);
            break;
        case FieldKind::kCookies:
            status = trivet_request_cookie(handle, key, &value);
            break;
        case FieldKind::kTrailers:
            status = find_trailer(fields, key, &value);
            break;
    }
    if (status == TRIVET_OK) {
        return text_of(value);
    }
    return status == TRIVET_E_NOT_FOUND ? nullptr : raise_status(status);
}

// dict of each name's first value; header names keep the case in which they came first.
PyObject* first_values(Fields* fields) {
    Items items;
    if (!items_of(fields, &items)) {
        return nullptr;
    }
    Ref values(PyDict_New());
    for (std::size_t i = 0; values && i < items.count; ++i) {
        // Only header names compare without case, and header_count_max bounds them.
        bool is_repeated = false;
        for (std::size_t j = 0; ignores_case(fields->kind) && j < i && !is_repeated; ++j) {
            is_repeated = same_name(fields->kind, items.data[i].name, items.data[j].name);
        }
        if (is_repeated) {
            continue;
        }
        Ref name(text_of(items.data[i].name));
        Ref value(name ? text_of(items.data[i].value) : nullptr);
        if (!value || PyDict_SetDefault(values.get(), name.get(), value.get()) == nullptr) {
            return nullptr;
        }
    }
    return values.release();
}

PyObject* subscript(PyObject* self, PyObject* name) {
    PyObject* value = find(as_fields(self), name);
    if (value == nullptr && !PyErr_Occurred()) {
        PyErr_SetObject(PyExc_KeyError, name);
    }
    return value;
}

Py_ssize_t length(PyObject* self) {
    Ref values(first_values(as_fields(self)));
    return values ? PyDict_GET_SIZE(values.get()) : -1;
}

int contains(PyObject* self, PyObject* name) {
    Ref value(find(as_fields(self), name));
    return value ? 1 : PyErr_Occurred() ? -1 : 0;
}

PyObject* iterate(PyObject* self) {
    Ref values(first_values(as_fields(self)));
    return values ? PyObject_GetIter(values.get()) : nullptr;
}

PyObject* fields_get(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (count < 1 || count > 2) {
        PyErr_SetString(PyExc_TypeError, "get takes a name and an optional default");
        return nullptr;
    }
    PyObject* value = find(as_fields(self), arguments[0]);
    if (value != nullptr || PyErr_Occurred()) {
        return value;
    }
    return Py_NewRef(count == 2 ? arguments[1] : Py_None);
}

PyObject* get_list(PyObject* self, PyObject* name) {
    Items items;
    trivet_str key{};
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "names are str");
        return nullptr;
    }
    if (!utf8_of(name, &key) || !items_of(as_fields(self), &items)) {
        return nullptr;
    }
    Ref list(PyList_New(0));
    for (std::size_t i = 0; list && i < items.count; ++i) {
        if (same_name(as_fields(self)->kind, items.data[i].name, key)) {
            Ref value(text_of(items.data[i].value));
            if (!value || PyList_Append(list.get(), value.get()) < 0) {
                return nullptr;
            }
        }
    }
    return list.release();
}

PyObject* items_list(PyObject* self, PyObject*) {
    Items items;
    if (!items_of(as_fields(self), &items)) {
        return nullptr;
    }
    Ref list(PyList_New(static_cast<Py_ssize_t>(items.count)));
    for (std::size_t i = 0; list && i < items.count; ++i) {
        Ref name(text_of(items.data[i].name));
        Ref value(name ? text_of(items.data[i].value) : nullptr);
        PyObject* pair = value ? PyTuple_Pack(2, name.get(), value.get()) : nullptr;
        if (pair == nullptr) {
            return nullptr;
        }
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), pair);
    }
    return list.release();
}

PyObject* keys(PyObject* self, PyObject*) {
    Ref values(first_values(as_fields(self)));
    return values ? PyObject_CallMethod(values.get(), "keys", nullptr) : nullptr;
}

PyObject* values(PyObject* self, PyObject*) {
    Ref values(first_values(as_fields(self)));
    return values ? PyObject_CallMethod(values.get(), "values", nullptr) : nullptr;
}

PyObject* items(PyObject* self, PyObject*) {
    Ref values(first_values(as_fields(self)));
    return values ? PyObject_CallMethod(values.get(), "items", nullptr) : nullptr;
}

PyObject* repr(PyObject* self) {
    Ref list(items_list(self, nullptr));
    return list ? PyUnicode_FromFormat("<Fields %R>", list.get()) : nullptr;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_fields(self)->request);
    return 0;
}

void dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(as_fields(self)->request);
    type->tp_free(self);
    Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"get", fast_method(fields_get), METH_FASTCALL, "The first value of a name, or a default."},
    {"get_list", get_list, METH_O, "All values of a name."},
    {"items_list", items_list, METH_NOARGS, "All pairs (name, value) in order."},
    {"keys", keys, METH_NOARGS, "The distinct names."},
    {"values", values, METH_NOARGS, "The first value of each name."},
    {"items", items, METH_NOARGS, "Each distinct name with its first value."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_iter, reinterpret_cast<void*>(iterate)},
    {Py_mp_subscript, reinterpret_cast<void*>(subscript)},
    {Py_mp_length, reinterpret_cast<void*>(length)},
    {Py_sq_contains, reinterpret_cast<void*>(contains)},
    {Py_tp_methods, methods},
    {Py_tp_doc,
     const_cast<char*>("Names and values of a request, read from the engine when asked.")},
    {0, nullptr},
};

PyType_Spec spec = {"trivet.Fields", sizeof(Fields), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

}  // namespace

PyObject* fields_new(Request* request, FieldKind kind) {
    Fields* fields = PyObject_GC_New(Fields, g.fields_type);
    if (fields == nullptr) {
        return nullptr;
    }
    fields->request = reinterpret_cast<Request*>(Py_NewRef(reinterpret_cast<PyObject*>(request)));
    fields->kind = kind;
    PyObject_GC_Track(reinterpret_cast<PyObject*>(fields));
    return reinterpret_cast<PyObject*>(fields);
}

bool make_fields_type(PyObject* module) { return make_type(module, &spec, &g.fields_type); }

}  // namespace trivet_py
