// The Loop object: made, asked, told, closed. Its turn is in loop.cc.
#include "loop_type.h"

#include <structmember.h>

#include <array>

#include "errors.h"
#include "lowlevel.h"
#include "task.h"

namespace trivet_py {

namespace {

// Of this process, both changed with the GIL held. A fork without exec is refused while a loop of
// the engine is there, also one that nobody can free any more.
std::size_t open_count = 0;
Loop* loops = nullptr;

// A number for each thread. The system's identifiers come again when a thread has ended, and a
// new thread must not take an old one's loops for its own.
std::uint64_t this_thread() {
    static std::uint64_t last = 0;
    thread_local std::uint64_t own = 0;
    return own != 0 ? own : (own = ++last);
}

void add_loop(Loop* loop) {
    loop->next = std::exchange(loops, loop);
    ++open_count;
}

// From whichever thread: the collector runs on any.
void remove_loop(Loop* loop) {
    Loop** place = &loops;
    while (*place != nullptr && *place != loop) {
        place = &(*place)->next;
    }
    if (*place != nullptr) {
        *place = loop->next;
    }
}

void free_loop(Loop* loop) {
    trivet_loop_free(std::exchange(loop->loop, nullptr));
    remove_loop(loop);
    --open_count;
}

PyObject* loop_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"app",   "host",       "port", "listen_fd",
                                         "flags", "control_fd", nullptr};
    PyObject* app = nullptr;
    PyObject* host = nullptr;
    unsigned int port = 0;
    int listen_fd = -1;
    unsigned int flags = 0;
    int control_fd = -1;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!UIiI|i:Loop",
                                     const_cast<char**>(kNames), g.app_type, &app, &host, &port,
                                     &listen_fd, &flags, &control_fd)) {
        return nullptr;
    }
    if (as_app(app)->app == nullptr) {
        return raise_status(TRIVET_E_STATE, "the app has ended");
    }
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    if (!utf8_of(host, &config.host)) {
        return nullptr;
    }
    config.port = port;
    config.listen_fd = listen_fd;
    config.control_fd = control_fd;
    config.flags = flags;
    Ref self(type->tp_alloc(type, 0));
    if (!self) {
        return nullptr;
    }
    Loop* loop = as_loop(self.get());
    loop->tasks = new std::unordered_map<trivet_request, Task*>;
    loop->thread = this_thread();
    loop->app = Py_NewRef(app);
    loop->context = PyContext_CopyCurrent();
    if (loop->context == nullptr) {
        return nullptr;
    }
    loop->is_context_empty = PyMapping_Size(loop->context) == 0;
    trivet_error* error = nullptr;
    trivet_status status = trivet_loop_new(as_app(app)->app, &config, &loop->loop, &error);
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    add_loop(loop);
    return self.release();
}

