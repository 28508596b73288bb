#pragma once
#include <array>

#include "native.h"
#include "request.h"

namespace trivet_py {

// A handler and how to call it, read once from its signature when it is registered. Immutable
// afterwards, so loops of several threads may share it. The engine holds a bare pointer; the App
// keeps the reference for as long as its trivet_app lives.
struct Route;

Route* as_route(PyObject* self);
PyObject* as_object(Route* route);
bool route_param_is_int(const Route* route, std::size_t index);
bool route_is_async(const Route* route);
std::uint32_t route_status(const Route* route);
trivet_str route_site(const Route* route);

bool make_route_type(PyObject* module);

// The outcome of calling a handler: a result; an exception that is set; or neither, when an
// argument did not convert and the request has been answered with a 422 or fails with
// StaleHandleError.
struct CallOutcome {
    Ref result;
    Ref request;  // the Request given to the handler, if it takes one
    bool is_refused = false;
};
CallOutcome route_call(Route* route, trivet_request request, const trivet_request_view* view);

// Answers with a handler's result, unless the handler has answered by itself.
void route_answer(Route* route, trivet_request handle, PyObject* request, PyObject* result);
// The same for a handler that raised.
void route_answer_exception(trivet_request handle, PyObject* request, PyObject* exception);

// The engine's callback for every route of Python; user_data is the Route.
void on_request(trivet_request request, const trivet_request_view* view, void* user_data);

}  // namespace trivet_py
