#pragma once
#include <vector>

#include "native.h"

namespace trivet_py {

// A function of the program that a request passes, and whether it is an async def.
struct Part {
    PyObject* callable = nullptr;  // owned by its Chain
    bool is_async = false;
};

// What stands around a route's handler: the hooks of the app, its groups and the route in the order
// they run, and the app's error handlers. Made when the app is bound, immutable afterwards, owned
// by its Route.
struct Chain {
    std::vector<Part> before;
    std::vector<Part> after;
    Part around;                      // (request, producers) -> result of the around hooks, or none
    PyObject* error_types = nullptr;  // dict: class -> (callable, is_async)
    Part everything;                  // the handler of every error, or none

    bool has_hooks() const {
        return !before.empty() || !after.empty() || around.callable != nullptr;
    }
    bool has_async_hooks() const;
    // The handler of an exception's most special class, else that of every error; `is_special` says
    // which. A null callable when there is neither.
    Part error_handler(PyObject* exception, bool* is_special) const;
};

// From Python's tuples of (callable, is_async), a dict of such by class, and two that are one such
// or None. Null with an exception set.
Chain* chain_new(PyObject* before, PyObject* after, PyObject* error_types, PyObject* everything,
                 PyObject* around);
void chain_free(Chain* chain);
int chain_traverse(Chain* chain, visitproc visit, void* arg);

}  // namespace trivet_py
