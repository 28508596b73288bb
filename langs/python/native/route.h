#pragma once
#include <array>
#include <vector>

#include "app.h"
#include "arguments.h"
#include "chain.h"
#include "native.h"
#include "request.h"
#include "response.h"

namespace trivet_py {

struct Loop;

// How a request of a route runs, decided when the app is bound.
enum class Mode : std::uint8_t {
    kPlain,       // a plain handler and nothing else
    kAsync,       // an async handler and nothing else
    kChain,       // hooks around a plain handler, plain all of them
    kAsyncChain,  // hooks and a handler, some of them async
};

// A handler and how to call it, read once from its signature when it is registered. What hooks and
// error handlers stand around it is set once, when the app is bound; immutable afterwards, so loops
// of several threads may share it. The engine holds a bare pointer; the App keeps the reference for
// as long as its trivet_app lives.
struct Route {
    PyObject_HEAD PyObject* handler;  // None: the fallback, for what the engine would refuse
    PyObject* keyword_names;          // tuple of the last arguments' names, or null
    PyObject* site;                   // where the handler is defined, str
    PyObject* info;                   // what Request.route gives, or null
    PyObject* app;                    // the App it was added to, or null
    PyObject* refuse;                 // (request) -> HTTPError, when an argument cannot be had
    std::vector<Argument>* arguments;
    Chain* chain;               // or null: neither hooks nor error handlers
    std::uint64_t int_params;   // bit i: path parameter i is an integer
    std::uint64_t uuid_params;  // bit i: path parameter i is a UUID
    std::uint32_t status;       // 0: by the result
    bool is_async;
    bool is_stream;  // the content of its requests is read as it arrives
    Mode mode;
};

inline Route* as_route(PyObject* self) { return reinterpret_cast<Route*>(self); }
inline PyObject* as_object(Route* route) { return reinterpret_cast<PyObject*>(route); }
inline bool is_fallback(const Route* route) { return route->handler == Py_None; }
Conversion route_param_conversion(const Route* route, std::size_t index);
trivet_str route_site(const Route* route);

bool make_route_type(PyObject* module);

// A call of a handler: its result, or null with an exception set.
struct Call {
    Ref result;
    Ref request;  // the Request that the handler takes: given before, or made when it is needed
};
void route_call(Route* route, trivet_request request, const trivet_request_view* view, Call& call);
// The same also for the fallback, whose handler is the engine's refusal.
void call_handler(Route* route, trivet_request request, const trivet_request_view* view,
                  Call& call);

// Answers with a handler's result, unless the handler has answered by itself. kRaised with an
// exception set when it cannot be sent and the route has error handlers to ask.
Sent route_answer(Route* route, trivet_request handle, PyObject* request, PyObject* result);
// Answers for a handler that raised, where no error handler is to be asked.
void route_answer_exception(trivet_request handle, PyObject* request, PyObject* exception);

// What the client is told of a result that cannot be sent: which type it is, as the exception says.
std::string result_detail(PyObject* exception);

// The engine's callback for every route of Python; user_data is the Route.
void on_request(trivet_request request, const trivet_request_view* view, void* user_data);

}  // namespace trivet_py
