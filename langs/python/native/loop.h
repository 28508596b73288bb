#pragma once
#include "native.h"

namespace trivet_py {

struct Task;

// A trivet_loop as a Python object: the selector of the event loop, or a plain loop by itself.
// Owned by the thread that made it; other threads may only wake, drain and post.
struct Loop;

Loop* as_loop(PyObject* self);
bool make_loop_type(PyObject* module);

// The loop whose turn runs on this thread; null outside of a turn, and in the engine's own main
// program.
Loop* current_loop();

// Names the loop whose turn runs while it lives.
class RunningLoop {
public:
    explicit RunningLoop(Loop* loop);
    RunningLoop(const RunningLoop&) = delete;
    RunningLoop& operator=(const RunningLoop&) = delete;
    ~RunningLoop();

private:
    Loop* outer_;
};

trivet_app* loop_app(Loop* loop);
PyObject* loop_context(Loop* loop);  // borrowed: the context that requests start from
PyObject* loop_asyncio(Loop* loop);  // borrowed: the asyncio event loop, or null
// The same, made now where the program allows it; failures are logged.
PyObject* loop_need_asyncio(Loop* loop);
bool loop_is_closing(Loop* loop);

// Context and current task are left in place from one request of a turn to the next, since a
// request that leaves no trace in them would only make the same anew. What else runs Python code in
// a turn calls this before. Null is allowed.
void loop_rest(Loop* loop);

// Ends the running loop with an exception that concerns the whole program.
void loop_stop_with(Ref exception);

// Writes an error to the log of the running loop's app.
void loop_log(const std::string& line);

// Tells the request's loop, if it wants to know, of an exception that nobody has expected.
void loop_tell_failure(trivet_request request, PyObject* exception);

// Suspended tasks by request, so that a client that leaves cancels its handler. Holds references.
void loop_remember(Loop* loop, trivet_request request, Task* task);
void loop_forget(Loop* loop, trivet_request request);
void loop_client_gone(Loop* loop, trivet_request request);

}  // namespace trivet_py
