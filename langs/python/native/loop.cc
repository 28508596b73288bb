// A loop's turn: wait without the GIL, run what came, hand out what is for the event loop.
#include "loop.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <ctime>

#include "errors.h"
#include "loop_type.h"
#include "task.h"

namespace trivet_py {

namespace {

thread_local Loop* running_loop = nullptr;

// Events of one turn; what does not fit comes with the next.
constexpr std::size_t kEventsMax = 64;

std::int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool is_fine(trivet_status status) {
    if (status == TRIVET_OK) {
        return true;
    }
    raise_status(status);
    return false;
}

bool on_gone(Loop* loop, trivet_request request) {
    loop_client_gone(loop, request);
    return !PyErr_Occurred();
}

// selectors' masks are READ 1 and WRITE 2, as the engine's; an error wakes both sides.
bool on_watch(const trivet_event& event, PyObject* ready) {
    unsigned int mask = event.ready & (TRIVET_WATCH_READ | TRIVET_WATCH_WRITE);
    if ((event.ready & TRIVET_WATCH_ERROR) != 0) {
        mask = TRIVET_WATCH_READ | TRIVET_WATCH_WRITE;
    }
    Ref pair(Py_BuildValue("(iI)", static_cast<int>(event.fd), mask));
    return pair && PyList_Append(ready, pair.get()) == 0;
}

bool on_drained(Loop* loop) {
    loop->is_drained = true;
    if (loop->on_drained == nullptr) {
        return true;
    }
    Ref done(PyObject_CallNoArgs(loop->on_drained));
    return static_cast<bool>(done);
}

bool handle_event(Loop* loop, const trivet_event& event, PyObject* ready) {
    switch (event.kind) {
        case TRIVET_EVENT_WATCH:
            return on_watch(event, ready);
        case TRIVET_EVENT_GONE:
            return on_gone(loop, event.request);
        case TRIVET_EVENT_DRAINED:
            return on_drained(loop);
        default:
            return true;
    }
}

}  // namespace

bool loop_wait(Loop* loop, std::int64_t timeout_ms) {
    trivet_status status = TRIVET_OK;
    Py_BEGIN_ALLOW_THREADS status = trivet_loop_wait(loop->loop, timeout_ms);
    Py_END_ALLOW_THREADS return is_fine(status) && PyErr_CheckSignals() == 0;
}

bool loop_turn(Loop* loop, PyObject* ready) {
    std::array<trivet_event, kEventsMax> events;
    std::size_t count = 0;
    RunningLoop running(loop);
    trivet_status status = trivet_loop_turn(loop->loop, 0, events.data(), events.size(), &count);
    loop_rest(loop);
    bool is_handled = is_fine(status);
    for (std::size_t i = 0; i < count && is_handled; ++i) {
        is_handled = handle_event(loop, events[i], ready);
    }
    if (is_handled && loop->pending_exception != nullptr) {
        restore_exception(Ref(std::exchange(loop->pending_exception, nullptr)));
        return false;
    }
    return is_handled;
}

// The event loop's select: turns until something is there that Python code must see. Requests are
// served inside, so a turn that only brought requests does not come back. `ready` is the event
// loop's queue of handles, `scheduled` its heap of timers.
PyObject* loop_select(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    Loop* loop = as_loop(self);
    if (count != 3 || !PyList_CheckExact(arguments[2])) {
        PyErr_SetString(PyExc_TypeError, "select takes a timeout, a deque and a list");
        return nullptr;
    }
    if (!loop_check(loop)) {
        return nullptr;
    }
    PyObject* scheduled = arguments[2];
    std::int64_t timeout_ms = -1;
    std::int64_t deadline_ns = 0;
    if (arguments[0] != Py_None) {
        double seconds = PyFloat_AsDouble(arguments[0]);
        if (seconds == -1.0 && PyErr_Occurred()) {
            return nullptr;
        }
        timeout_ms = seconds <= 0 ? 0 : static_cast<std::int64_t>(std::ceil(seconds * 1e3));
        deadline_ns = timeout_ms == 0 ? 0 : now_ns() + timeout_ms * 1'000'000;
    }
    PyObject* first_timer =
        PyList_GET_SIZE(scheduled) > 0 ? PyList_GET_ITEM(scheduled, 0) : nullptr;
    Ref ready(PyList_New(0));
    while (ready) {
        if ((timeout_ms != 0 && !loop_wait(loop, timeout_ms)) || !loop_turn(loop, ready.get())) {
            return nullptr;
        }
        Py_ssize_t queued = PyObject_Size(arguments[1]);
        if (queued < 0) {
            return nullptr;
        }
        PyObject* timer = PyList_GET_SIZE(scheduled) > 0 ? PyList_GET_ITEM(scheduled, 0) : nullptr;
        if (timeout_ms == 0 || queued > 0 || PyList_GET_SIZE(ready.get()) > 0 ||
            timer != first_timer || std::exchange(loop->is_interrupted, false)) {
            break;
        }
        if (timeout_ms > 0) {
            std::int64_t left_ns = deadline_ns - now_ns();
            if (left_ns <= 0) {
                break;
            }
            timeout_ms = (left_ns + 999'999) / 1'000'000;
        }
    }
    return ready.release();
}

// The whole program of an app that has no use for asyncio: until it is drained. Python's signal
// handlers run here; `signal_fd` (or -1) is the reading end of signal.set_wakeup_fd's pipe.
PyObject* loop_run(PyObject* self, PyObject* argument) {
    Loop* loop = as_loop(self);
    int signal_fd = int_of(argument);
    if (PyErr_Occurred() || !loop_check(loop)) {
        return nullptr;
    }
    if (signal_fd >= 0 && !is_fine(trivet_loop_watch(loop->loop, signal_fd, TRIVET_WATCH_READ))) {
        return nullptr;
    }
    Ref ready(PyList_New(0));
    bool is_running = static_cast<bool>(ready);
    while (is_running && !loop->is_drained && !std::exchange(loop->is_interrupted, false)) {
        is_running = loop_wait(loop, -1) && loop_turn(loop, ready.get());
        if (is_running && PyList_GET_SIZE(ready.get()) > 0) {
            std::array<char, 64> numbers;
            if (read(signal_fd, numbers.data(), numbers.size()) < 0) {
                // Another reader was faster; the signal itself is handled below either way.
            }
            is_running = PyErr_CheckSignals() == 0 &&
                         PyList_SetSlice(ready.get(), 0, PY_SSIZE_T_MAX, nullptr) == 0;
        }
    }
    if (signal_fd >= 0 && loop->loop != nullptr) {
        trivet_loop_watch(loop->loop, signal_fd, 0);
    }
    if (!is_running) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

Loop* as_loop(PyObject* self) { return reinterpret_cast<Loop*>(self); }
Loop* current_loop() { return running_loop; }
trivet_app* loop_app(Loop* loop) { return as_app(loop->app)->app; }
PyObject* loop_context(Loop* loop) { return loop->context; }
PyObject* loop_asyncio(Loop* loop) { return loop->event_loop; }
PyObject* loop_need_asyncio(Loop* loop) {
    if (loop->event_loop == nullptr && loop->on_async != nullptr && loop->on_async != Py_None) {
        Ref done(PyObject_CallNoArgs(loop->on_async));
        if (!done) {
            loop_log("no event loop: " + take_exception_line());
        }
    }
    return loop->event_loop;
}
bool loop_is_closing(Loop* loop) { return loop->is_closing; }

bool loop_check(Loop* loop) {
    if (loop->loop == nullptr) {
        raise_status(TRIVET_E_STATE, "the loop is closed");
        return false;
    }
    return true;
}

void loop_rest(Loop* loop) {
    if (loop == nullptr) {
        return;
    }
    if (loop->kept_task != nullptr) {
        task_put_away(std::exchange(loop->kept_task, nullptr));
    }
    if (loop->kept_context != nullptr) {
        Ref context(std::exchange(loop->kept_context, nullptr));
        if (PyContext_Exit(context.get()) < 0) {
            PyErr_WriteUnraisable(context.get());
        }
    }
}

void loop_stop_with(Ref exception) {
    if (running_loop == nullptr) {
        // The engine's own main program cannot be stopped from within; the exception is shown.
        restore_exception(std::move(exception));
        PyErr_WriteUnraisable(nullptr);
        return;
    }
    Py_XSETREF(running_loop->pending_exception, exception.release());
    running_loop->is_interrupted = true;
}

void loop_log(const std::string& line) {
    if (running_loop != nullptr) {
        trivet_app_log(loop_app(running_loop), TRIVET_LOG_ERROR, to_str(line));
    } else {
        PySys_FormatStderr("trivet: %s\n", line.c_str());
    }
}

RunningLoop::RunningLoop(Loop* loop) : outer_(std::exchange(running_loop, loop)) {}
RunningLoop::~RunningLoop() { running_loop = outer_; }

void loop_remember(Loop* loop, trivet_request request, Task* task) {
    Py_INCREF(as_object(task));
    auto [place, is_new] = loop->tasks->try_emplace(request, task);
    if (!is_new) {
        Py_XDECREF(as_object(std::exchange(place->second, task)));
    }
}

void loop_forget(Loop* loop, trivet_request request) {
    auto found = loop->tasks->find(request);
    if (found != loop->tasks->end()) {
        Task* task = found->second;
        loop->tasks->erase(found);
        Py_DECREF(as_object(task));
    }
}

void loop_client_gone(Loop* loop, trivet_request request) {
    auto found = loop->tasks->find(request);
    if (found != loop->tasks->end()) {
        Ref keep = Ref::borrow(as_object(found->second));
        task_client_gone(as_task(keep.get()));
    }
}

}  // namespace trivet_py