int loop_traverse(PyObject* self, visitproc visit, void* arg) {
    Loop* loop = as_loop(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(loop->app);
    Py_VISIT(loop->event_loop);
    Py_VISIT(loop->context);
    Py_VISIT(loop->on_drained);
    Py_VISIT(loop->on_async);
    Py_VISIT(loop->on_failure);
    Py_VISIT(loop->pending_exception);
    if (loop->tasks != nullptr) {
        for (const auto& [request, task] : *loop->tasks) {
            Py_VISIT(as_object(task));
        }
    }
    return 0;
}

void drop_tasks(Loop* loop) {
    while (loop->tasks != nullptr && !loop->tasks->empty()) {
        auto first = loop->tasks->begin();
        Ref task(as_object(first->second));
        loop->tasks->erase(first);
    }
}

int loop_clear(PyObject* self) {
    Loop* loop = as_loop(self);
    drop_tasks(loop);
    Py_CLEAR(loop->event_loop);
    Py_CLEAR(loop->context);
    Py_CLEAR(loop->on_drained);
    Py_CLEAR(loop->on_async);
    Py_CLEAR(loop->on_failure);
    Py_CLEAR(loop->pending_exception);
    return 0;
}

void loop_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Loop* loop = as_loop(self);
    PyObject_GC_UnTrack(self);
    // Only the owner may free the engine's loop; a forgotten one of an ended thread is left alone.
    if (loop->loop != nullptr && loop->thread == this_thread()) {
        free_loop(loop);
    }
    remove_loop(loop);
    loop_clear(self);
    if (loop->loop == nullptr) {
        Py_CLEAR(loop->app);
    }
    delete loop->tasks;
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject* done(trivet_status status) {
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

PyObject* loop_close(PyObject* self, PyObject*) {
    Loop* loop = as_loop(self);
    if (loop->loop == nullptr) {
        Py_RETURN_NONE;
    }
    if (loop->thread != this_thread()) {
        return raise_status(TRIVET_E_THREAD);
    }
    if (current_loop() == loop) {
        return raise_status(TRIVET_E_STATE, "the loop is running");
    }
    loop->is_closing = true;
    free_loop(loop);
    drop_tasks(loop);
    Py_CLEAR(loop->event_loop);
    Py_CLEAR(loop->on_drained);
    Py_CLEAR(loop->on_async);
    Py_CLEAR(loop->on_failure);
    Py_RETURN_NONE;
}

PyObject* loop_attach(PyObject* self, PyObject* event_loop) {
    Py_XSETREF(as_loop(self)->event_loop, event_loop == Py_None ? nullptr : Py_NewRef(event_loop));
    Py_RETURN_NONE;
}

PyObject* loop_start(PyObject* self, PyObject*) {
    if (!loop_check(as_loop(self))) {
        return nullptr;
    }
    RunningLoop running(as_loop(self));
    trivet_error* error = nullptr;
    trivet_status status = trivet_loop_start(as_loop(self)->loop, &error);
    loop_rest(as_loop(self));
    if (status != TRIVET_OK) {
        return raise_error(status, error);
    }
    Py_RETURN_NONE;
}

PyObject* loop_begin_close(PyObject* self, PyObject*) {
    as_loop(self)->is_closing = true;
    Py_RETURN_NONE;
}

PyObject* loop_interrupt(PyObject* self, PyObject*) {
    as_loop(self)->is_interrupted = true;
    Py_RETURN_NONE;
}

PyObject* loop_wake(PyObject* self, PyObject*) {
    if (!loop_check(as_loop(self))) {
        return nullptr;
    }
    trivet_loop_wake(as_loop(self)->loop);
    Py_RETURN_NONE;
}

PyObject* loop_drain(PyObject* self, PyObject*) {
    if (!loop_check(as_loop(self))) {
        return nullptr;
    }
    trivet_loop_drain(as_loop(self)->loop);
    Py_RETURN_NONE;
}

PyObject* loop_fileno(PyObject* self, PyObject*) {
    return loop_check(as_loop(self)) ? PyLong_FromLong(trivet_loop_fd(as_loop(self)->loop))
                                     : nullptr;
}

PyObject* loop_deadline(PyObject* self, PyObject*) {
    return loop_check(as_loop(self))
               ? PyLong_FromLongLong(trivet_loop_deadline(as_loop(self)->loop))
               : nullptr;
}

PyObject* loop_flush(PyObject* self, PyObject*) {
    return loop_check(as_loop(self)) ? done(trivet_loop_flush(as_loop(self)->loop)) : nullptr;
}

PyObject* loop_wait_method(PyObject* self, PyObject* timeout) {
    std::int64_t timeout_ms = PyLong_AsLongLong(timeout);
    if ((timeout_ms == -1 && PyErr_Occurred()) || !loop_check(as_loop(self)) ||
        !loop_wait(as_loop(self), timeout_ms)) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* loop_turn_method(PyObject* self, PyObject*) {
    Ref ready(loop_check(as_loop(self)) ? PyList_New(0) : nullptr);
    return ready && loop_turn(as_loop(self), ready.get()) ? ready.release() : nullptr;
}

// Turns until the drain in the engine's own loop. The GIL is held throughout.
PyObject* loop_run_held(PyObject* self, PyObject*) {
    if (!loop_check(as_loop(self))) {
        return nullptr;
    }
    RunningLoop running(as_loop(self));
    trivet_status status = trivet_loop_run(as_loop(self)->loop);
    loop_rest(as_loop(self));
    Ref exception(std::exchange(as_loop(self)->pending_exception, nullptr));
    if (exception) {
        restore_exception(std::move(exception));
        return nullptr;
    }
    return done(status);
}

PyObject* loop_banner(PyObject* self, PyObject* runtime) {
    trivet_str text{};
    if (!loop_check(as_loop(self)) || !PyArg_Parse(runtime, "U", &runtime) ||
        !utf8_of(runtime, &text)) {
        return nullptr;
    }
    trivet_loop_banner(as_loop(self)->loop, text);
    Py_RETURN_NONE;
}

PyObject* loop_watch(PyObject* self, PyObject* arguments) {
    int fd = 0;
    unsigned int interest = 0;
    if (!PyArg_ParseTuple(arguments, "iI:watch", &fd, &interest) || !loop_check(as_loop(self))) {
        return nullptr;
    }
    return done(trivet_loop_watch(as_loop(self)->loop, fd, interest));
}

PyObject* get_is_drained(PyObject* self, void*) {
    return PyBool_FromLong(as_loop(self)->is_drained);
}
PyObject* get_is_closed(PyObject* self, void*) {
    return PyBool_FromLong(as_loop(self)->loop == nullptr);
}

PyMethodDef loop_methods[] = {
    {"select", fast_method(loop_select), METH_FASTCALL, "The event loop's select."},
    {"run", loop_run, METH_O, "Serves until drained, without asyncio."},
    {"run_held", loop_run_held, METH_NOARGS, "Serves until drained and never releases the GIL."},
    {"start", loop_start, METH_NOARGS, "Begins to accept, where LOOP_DEFERRED was given."},
    {"wait", loop_wait_method, METH_O, "Waits for something to do; milliseconds, -1 for ever."},
    {"turn", loop_turn_method, METH_NOARGS, "Runs what is there; gives ready descriptors."},
    {"flush", loop_flush, METH_NOARGS, "Submits what is queued."},
    {"fileno", loop_fileno, METH_NOARGS, "A descriptor that is readable when a turn has work."},
    {"deadline", loop_deadline, METH_NOARGS, "Milliseconds until the next timer, or -1."},
    {"wake", loop_wake, METH_NOARGS, "Ends a wait, from any thread."},
    {"drain", loop_drain, METH_NOARGS, "Begins the drain; a second call forces it. Any thread."},
    {"interrupt", loop_interrupt, METH_NOARGS, "Makes select return after its turn."},
    {"begin_close", loop_begin_close, METH_NOARGS, "Cancelled handlers answer 503 from now on."},
    {"close", loop_close, METH_NOARGS, "Closes every connection and frees the loop."},
    {"attach", loop_attach, METH_O, "Sets the asyncio event loop that async handlers run on."},
    {"banner", loop_banner, METH_O, "Writes the banner."},
    {"watch", loop_watch, METH_VARARGS, "Sets the interest in a descriptor."},
    {"info", loop_info, METH_NOARGS, "What the loop is, as a dict."},
    {"stats", loop_stats, METH_NOARGS, "The loop's counters, as a dict."},
    {"timer_start", loop_timer_start, METH_VARARGS, "Calls back once after milliseconds."},
    {"timer_cancel", loop_timer_cancel, METH_O, "Cancels a timer that has not fired."},
    {"post", loop_post, METH_VARARGS, "Answers a request from any thread."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef loop_getset[] = {
    {"is_drained", get_is_drained, nullptr, "The drain is complete.", nullptr},
    {"is_closed", get_is_closed, nullptr, "close was called.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMemberDef loop_members[] = {
    {"on_drained", T_OBJECT, offsetof(Loop, on_drained), 0, "Called when the drain is complete."},
    {"on_async", T_OBJECT, offsetof(Loop, on_async), 0,
     "Called within a turn when something is to be awaited and there is no event loop."},
    {"on_failure", T_OBJECT, offsetof(Loop, on_failure), 0,
     "Called with each exception that becomes a 500."},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot loop_slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(loop_new)},
    {Py_tp_dealloc, reinterpret_cast<void*>(loop_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(loop_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(loop_clear)},
    {Py_tp_methods, loop_methods},
    {Py_tp_getset, loop_getset},
    {Py_tp_members, loop_members},
    {Py_tp_doc, const_cast<char*>("A loop of the engine; belongs to the thread that made it.")},
    {0, nullptr},
};

PyType_Spec loop_spec = {"trivet._native.Loop", sizeof(Loop), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, loop_slots};

}  // namespace

Loop* loop_of(trivet_request request) {
    if (Loop* running = current_loop()) {
        return running;
    }
    Loop* found = nullptr;
    bool is_one = true;
    for (Loop* loop = loops; loop != nullptr; loop = loop->next) {
        if (loop->thread != this_thread()) {
            continue;
        }
        if (loop->tasks->contains(request)) {
            return loop;
        }
        is_one = found == nullptr;
        found = loop;
    }
    return is_one ? found : nullptr;
}

void loop_tell_failure(trivet_request request, PyObject* exception) {
    Loop* loop = exception == nullptr ? nullptr : loop_of(request);
    if (loop == nullptr || loop->on_failure == nullptr || loop->on_failure == Py_None) {
        return;
    }
    Ref told(PyObject_CallOneArg(loop->on_failure, exception));
    if (!told) {
        PyErr_WriteUnraisable(loop->on_failure);
    }
}

std::size_t loops_open() { return open_count; }

bool make_loop_type(PyObject* module) { return make_type(module, &loop_spec, &g.loop_type); }

}  // namespace trivet_py
