// A task's life: taken from the pool, stepped, ended, answered, given back.
#include "task.h"

#include <structmember.h>

#include <array>

#include "errors.h"
#include "loop_type.h"
#include "response.h"

namespace trivet_py {

namespace {

// Idle tasks that wait for a request. Each stays registered with asyncio for its life, which costs
// more than all the rest of making one; asyncio.all_tasks() leaves out what is done.
constexpr std::size_t kPoolMax = 64;
std::array<Task*, kPoolMax> pool;
std::size_t pool_count = 0;

// All of them at once, since a request hardly ever has any.
bool has_extras(const Task* task) {
    std::uintptr_t all = 0;
    for (const void* extra :
         {static_cast<const void*>(task->exchange), static_cast<const void*>(task->waiter),
          static_cast<const void*>(task->exception),
          static_cast<const void*>(task->cancelled_exception),
          static_cast<const void*>(task->cancel_message), static_cast<const void*>(task->callbacks),
          static_cast<const void*>(task->name), static_cast<const void*>(task->dict)}) {
        all |= reinterpret_cast<std::uintptr_t>(extra);
    }
    return all != 0;
}

[[gnu::noinline]] void clear_extras(Task* task) {
    delete std::exchange(task->exchange, nullptr);
    Py_CLEAR(task->waiter);
    Py_CLEAR(task->exception);
    Py_CLEAR(task->cancelled_exception);
    Py_CLEAR(task->cancel_message);
    Py_CLEAR(task->callbacks);
    Py_CLEAR(task->name);
    Py_CLEAR(task->dict);
}

// Back to idle, but still of its event loop.
void task_empty(Task* task) {
    if (has_extras(task)) [[unlikely]] {
        clear_extras(task);
    }
    Py_CLEAR(task->route);
    Py_CLEAR(task->request);
    Py_CLEAR(task->coro);
    Py_CLEAR(task->context);
    Py_CLEAR(task->result);
    task->handle = 0;
    task->cancel_requests = 0;
    task->state = TaskState::kIdle;
    task->must_cancel = false;
    task->is_blocking = false;
    task->is_remembered = false;
    task->is_client_gone = false;
}

void task_reset(Task* task) {
    task_empty(task);
    Py_CLEAR(task->event_loop);
    Py_CLEAR(task->loop);
}

int task_traverse(PyObject* self, visitproc visit, void* arg) {
    Task* task = as_task(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(task->event_loop);
    Py_VISIT(reinterpret_cast<PyObject*>(task->loop));
    Py_VISIT(as_object(task->route));
    Py_VISIT(task->request);
    Py_VISIT(task->coro);
    Py_VISIT(task->context);
    Py_VISIT(task->waiter);
    Py_VISIT(task->result);
    Py_VISIT(task->exception);
    Py_VISIT(task->cancelled_exception);
    Py_VISIT(task->cancel_message);
    Py_VISIT(task->callbacks);
    Py_VISIT(task->dict);
    return task->exchange != nullptr ? task->exchange->traverse(visit, arg) : 0;
}

int task_clear(PyObject* self) {
    task_reset(as_task(self));
    return 0;
}

void task_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (as_task(self)->weak_references != nullptr) {
        PyObject_ClearWeakRefs(self);
    }
    task_reset(as_task(self));
    type->tp_free(self);
    Py_DECREF(type);
}

// Nobody but the pool and asyncio's registers knows the task: it may serve another request.
// (Whoever keeps a weak reference, as anyio does, must see this task die.)
bool is_unshared(Task* task) {
    auto* first = reinterpret_cast<PyWeakReference*>(task->weak_references);
    return Py_REFCNT(as_object(task)) == (task->is_current ? 2 : 1) &&
           (first == nullptr || first->wr_next == nullptr);
}

// What asyncio's _enter_task and _leave_task do, without a call. False with an exception set.
bool become_current(Task* task) {
    PyObject* current = PyDict_SetDefault(g.current_tasks, task->event_loop, as_object(task));
    if (current != as_object(task) || task->is_current) {
        if (current != nullptr) {
            Ref other = Ref::borrow(current);
            PyErr_Format(PyExc_RuntimeError,
                         "Cannot enter into task %R while another task %R is being executed.",
                         as_object(task), other.get());
        }
        return false;
    }
    task->is_current = true;
    return true;
}

void cease_current(Task* task) {
    task->is_current = false;
    PyObject* current = PyDict_GetItemWithError(g.current_tasks, task->event_loop);
    if (current == as_object(task)) [[likely]] {
        if (PyDict_DelItem(g.current_tasks, task->event_loop) == 0) {
            return;
        }
    } else if (PyErr_Occurred() == nullptr) {
        Ref other = Ref::borrow(current != nullptr ? current : Py_None);
        PyErr_Format(PyExc_RuntimeError, "Leaving task %R does not match the current task %R.",
                     as_object(task), other.get());
    }
    PyErr_WriteUnraisable(as_object(task));
}

Task* task_of_pool() {
    while (pool_count > 0) {
        Task* task = pool[--pool_count];
        if (is_unshared(task)) {
            return task;
        }
        Py_DECREF(as_object(task));
    }
    Ref task(g.task_type->tp_alloc(g.task_type, 0));
    if (!task) {
        return nullptr;
    }
    Ref done(PyObject_CallOneArg(g.register_task, task.get()));
    return done ? as_task(task.release()) : nullptr;
}

// A task of the loop for a request; null with an exception set.
Task* task_take(Loop* loop) {
    if (loop->kept_task != nullptr) [[likely]] {
        Task* task = std::exchange(loop->kept_task, nullptr);
        if (task->event_loop == loop->event_loop && is_unshared(task)) [[likely]] {
            return task;
        }
        task_put_away(task);
    }
    Task* task = task_of_pool();
    if (task != nullptr) {
        task->event_loop = Py_NewRef(loop->event_loop);
        task->loop = loop;
        Py_INCREF(reinterpret_cast<PyObject*>(loop));
    }
    return task;
}

void task_give_back(Task* task) {
    if (is_done(task) && pool_count < kPoolMax && is_unshared(task)) {
        task_reset(task);
        pool[pool_count++] = task;
        return;
    }
    Py_DECREF(as_object(task));
}

void forget(Task* task) {
    if (task->is_remembered) {
        task->is_remembered = false;
        loop_forget(task->loop, task->handle);
    }
}

void finish_cancelled(Task* task, Ref exception) {
    bool is_answered =
        task->request != nullptr && reinterpret_cast<Request*>(task->request)->is_answered;
    if (is_answered) {
        // The handler has answered by itself.
    } else if (task->is_client_gone) {
        // Nobody reads it; the number is what access logs use for a client that left.
        trivet_reply_empty(task->handle, 499);
    } else if (loop_is_closing(task->loop)) {
        trivet_reply_problem(task->handle, 503, trivet_lit("the server is shutting down"));
    } else if (exception) {
        send_exception(task->handle, exception.get());
    } else {
        trivet_reply_fail(task->handle, trivet_lit("the handler's task was cancelled"),
                          trivet_str{});
    }
    task->state = TaskState::kCancelled;
    Py_XSETREF(task->cancelled_exception, exception.release());
}

// False when the exception concerns the program and was set again for the caller to pass on.
bool finish_exception(Task* task, Ref exception) {
    if (PyErr_GivenExceptionMatches(exception.get(), g.cancelled_error) != 0) {
        finish_cancelled(task, std::move(exception));
        return true;
    }
    route_answer_exception(task->handle, task->request, exception.get());
    task->state = TaskState::kFinished;
    bool is_for_program = is_for_the_program(exception.get());
    task->exception = Py_NewRef(exception.get());
    if (is_for_program) {
        restore_exception(std::move(exception));
    }
    return !is_for_program;
}

void end(Task* task) {
    forget(task);
    if (!task_schedule_callbacks(task)) {
        PyErr_WriteUnraisable(as_object(task));
    }
    Py_CLEAR(task->coro);
    Py_CLEAR(task->request);
}

bool task_step(Task* task, Ref exception);

PyObject* on_step(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (is_done(as_task(self))) {
        PyErr_SetString(g.invalid_state_error, "the task is done already");
        return nullptr;
    }
    Ref exception = count > 0 ? Ref::borrow(arguments[0]) : Ref();
    if (!task_step(as_task(self), std::move(exception))) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

// The future that the task waited for is done; its exception goes into the coroutine.
PyObject* on_wakeup(PyObject* self, PyObject* future) {
    if (is_done(as_task(self))) {
        Py_RETURN_NONE;
    }
    Ref result(PyObject_CallMethod(future, "result", nullptr));
    Ref exception = result ? Ref() : take_exception();
    if (!task_step(as_task(self), std::move(exception))) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyMethodDef step_def = {"trivet_task_step", fast_method(on_step), METH_FASTCALL, nullptr};
PyMethodDef wakeup_def = {"trivet_task_wakeup", on_wakeup, METH_O, nullptr};

// Runs the next step in the event loop's next round, with an exception to throw or null.
bool step_soon(Task* task, PyObject* exception) {
    Ref step(PyCFunction_New(&step_def, as_object(task)));
    return step && call_soon(task->event_loop, step.get(), exception, task->context);
}

bool fail_soon(Task* task, const char* format, PyObject* yielded) {
    Ref message(PyUnicode_FromFormat(format, as_object(task), yielded));
    Ref error(message ? PyObject_CallOneArg(PyExc_RuntimeError, message.get()) : nullptr);
    return error && step_soon(task, error.get());
}

bool add_done_callback(PyObject* future, PyObject* callback, PyObject* context) {
    static PyObject* name = PyUnicode_InternFromString("add_done_callback");
    static PyObject* keywords = Py_BuildValue("(s)", "context");
    PyObject* arguments[] = {future, callback, context};
    Ref done(PyObject_VectorcallMethod(name, arguments, 2, keywords));
    return static_cast<bool>(done);
}

bool is_of_loop(Task* task, PyObject* future) {
    Ref loop(PyObject_CallMethod(future, "get_loop", nullptr));
    if (!loop && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        loop = Ref(PyObject_GetAttrString(future, "_loop"));
    }
    return loop.get() == task->event_loop;
}

// The coroutine has yielded: a future to wait for, None for another round, or a mistake. The same
// cases as asyncio.Task's. False with an exception set.
bool wait_for(Task* task, PyObject* yielded) {
    if (yielded == Py_None) {
        return step_soon(task, nullptr);
    }
    static PyObject* blocking_name = PyUnicode_InternFromString("_asyncio_future_blocking");
    if (yielded == as_object(task)) {
        task->is_blocking = false;
        return fail_soon(task, "Task cannot await on itself: %R", nullptr);
    }
    Ref blocking(PyObject_GetAttr(yielded, blocking_name));
    if (!blocking) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) {
            return false;
        }
        PyErr_Clear();
    }
    if (!blocking || blocking.get() == Py_None) {
        return fail_soon(task, "Task %R got bad yield: %R", yielded);
    }
    bool is_ours = is_of_loop(task, yielded);
    if (PyErr_Occurred()) {
        return false;
    }
    if (!is_ours) {
        return fail_soon(task, "Task %R got Future %R attached to a different loop", yielded);
    }
    int is_blocking = PyObject_IsTrue(blocking.get());
    if (is_blocking < 0) {
        return false;
    }
    if (is_blocking == 0) {
        return fail_soon(task, "yield was used instead of yield from in task %R with %R", yielded);
    }
    Ref wakeup(PyCFunction_New(&wakeup_def, as_object(task)));
    if (!wakeup || PyObject_SetAttr(yielded, blocking_name, Py_False) < 0 ||
        !add_done_callback(yielded, wakeup.get(), task->context)) {
        return false;
    }
    Py_XSETREF(task->waiter, Py_NewRef(yielded));
    if (task->must_cancel) {
        Ref is_cancelled(PyObject_CallMethod(yielded, "cancel",
                                             task->cancel_message != nullptr ? "(O)" : nullptr,
                                             task->cancel_message));
        if (!is_cancelled) {
            return false;
        }
        if (PyObject_IsTrue(is_cancelled.get()) == 1) {
            task->must_cancel = false;
        }
    }
    return true;
}

// What throw gave: a yielded object, or a StopIteration with the coroutine's result.
PySendResult throw_into(PyObject* coro, PyObject* exception, PyObject** out) {
    static PyObject* name = PyUnicode_InternFromString("throw");
    *out = PyObject_CallMethodOneArg(coro, name, exception);
    if (*out != nullptr) {
        return PYGEN_NEXT;
    }
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
        return PYGEN_ERROR;
    }
    Ref stop = take_exception();
    *out = PyObject_GetAttrString(stop.get(), "value");
    return *out != nullptr ? PYGEN_RETURN : PYGEN_ERROR;
}

// One step of the coroutine: what it gave, and whether it returned it.
[[gnu::always_inline]] inline PySendResult step_coroutine(Task* task, PyObject* exception,
                                                          Ref* out) {
    PyObject* raw = nullptr;
    // The coroutine may drop the last other reference to it.
    Ref coro = Ref::borrow(task->coro);
    PySendResult sent = exception == nullptr ? PyIter_Send(coro.get(), Py_None, &raw)
                                             : throw_into(coro.get(), exception, &raw);
    *out = Ref(raw);
    return sent;
}

// What a coroutine that waits for nothing has given.
Outcome outcome_of(PySendResult sent, Ref result) {
    if (sent == PYGEN_RETURN) {
        return {.result = std::move(result), .exception = {}};
    }
    return {.result = {}, .exception = take_exception()};
}

// The end of a request's way. False with an exception set that must leave the event loop.
bool finish_exchange(Task* task) {
    Ref cancelled = task->exchange->take_cancelled();
    Ref for_program = task->exchange->take_for_program();
    task->state = cancelled ? TaskState::kCancelled : TaskState::kFinished;
    Py_XSETREF(task->cancelled_exception, cancelled.release());
    if (!for_program) {
        return true;
    }
    task->exception = Py_NewRef(for_program.get());
    restore_exception(std::move(for_program));
    return false;
}

// Goes on along a request's way with the outcome of the part before. False as above.
bool run_exchange(Task* task, Outcome outcome) {
    for (;;) {
        if (outcome.result && task->must_cancel) {
            // Cancelled in the last step of a hook or of the handler.
            task->must_cancel = false;
            outcome = {.result = {}, .exception = Ref(task_cancelled_error(task))};
        }
        Py_CLEAR(task->coro);
        task->coro = task->exchange->go(std::move(outcome), task, task->context).release();
        if (task->coro == nullptr) {
            return finish_exchange(task);
        }
        Ref result;
        PySendResult sent = step_coroutine(task, nullptr, &result);
        if (sent == PYGEN_NEXT && wait_for(task, result.get())) {
            return true;
        }
        outcome = outcome_of(sent, std::move(result));
    }
}

// The end of a handler without hooks that gave no answer. False as above.
[[gnu::noinline]] bool fail_handler(Task* task, Outcome outcome) {
    bool is_result_error = static_cast<bool>(outcome.result);
    if (is_result_error) {
        outcome = {.result = {}, .exception = take_exception()};
    }
    bool is_cancelled =
        PyErr_GivenExceptionMatches(outcome.exception.get(), g.cancelled_error) != 0;
    if (task->route->chain == nullptr || is_cancelled) {
        return finish_exception(task, std::move(outcome.exception));
    }
    task->exchange = new Exchange(task->route, task->handle,
                                  Ref(std::exchange(task->request, nullptr)), Stage::kHandler);
    if (is_result_error) {
        task->exchange->expect_result_error(outcome.exception.get());
    }
    return run_exchange(task, std::move(outcome));
}

// A handler without hooks has given an answer that is sent in pieces. False as above.
[[gnu::noinline]] bool stream_result(Task* task, Outcome outcome) {
    task->exchange = new Exchange(task->route, task->handle,
                                  Ref(std::exchange(task->request, nullptr)), Stage::kHandler);
    return run_exchange(task, std::move(outcome));
}

// One step, in the task's context and as the current task: as far as it goes without waiting. False
// when an exception is set that must leave the event loop: KeyboardInterrupt, SystemExit.
bool run_step(Task* task, PyObject* exception) {
    if (task->coro == nullptr) {
        return run_exchange(task, Outcome{});
    }
    Ref result;
    PySendResult sent = step_coroutine(task, exception, &result);
    if (sent == PYGEN_NEXT && wait_for(task, result.get())) {
        return true;
    }
    if (task->exchange != nullptr) {
        return run_exchange(task, outcome_of(sent, std::move(result)));
    }
    if (sent == PYGEN_RETURN && task->must_cancel) {
        // Cancelled in its last step: asyncio reports that, not the result.
        task->must_cancel = false;
        finish_cancelled(task, Ref());
        return true;
    }
    Sent answer = Sent::kRaised;
    if (sent == PYGEN_RETURN) [[likely]] {
        answer = route_answer(task->route, task->handle, task->request, result.get());
        if (answer == Sent::kDone) [[likely]] {
            task->state = TaskState::kFinished;
            task->result = result.release();
            return true;
        }
    }
    Outcome outcome = outcome_of(sent, std::move(result));
    return answer == Sent::kStream ? stream_result(task, std::move(outcome))
                                   : fail_handler(task, std::move(outcome));
}

// A task may not run: another one does.
[[gnu::noinline]] bool refuse_step(Task* task) {
    bool is_fine = finish_exception(task, take_exception());
    end(task);
    return is_fine;
}

bool end_step(Task* task, bool is_fine) {
    Ref raised = is_fine ? Ref() : take_exception();
    cease_current(task);
    if (is_done(task)) {
        end(task);
    }
    if (raised) {
        restore_exception(std::move(raised));
    }
    return is_fine;
}

bool task_step(Task* task, Ref exception) {
    Ref keep = Ref::borrow(as_object(task));
    if (task->must_cancel) {
        if (!exception || PyErr_GivenExceptionMatches(exception.get(), g.cancelled_error) == 0) {
            exception = Ref(task_cancelled_error(task));
        }
        task->must_cancel = false;
    }
    Py_CLEAR(task->waiter);
    if (!become_current(task)) {
        return refuse_step(task);
    }
    return end_step(task, run_step(task, exception.get()));
}

PyMemberDef task_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Task, weak_references), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(Task, dict), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot task_slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(task_dealloc)},
    {Py_tp_traverse, reinterpret_cast<void*>(task_traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(task_clear)},
    {Py_tp_repr, reinterpret_cast<void*>(task_repr)},
    {Py_tp_iter, reinterpret_cast<void*>(task_await)},
    {Py_am_await, reinterpret_cast<void*>(task_await)},
    {Py_tp_methods, task_methods},
    {Py_tp_getset, task_getset},
    {Py_tp_members, task_members},
    {Py_tp_doc, const_cast<char*>("The task of one async handler; behaves as asyncio.Task.")},
    {0, nullptr},
};

