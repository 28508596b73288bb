#pragma once
#include <unordered_map>

#include "app.h"
#include "loop.h"

namespace trivet_py {

struct Loop {
    PyObject_HEAD trivet_loop* loop;  // null once closed
    PyObject* app;
    PyObject* event_loop;         // asyncio's, or null
    PyObject* context;            // what each request's context is a copy of
    PyObject* on_drained;         // called once, or null
    PyObject* on_async;           // makes the event loop when it turns out to be needed, or null
    PyObject* on_failure;         // told of each exception that becomes a 500, or null
    PyObject* pending_exception;  // of a handler, for the program
    std::unordered_map<trivet_request, Task*>* tasks;
    // Left over from the turn's last request for its next one, see loop_rest; null outside of
    // turns.
    PyObject* kept_context;  // empty as a new one, and entered
    Task* kept_task;         // idle, and still the current task
    std::uint64_t thread;
    Loop* next;             // of those that exist
    bool is_context_empty;  // requests start without context variables
    bool is_interrupted;
    bool is_drained;
    bool is_closing;
};

// False with StateError set when the loop is closed.
bool loop_check(Loop* loop);

// The loop of this thread that a request belongs to, also outside of a turn. Null where nothing
// tells which of several, and in the engine's own main program.
Loop* loop_of(trivet_request request);

// How many loops of this process are not closed.
std::size_t loops_open();

// Waits without the GIL, then lets Python's signal handlers run.
bool loop_wait(Loop* loop, std::int64_t timeout_ms);

// Runs what completed, without waiting. Ready descriptors are appended to `ready` as (fd, mask).
bool loop_turn(Loop* loop, PyObject* ready);

PyObject* loop_select(PyObject* self, PyObject* const* arguments, Py_ssize_t count);
PyObject* loop_run(PyObject* self, PyObject* argument);

// An int that fits; -1 with an exception set otherwise.
inline int int_of(PyObject* object) {
    long value = PyLong_AsLong(object);
    if (value < INT32_MIN || value > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "out of range");
        return -1;
    }
    return static_cast<int>(value);
}

}  // namespace trivet_py
