// The header fields of a response, read and changed.
#include "headers.h"

#include <strings.h>

#include "errors.h"

namespace trivet_py {

namespace {

PyObject* pairs_of(PyObject* self) { return reinterpret_cast<Headers*>(self)->pairs; }

bool is_name(PyObject* pair, std::string_view name) {
    trivet_str own{};
    if (!utf8_of(PyTuple_GET_ITEM(pair, 0), &own)) {
        PyErr_Clear();  // a lone surrogate: the engine will refuse it
        return false;
    }
    return own.size == name.size() && strncasecmp(own.data, name.data(), own.size) == 0;
}

// Where the first field of a name is; -1 when there is none.
Py_ssize_t index_of(PyObject* pairs, std::string_view name) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); ++i) {
        if (is_name(PyList_GET_ITEM(pairs, i), name)) {
            return i;
        }
    }
    return -1;
}

// UTF-8 of a name that must be a str; false with an exception set.
bool name_of(PyObject* name, std::string_view* out) {
    trivet_str text{};
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "field names are str, not %.200s", Py_TYPE(name)->tp_name);
        return false;
    }
    if (!utf8_of(name, &text)) {
        return false;
    }
    *out = to_view(text);
    return true;
}

bool append_pair(PyObject* pairs, PyObject* name, PyObject* value) {
    if (!PyUnicode_Check(name) || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "names and values of fields are str");
        return false;
    }
    Ref pair(PyTuple_Pack(2, name, value));
    return pair && PyList_Append(pairs, pair.get()) == 0;
}

// Removes every field of a name from `first` on; -1 with an exception set, else how many there
// were.
Py_ssize_t remove_name(PyObject* pairs, std::string_view name, Py_ssize_t first = 0) {
    Py_ssize_t removed = 0;
    for (Py_ssize_t i = PyList_GET_SIZE(pairs); i-- > first;) {
        if (is_name(PyList_GET_ITEM(pairs, i), name)) {
            if (PySequence_DelItem(pairs, i) < 0) {
                return -1;
            }
            ++removed;
        }
    }
    return removed;
}

// Replaces the first field of the name in its place, and drops the others.
int set_name(PyObject* pairs, PyObject* name, std::string_view key, PyObject* value) {
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "field values are str, not %.200s", Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_ssize_t index = index_of(pairs, key);
    if (index < 0) {
        return append_pair(pairs, name, value) ? 0 : -1;
    }
    PyObject* pair = PyTuple_Pack(2, name, value);
    if (pair == nullptr || PyList_SetItem(pairs, index, pair) < 0) {
        return -1;
    }
    return remove_name(pairs, key, index + 1) < 0 ? -1 : 0;
}

int assign(PyObject* self, PyObject* name, PyObject* value) {
    std::string_view key;
    if (!name_of(name, &key)) {
        return -1;
    }
    if (value != nullptr) {
        return set_name(pairs_of(self), name, key, value);
    }
    Py_ssize_t removed = remove_name(pairs_of(self), key);
    if (removed == 0) {
        PyErr_SetObject(PyExc_KeyError, name);
    }
    return removed > 0 ? 0 : -1;
}

PyObject* subscript(PyObject* self, PyObject* name) {
    std::string_view key;
    if (!name_of(name, &key)) {
        return nullptr;
    }
    PyObject* value = find_header(pairs_of(self), key);
    if (value == nullptr) {
        PyErr_SetObject(PyExc_KeyError, name);
    }
    return Py_XNewRef(value);
}

int contains(PyObject* self, PyObject* name) {
    std::string_view key;
    if (!name_of(name, &key)) {
        return -1;
    }
    return find_header(pairs_of(self), key) != nullptr ? 1 : 0;
}

// dict of each distinct name, as it came first, with its first value.
PyObject* first_values(PyObject* self) {
    Ref values(PyDict_New());
    PyObject* pairs = pairs_of(self);
    for (Py_ssize_t i = 0; values && i < PyList_GET_SIZE(pairs); ++i) {
        PyObject* pair = PyList_GET_ITEM(pairs, i);
        std::string_view name;
        if (!name_of(PyTuple_GET_ITEM(pair, 0), &name)) {
            return nullptr;
        }
        if (index_of(pairs, name) == i && PyDict_SetItem(values.get(), PyTuple_GET_ITEM(pair, 0),
                                                         PyTuple_GET_ITEM(pair, 1)) < 0) {
            return nullptr;
        }
    }
    return values.release();
}

Py_ssize_t length(PyObject* self) {
    Ref values(first_values(self));
    return values ? PyDict_GET_SIZE(values.get()) : -1;
}

PyObject* iterate(PyObject* self) {
    Ref values(first_values(self));
    return values ? PyObject_GetIter(values.get()) : nullptr;
}

PyObject* headers_get(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    std::string_view key;
    if (count < 1 || count > 2) {
        PyErr_SetString(PyExc_TypeError, "get takes a name and an optional default");
        return nullptr;
    }
    if (!name_of(arguments[0], &key)) {
        return nullptr;
    }
    PyObject* value = find_header(pairs_of(self), key);
    return Py_NewRef(value != nullptr ? value : count == 2 ? arguments[1] : Py_None);
}