PyType_Spec task_spec = {
    "trivet.RequestTask", sizeof(Task), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, task_slots};

[[gnu::noinline]] void fail_without_task(trivet_request request) {
    std::string cause = take_exception_line();
    trivet_reply_fail(request, to_str(cause), trivet_str{});
}

// A task of a request; null when it had to be answered without one.
[[gnu::always_inline]] inline Task* task_for(Route* route, trivet_request request,
                                             std::uint64_t number, Loop* loop, PyObject* context) {
    Task* task = task_take(loop);
    if (task == nullptr) {
        fail_without_task(request);
        return nullptr;
    }
    task->route = route;
    Py_INCREF(as_object(route));
    task->context = Py_NewRef(context);
    task->handle = request;
    task->number = number;
    return task;
}

// Ends a task that no later request needs to find current, whatever became of its first step.
[[gnu::noinline]] void end_first_step(Task* task, bool is_fine) {
    if (!end_step(task, is_fine)) {
        loop_stop_with(take_exception());
    }
    if (!is_done(task)) {
        task->is_remembered = true;
        loop_remember(task->loop, task->handle, task);
    }
    task_give_back(task);
}

// The first step, inside the turn that brought the request. A task that ends there and that nobody
// has kept stays the current one, for the turn's next request.
void task_begin(Task* task) {
    task->state = TaskState::kPending;
    if (!task->is_current && !become_current(task)) [[unlikely]] {
        if (!refuse_step(task)) {
            loop_stop_with(take_exception());
        }
        task_give_back(task);
        return;
    }
    bool is_fine = run_step(task, nullptr);
    Loop* loop = task->loop;
    if (!is_fine || task->state != TaskState::kFinished || task->callbacks != nullptr ||
        loop->kept_task != nullptr || !is_unshared(task)) {
        end_first_step(task, is_fine);
        return;
    }
    task_empty(task);
    loop->kept_task = task;
}

}  // namespace

