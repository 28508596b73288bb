// What Python code sees of a task: the methods and attributes of asyncio.Task and asyncio.Future.
#include "errors.h"
#include "task.h"

namespace trivet_py {

namespace {

PyObject* or_none(PyObject* object) { return Py_NewRef(object != nullptr ? object : Py_None); }

PyObject* raise_invalid_state(const char* message) {
    PyErr_SetString(g.invalid_state_error, message);
    return nullptr;
}

PyObject* task_done(PyObject* self, PyObject*) { return PyBool_FromLong(is_done(as_task(self))); }

PyObject* task_is_cancelled(PyObject* self, PyObject*) {
    return PyBool_FromLong(as_task(self)->state == TaskState::kCancelled);
}

PyObject* task_result(PyObject* self, PyObject*) {
    Task* task = as_task(self);
    switch (task->state) {
        case TaskState::kPending:
            return raise_invalid_state("Result is not set.");
        case TaskState::kCancelled:
            restore_exception(Ref(task_cancelled_error(task)));
            return nullptr;
        default:
            if (task->exception != nullptr) {
                restore_exception(Ref::borrow(task->exception));
                return nullptr;
            }
            return or_none(task->result);
    }
}

PyObject* task_exception(PyObject* self, PyObject*) {
    Task* task = as_task(self);
    if (task->state == TaskState::kPending) {
        return raise_invalid_state("Exception is not set.");
    }
    if (task->state == TaskState::kCancelled) {
        restore_exception(Ref(task_cancelled_error(task)));
        return nullptr;
    }
    return or_none(task->exception);
}

PyObject* task_cancel_method(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"msg", nullptr};
    PyObject* message = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|O:cancel", const_cast<char**>(kNames),
                                     &message)) {
        return nullptr;
    }
    int is_asked = task_cancel(as_task(self), message);
    return is_asked < 0 ? nullptr : PyBool_FromLong(is_asked);
}

PyObject* task_cancelling(PyObject* self, PyObject*) {
    return PyLong_FromLong(as_task(self)->cancel_requests);
}

PyObject* task_uncancel(PyObject* self, PyObject*) {
    Task* task = as_task(self);
    if (task->cancel_requests > 0 && --task->cancel_requests == 0) {
        task->must_cancel = false;
    }
    return PyLong_FromLong(task->cancel_requests);
}

PyObject* task_add_done_callback(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"", "context", nullptr};
    PyObject* callback = nullptr;
    PyObject* context = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|$O:add_done_callback",
                                     const_cast<char**>(kNames), &callback, &context)) {
        return nullptr;
    }
    Task* task = as_task(self);
    Ref own = context == Py_None ? Ref(PyContext_CopyCurrent()) : Ref::borrow(context);
    if (!own) {
        return nullptr;
    }
    if (is_done(task)) {
        if (task->event_loop == nullptr) {
            return raise_invalid_state("the task has ended");
        }
        // asyncio passes the future to its callbacks; call_soon does so here.
        if (!call_soon(task->event_loop, callback, self, own.get())) {
            return nullptr;
        }
        Py_RETURN_NONE;
    }
    if (task->callbacks == nullptr && (task->callbacks = PyList_New(0)) == nullptr) {
        return nullptr;
    }
    Ref pair(PyTuple_Pack(2, callback, own.get()));
    if (!pair || PyList_Append(task->callbacks, pair.get()) < 0) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* task_remove_done_callback(PyObject* self, PyObject* callback) {
    Task* task = as_task(self);
    long removed = 0;
    Py_ssize_t count = task->callbacks == nullptr ? 0 : PyList_GET_SIZE(task->callbacks);
    for (Py_ssize_t i = count; i-- > 0;) {
        if (task->callbacks == nullptr || i >= PyList_GET_SIZE(task->callbacks)) {
            continue;  // a comparison changed the list
        }
        Ref pair = Ref::borrow(PyList_GET_ITEM(task->callbacks, i));
        int is_same = PyObject_RichCompareBool(PyTuple_GET_ITEM(pair.get(), 0), callback, Py_EQ);
        if (is_same < 0) {
            return nullptr;
        }
        if (is_same == 1 && PySequence_DelItem(task->callbacks, i) == 0) {
            ++removed;
        }
    }
    return PyLong_FromLong(removed);
}

PyObject* task_set_anything(PyObject*, PyObject*) {
    PyErr_SetString(PyExc_RuntimeError, "Task does not support set_result and set_exception");
    return nullptr;
}

PyObject* task_get_loop(PyObject* self, PyObject*) { return or_none(as_task(self)->event_loop); }
PyObject* task_get_coro(PyObject* self, PyObject*) { return or_none(as_task(self)->coro); }
PyObject* task_get_context(PyObject* self, PyObject*) { return or_none(as_task(self)->context); }

