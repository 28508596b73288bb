#pragma once
#include "native.h"

namespace trivet_py {

struct Task;

// A trivet_loop as a Python object: the selector of the event loop, or a plain loop by itself. Owned by
// the thread that made it; other threads may only wake, drain and post.
struct Loop;

Loop* as_loop(PyObject* self);
bool make_loop_type(PyObject* module);

// The loop whose turn runs on this thread; null outside of a turn.
Loop* current_loop();

trivet_app* loop_app(Loop* loop);
PyObject* loop_context(Loop* loop);  // borrowed: the context that requests start from
PyObject* loop_asyncio(Loop* loop);  // borrowed: the asyncio event loop, or null
bool loop_is_closing(Loop* loop);

// Ends the turn's loop with an exception that concerns the whole program.
void loop_stop_with(Loop* loop, Ref exception);

// Suspended tasks by request, so that a client that leaves cancels its handler. Holds references.
void loop_remember(Loop* loop, trivet_request request, Task* task);
void loop_forget(Loop* loop, trivet_request request);

}  // namespace trivet_py