void task_put_away(Task* task) {
    cease_current(task);
    task_give_back(task);
}

void task_start(Route* route, trivet_request request, const trivet_request_view* view, Loop* loop,
                PyObject* context) {
    Task* task = task_for(route, request, view->id, loop, context);
    if (task == nullptr) {
        return;
    }
    Call call;
    route_call(route, request, view, call);
    task->request = call.request.release();
    if (call.result) {
        task->coro = call.result.release();
        task_begin(task);
        return;
    }
    // There is no coroutine to run: an argument was missing, or the call itself has raised.
    Ref exception = take_exception();
    if (task->is_current) {
        cease_current(task);
    }
    if (route->chain == nullptr) {
        route_answer_exception(request, task->request, exception.get());
    } else {
        exchange_fail(route, request, Ref(std::exchange(task->request, nullptr)),
                      std::move(exception), false, loop, context);
    }
    task_give_back(task);
}

void task_start_exchange(Route* route, trivet_request request, std::uint64_t number, Loop* loop,
                         PyObject* context) {
    Task* task = task_for(route, request, number, loop, context);
    if (task != nullptr) {
        task->exchange = new Exchange(route, request, Ref(), Stage::kBefore);
        task_begin(task);
    }
}

void task_adopt(Exchange exchange, Ref coro, Loop* loop, PyObject* context) {
    const trivet_request_view* view = nullptr;
    trivet_request handle = exchange.handle();
    std::uint64_t number = trivet_request_get(handle, &view) == TRIVET_OK ? view->id : 0;
    Task* task = task_for(exchange.route(), handle, number, loop, context);
    if (task != nullptr) {
        task->exchange = new Exchange(std::move(exchange));
        task->coro = coro.release();
        task_begin(task);
    }
}

bool make_task_type(PyObject* module) {
    return make_type(module, &task_spec, &g.task_type) && make_task_await_type(module);
}

bool call_soon(PyObject* event_loop, PyObject* callback, PyObject* argument, PyObject* context) {
    static PyObject* name = PyUnicode_InternFromString("call_soon");
    static PyObject* keywords = Py_BuildValue("(s)", "context");
    PyObject* arguments[4] = {event_loop, callback, nullptr, nullptr};
    std::size_t count = 2;
    if (argument != nullptr) {
        arguments[count++] = argument;
    }
    arguments[count] = context;
    Ref handle(PyObject_VectorcallMethod(name, arguments, count, keywords));
    return static_cast<bool>(handle);
}

}  // namespace trivet_py