PyObject* task_get_name(PyObject* self, PyObject*) {
    Task* task = as_task(self);
    if (task->name == nullptr) {
        task->name = PyUnicode_FromFormat("trivet-request-%llu",
                                          static_cast<unsigned long long>(task->number));
    }
    return Py_XNewRef(task->name);
}

PyObject* task_set_name(PyObject* self, PyObject* value) {
    PyObject* name = PyObject_Str(value);
    if (name == nullptr) {
        return nullptr;
    }
    Py_XSETREF(as_task(self)->name, name);
    Py_RETURN_NONE;
}

PyObject* task_get_stack(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"limit", nullptr};
    PyObject* limit = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$O:get_stack",
                                     const_cast<char**>(kNames), &limit)) {
        return nullptr;
    }
    return PyObject_CallFunctionObjArgs(g.task_get_stack, self, limit, nullptr);
}

PyObject* task_print_stack(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"limit", "file", nullptr};
    PyObject* limit = Py_None;
    PyObject* file = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$OO:print_stack",
                                     const_cast<char**>(kNames), &limit, &file)) {
        return nullptr;
    }
    return PyObject_CallFunctionObjArgs(g.task_print_stack, self, limit, file, nullptr);
}

PyObject* task_make_cancelled_error(PyObject* self, PyObject*) {
    return task_cancelled_error(as_task(self));
}

PyObject* get_class(PyObject*, void*) { return or_none(g.task_class); }

PyObject* get_blocking(PyObject* self, void*) {
    return PyBool_FromLong(as_task(self)->is_blocking);
}

int set_blocking(PyObject* self, PyObject* value, void*) {
    int is_true = value == nullptr ? 0 : PyObject_IsTrue(value);
    if (is_true < 0) {
        return -1;
    }
    as_task(self)->is_blocking = is_true == 1;
    return 0;
}

PyObject* get_state(PyObject* self, void*) {
    switch (as_task(self)->state) {
        case TaskState::kPending:
            return PyUnicode_FromString("PENDING");
        case TaskState::kCancelled:
            return PyUnicode_FromString("CANCELLED");
        default:
            return PyUnicode_FromString("FINISHED");
    }
}

PyObject* get_must_cancel(PyObject* self, void*) {
    return PyBool_FromLong(as_task(self)->must_cancel);
}

PyObject* get_false(PyObject*, void*) { return Py_NewRef(Py_False); }
PyObject* get_nothing(PyObject*, void*) { return Py_NewRef(Py_None); }

// asyncio writes these on its own tasks to silence its warnings; ours has none of them.
int set_nothing(PyObject*, PyObject*, void*) { return 0; }

template <PyObject* Task::* kField>
PyObject* get_field(PyObject* self, void*) {
    return or_none(as_task(self)->*kField);
}

// The iterator behind `await task`: yields the task itself once, as asyncio's futures do.
struct TaskAwait {
    PyObject_HEAD PyObject* task;
    bool is_started;
};

PyObject* await_next(PyObject* self) {
    auto* waiting = reinterpret_cast<TaskAwait*>(self);
    if (waiting->task == nullptr) {
        return nullptr;
    }
    Task* task = as_task(waiting->task);
    if (!is_done(task)) {
        if (waiting->is_started) {
            PyErr_SetString(PyExc_RuntimeError, "await wasn't used with future");
            return nullptr;
        }
        waiting->is_started = true;
        task->is_blocking = true;
        return Py_NewRef(waiting->task);
    }
    Ref result(task_result(waiting->task, nullptr));
    Py_CLEAR(waiting->task);
    if (result) {
        Ref stop(PyObject_CallOneArg(PyExc_StopIteration, result.get()));
        if (stop) {
            PyErr_SetObject(PyExc_StopIteration, stop.get());
        }
    }
    return nullptr;
}

int await_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(reinterpret_cast<TaskAwait*>(self)->task);
    return 0;
}

void await_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(reinterpret_cast<TaskAwait*>(self)->task);
    type->tp_free(self);
    Py_DECREF(type);
}

PyType_Slot await_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(await_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(await_traverse)},
    {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(await_next)},
    {0, nullptr},
};

PyType_Spec await_spec = {
    "trivet._native.TaskAwait", sizeof(TaskAwait), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, await_slots};

}  // namespace

PyObject* task_await(PyObject* self) {
    PyObject* waiting = g.task_await_type->tp_alloc(g.task_await_type, 0);
    if (waiting != nullptr) {
        reinterpret_cast<TaskAwait*>(waiting)->task = Py_NewRef(self);
    }
    return waiting;
}

PyObject* task_repr(PyObject* self) {
    Ref name(task_get_name(self, nullptr));
    Ref state(get_state(self, nullptr));
    PyObject* coro = as_task(self)->coro;
    return name && state ? PyUnicode_FromFormat("<RequestTask %U name=%R coro=%R>", state.get(),
                                                name.get(), coro != nullptr ? coro : Py_None)
                         : nullptr;
}

