#pragma once
#include "exchange.h"
#include "loop.h"
#include "native.h"
#include "request.h"
#include "route.h"

namespace trivet_py {

enum class TaskState : std::uint8_t { kIdle, kPending, kFinished, kCancelled };

// What runs one `async def` handler: asyncio's Task in every respect that Python code can see, but
// started at once, inside the turn that brought the request, and recycled when nobody kept it. One
// that never suspends touches neither the event loop's queue nor a Handle. Owned by its references;
// the Loop holds one while it is suspended, since asyncio itself only has weak ones.
struct Task {
    PyObject_HEAD PyObject* event_loop;  // asyncio's; null when idle
    Loop* loop;                          // ours, a reference
    Route* route;                        // a reference
    Exchange* exchange;                  // where there is more than a handler, or null
    PyObject* request;                   // the Request the handler took, or null
    PyObject* coro;
    PyObject* context;
    PyObject* waiter;  // the future it waits for, or null
    PyObject* result;
    PyObject* exception;
    PyObject* cancelled_exception;
    PyObject* cancel_message;
    PyObject* callbacks;  // list of (callback, context), or null
    PyObject* name;       // str, or null until asked or set
    PyObject* dict;
    PyObject* weak_references;
    trivet_request handle;
    std::uint64_t number;  // of the request, for the name
    int cancel_requests;
    TaskState state;
    bool must_cancel;
    bool is_blocking;  // _asyncio_future_blocking
    bool is_remembered;
    bool is_client_gone;
    bool is_current;  // asyncio's current task of its event loop
};

inline Task* as_task(PyObject* self) { return reinterpret_cast<Task*>(self); }
inline PyObject* as_object(Task* task) { return reinterpret_cast<PyObject*>(task); }
inline bool is_done(const Task* task) { return task->state != TaskState::kPending; }

bool make_task_type(PyObject* module);

// Runs a handler's first step; `context` is entered already. Answers if it ends there.
void task_start(Route* route, trivet_request request, const trivet_request_view* view, Loop* loop,
                PyObject* context);

// The same for a route with hooks, from the first of them on.
void task_start_exchange(Route* route, trivet_request request, std::uint64_t number, Loop* loop,
                         PyObject* context);

// Gives a task to a request that has come to a coroutine without one.
void task_adopt(Exchange exchange, Ref coro, Loop* loop, PyObject* context);

// Ends the stay of the loop's kept task as the current one.
void task_put_away(Task* task);

// Asks a task to cancel itself, as asyncio.Task.cancel does. -1 with an exception set.
int task_cancel(Task* task, PyObject* message);

// The client has gone: cancel, and remember why.
void task_client_gone(Task* task);

// Schedules the callbacks of a task that has ended.
bool task_schedule_callbacks(Task* task);

// The exception that a cancelled task raises; new reference.
PyObject* task_cancelled_error(Task* task);

// event_loop.call_soon(callback[, argument], context=context)
bool call_soon(PyObject* event_loop, PyObject* callback, PyObject* argument, PyObject* context);

extern PyMethodDef task_methods[];
extern PyGetSetDef task_getset[];
PyObject* task_await(PyObject* self);
PyObject* task_repr(PyObject* self);
bool make_task_await_type(PyObject* module);

}  // namespace trivet_py
