// Where the settings of an app come from, and the other entries of .env.
#include "app.h"
#include "errors.h"

namespace trivet_py {

namespace {

PyObject* setting_tuple(const trivet_setting_info& info) {
    const trivet_str texts[] = {info.key,   info.variable, info.value, info.default_value,
                                info.place, info.allowed,  info.help};
    Ref result(PyTuple_New(std::size(texts) + 1));
    Ref source(PyLong_FromUnsignedLong(info.source));
    if (!result || !source) {
        return nullptr;
    }
    Py_ssize_t at = 0;
    for (const trivet_str& text : texts) {
        PyObject* value = text_of(text);
        if (value == nullptr) {
            return nullptr;
        }
        PyTuple_SET_ITEM(result.get(), at++, value);
    }
    PyTuple_SET_ITEM(result.get(), at, source.release());
    return result.release();
}

}  // namespace

// settings(): (key, variable, value, default, place, allowed, help, source) of each.
PyObject* app_settings(PyObject* self, PyObject*) {
    Ref result(PyList_New(0));
    if (!result || !app_check(as_app(self))) {
        return nullptr;
    }
    trivet_setting_info info{};
    info.size = sizeof info;
    for (std::size_t i = 0; trivet_app_get_setting(as_app(self)->app, i, &info) == TRIVET_OK; ++i) {
        Ref item(setting_tuple(info));
        if (!item || PyList_Append(result.get(), item.get()) < 0) {
            return nullptr;
        }
    }
    return result.release();
}

// variables(): the entries of .env that are no settings, as a dict; the last one of a name counts.
PyObject* app_variables(PyObject* self, PyObject*) {
    Ref result(PyDict_New());
    if (!result || !app_check(as_app(self))) {
        return nullptr;
    }
    trivet_param entry{};
    for (std::size_t i = 0; trivet_app_get_variable(as_app(self)->app, i, &entry) == TRIVET_OK;
         ++i) {
        Ref name(text_of(entry.name));
        Ref value(text_of(entry.value));
        if (!name || !value || PyDict_SetItem(result.get(), name.get(), value.get()) < 0) {
            return nullptr;
        }
    }
    return result.release();
}

}  // namespace trivet_py