int task_cancel(Task* task, PyObject* message) {
    if (is_done(task)) {
        return 0;
    }
    ++task->cancel_requests;
    Ref waiter = Ref::borrow(task->waiter);
    if (waiter) {
        Ref is_cancelled(message == Py_None
                             ? PyObject_CallMethod(waiter.get(), "cancel", nullptr)
                             : PyObject_CallMethod(waiter.get(), "cancel", "(O)", message));
        int is_true = is_cancelled ? PyObject_IsTrue(is_cancelled.get()) : -1;
        if (is_true != 0) {
            return is_true;
        }
    }
    task->must_cancel = true;
    Py_XSETREF(task->cancel_message, message == Py_None ? nullptr : Py_NewRef(message));
    return 1;
}

void task_client_gone(Task* task) {
    task->is_client_gone = true;
    if (task_cancel(task, Py_None) < 0) {
        PyErr_WriteUnraisable(as_object(task));
    }
}

bool task_schedule_callbacks(Task* task) {
    Ref callbacks(std::exchange(task->callbacks, nullptr));
    if (!callbacks) {
        return true;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(callbacks.get()); ++i) {
        PyObject* pair = PyList_GET_ITEM(callbacks.get(), i);
        if (!call_soon(task->event_loop, PyTuple_GET_ITEM(pair, 0), as_object(task),
                       PyTuple_GET_ITEM(pair, 1))) {
            return false;
        }
    }
    return true;
}

PyObject* task_cancelled_error(Task* task) {
    if (task->cancelled_exception != nullptr) {
        return std::exchange(task->cancelled_exception, nullptr);
    }
    return task->cancel_message == nullptr
               ? PyObject_CallNoArgs(g.cancelled_error)
               : PyObject_CallOneArg(g.cancelled_error, task->cancel_message);
}

PyMethodDef task_methods[] = {
    {"done", task_done, METH_NOARGS, nullptr},
    {"cancelled", task_is_cancelled, METH_NOARGS, nullptr},
    {"result", task_result, METH_NOARGS, nullptr},
    {"exception", task_exception, METH_NOARGS, nullptr},
    {"cancel", keyword_method(task_cancel_method), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"cancelling", task_cancelling, METH_NOARGS, nullptr},
    {"uncancel", task_uncancel, METH_NOARGS, nullptr},
    {"add_done_callback", keyword_method(task_add_done_callback), METH_VARARGS | METH_KEYWORDS,
     nullptr},
    {"remove_done_callback", task_remove_done_callback, METH_O, nullptr},
    {"set_result", task_set_anything, METH_O, nullptr},
    {"set_exception", task_set_anything, METH_O, nullptr},
    {"get_loop", task_get_loop, METH_NOARGS, nullptr},
    {"get_coro", task_get_coro, METH_NOARGS, nullptr},
    {"get_context", task_get_context, METH_NOARGS, nullptr},
    {"get_name", task_get_name, METH_NOARGS, nullptr},
    {"set_name", task_set_name, METH_O, nullptr},
    {"get_stack", keyword_method(task_get_stack), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"print_stack", keyword_method(task_print_stack), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"_make_cancelled_error", task_make_cancelled_error, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef task_getset[] = {
    // isinstance(task, asyncio.Task) holds, as libraries ask.
    {"__class__", get_class, nullptr, nullptr, nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {"_asyncio_future_blocking", get_blocking, set_blocking, nullptr, nullptr},
    {"_state", get_state, nullptr, nullptr, nullptr},
    {"_loop", get_field<&Task::event_loop>, nullptr, nullptr, nullptr},
    {"_coro", get_field<&Task::coro>, nullptr, nullptr, nullptr},
    {"_context", get_field<&Task::context>, nullptr, nullptr, nullptr},
    {"_fut_waiter", get_field<&Task::waiter>, nullptr, nullptr, nullptr},
    {"_result", get_field<&Task::result>, nullptr, nullptr, nullptr},
    {"_exception", get_field<&Task::exception>, nullptr, nullptr, nullptr},
    {"_callbacks", get_field<&Task::callbacks>, nullptr, nullptr, nullptr},
    {"_cancel_message", get_field<&Task::cancel_message>, set_nothing, nullptr, nullptr},
    {"_must_cancel", get_must_cancel, nullptr, nullptr, nullptr},
    {"_source_traceback", get_nothing, nullptr, nullptr, nullptr},
    {"_log_destroy_pending", get_false, set_nothing, nullptr, nullptr},
    {"_log_traceback", get_false, set_nothing, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

bool make_task_await_type(PyObject* module) {
    return make_type(module, &await_spec, &g.task_await_type);
}

}  // namespace trivet_py
