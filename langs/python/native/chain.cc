#include "chain.h"

#include <algorithm>
#include <memory>

namespace trivet_py {

namespace {

bool read_part(PyObject* pair, Part* out) {
    PyObject* callable = nullptr;
    int is_async = 0;
    if (!PyArg_ParseTuple(pair, "Op", &callable, &is_async)) {
        return false;
    }
    *out = {Py_NewRef(callable), is_async != 0};
    return true;
}

bool read_parts(PyObject* pairs, std::vector<Part>& out) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(pairs); ++i) {
        Part part;
        if (!read_part(PyTuple_GET_ITEM(pairs, i), &part)) {
            return false;
        }
        out.push_back(part);
    }
    return true;
}

bool is_async(const Part& part) { return part.is_async; }

}  // namespace

bool Chain::has_async_hooks() const {
    return around.is_async || std::any_of(before.begin(), before.end(), is_async) ||
           std::any_of(after.begin(), after.end(), is_async);
}

Part Chain::error_handler(PyObject* exception, bool* is_special) const {
    PyObject* bases = Py_TYPE(exception)->tp_mro;
    *is_special = true;
    for (Py_ssize_t i = 0; error_types != nullptr && i < PyTuple_GET_SIZE(bases); ++i) {
        PyObject* pair = PyDict_GetItemWithError(error_types, PyTuple_GET_ITEM(bases, i));
        if (pair != nullptr) {
            return {PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1) == Py_True};
        }
        PyErr_Clear();
    }
    *is_special = false;
    return everything;
}

Chain* chain_new(PyObject* before, PyObject* after, PyObject* error_types, PyObject* everything,
                 PyObject* around) {
    auto* chain = new Chain;
    chain->error_types = PyDict_GET_SIZE(error_types) > 0 ? Py_NewRef(error_types) : nullptr;
    if (read_parts(before, chain->before) && read_parts(after, chain->after) &&
        (everything == Py_None || read_part(everything, &chain->everything)) &&
        (around == Py_None || read_part(around, &chain->around))) {
        return chain;
    }
    chain_free(chain);
    return nullptr;
}

void chain_free(Chain* chain) {
    if (chain == nullptr) {
        return;
    }
    for (const std::vector<Part>* parts : {&chain->before, &chain->after}) {
        for (const Part& part : *parts) {
            Py_DECREF(part.callable);
        }
    }
    Py_XDECREF(chain->error_types);
    Py_XDECREF(chain->everything.callable);
    Py_XDECREF(chain->around.callable);
    delete chain;
}

int chain_traverse(Chain* chain, visitproc visit, void* arg) {
    if (chain == nullptr) {
        return 0;
    }
    for (const std::vector<Part>* parts : {&chain->before, &chain->after}) {
        for (const Part& part : *parts) {
            Py_VISIT(part.callable);
        }
    }
    Py_VISIT(chain->error_types);
    Py_VISIT(chain->everything.callable);
    Py_VISIT(chain->around.callable);
    return 0;
}

}  // namespace trivet_py