PyObject* get_list(PyObject* self, PyObject* name) {
    std::string_view key;
    if (!name_of(name, &key)) {
        return nullptr;
    }
    Ref list(PyList_New(0));
    PyObject* pairs = pairs_of(self);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(pairs); ++i) {
        PyObject* pair = PyList_GET_ITEM(pairs, i);
        if (is_name(pair, key) && PyList_Append(list.get(), PyTuple_GET_ITEM(pair, 1)) < 0) {
            return nullptr;
        }
    }
    return list.release();
}

PyObject* add(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "add takes a name and a value");
        return nullptr;
    }
    if (!append_pair(pairs_of(self), arguments[0], arguments[1])) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* items_list(PyObject* self, PyObject*) {
    return PyList_GetSlice(pairs_of(self), 0, PY_SSIZE_T_MAX);
}

template <const char* const& kName>
PyObject* of_first_values(PyObject* self, PyObject*) {
    Ref values(first_values(self));
    return values ? PyObject_CallMethod(values.get(), kName, nullptr) : nullptr;
}
const char* const kKeys = "keys";
const char* const kValues = "values";
const char* const kItems = "items";

PyObject* repr(PyObject* self) { return PyUnicode_FromFormat("<Headers %R>", pairs_of(self)); }

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(pairs_of(self));
    return 0;
}

void dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(reinterpret_cast<Headers*>(self)->pairs);
    type->tp_free(self);
    Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"get", fast_method(headers_get), METH_FASTCALL, "The first value of a name, or a default."},
    {"get_list", get_list, METH_O, "All values of a name."},
    {"add", fast_method(add), METH_FASTCALL, "Adds a field; a name may occur several times."},
    {"items_list", items_list, METH_NOARGS, "All pairs (name, value) in order."},
    {"keys", of_first_values<kKeys>, METH_NOARGS, "The distinct names."},
    {"values", of_first_values<kValues>, METH_NOARGS, "The first value of each name."},
    {"items", of_first_values<kItems>, METH_NOARGS, "Each distinct name with its first value."},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_iter, reinterpret_cast<void*>(iterate)},
    {Py_mp_subscript, reinterpret_cast<void*>(subscript)},
    {Py_mp_ass_subscript, reinterpret_cast<void*>(assign)},
    {Py_mp_length, reinterpret_cast<void*>(length)},
    {Py_sq_contains, reinterpret_cast<void*>(contains)},
    {Py_tp_methods, methods},
    {Py_tp_doc, const_cast<char*>("The fields of a response. Setting a name replaces all of it.")},
    {0, nullptr},
};

PyType_Spec spec = {"trivet.Headers", sizeof(Headers), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                    slots};

}  // namespace

PyObject* find_header(PyObject* pairs, std::string_view name) {
    Py_ssize_t index = index_of(pairs, name);
    return index < 0 ? nullptr : PyTuple_GET_ITEM(PyList_GET_ITEM(pairs, index), 1);
}

bool set_header(PyObject* pairs, PyObject* name, PyObject* value) {
    std::string_view key;
    return name_of(name, &key) && set_name(pairs, name, key, value) == 0;
}

bool remove_header(PyObject* pairs, std::string_view name) { return remove_name(pairs, name) >= 0; }

PyObject* header_pairs(PyObject* headers) {
    Ref pairs;
    if (PyDict_Check(headers)) {
        pairs = Ref(PyDict_Items(headers));
    } else if (Py_TYPE(headers) == g.headers_type) {
        pairs = Ref(items_list(headers, nullptr));
    } else if (Py_TYPE(headers) == g.fields_type) {
        Ref items(PyObject_CallMethod(headers, "items_list", nullptr));
        pairs = Ref(items ? PySequence_List(items.get()) : nullptr);
    } else if (PyObject_HasAttrString(headers, "items")) {
        Ref items(PyMapping_Items(headers));
        pairs = Ref(items ? PySequence_List(items.get()) : nullptr);
    } else {
        pairs = Ref(PySequence_List(headers));
    }
    for (Py_ssize_t i = 0; pairs && i < PyList_GET_SIZE(pairs.get()); ++i) {
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

PyObject* headers_new(PyObject* pairs) {
    Headers* headers = PyObject_GC_New(Headers, g.headers_type);
    if (headers == nullptr) {
        return nullptr;
    }
    headers->pairs = Py_NewRef(pairs);
    PyObject_GC_Track(reinterpret_cast<PyObject*>(headers));
    return reinterpret_cast<PyObject*>(headers);
}

bool make_headers_type(PyObject* module) { return make_type(module, &spec, &g.headers_type); }

bool is_content_type(trivet_str name) {
    constexpr std::string_view kName = "content-type";
    return name.size == kName.size() && strncasecmp(name.data, kName.data(), kName.size()) == 0;
}

}  // namespace trivet_py
