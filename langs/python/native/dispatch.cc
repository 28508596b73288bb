// A request arrives: which way it goes, and how it is answered where there is only a handler.
#include "errors.h"
#include "exchange.h"
#include "loop_type.h"
#include "response.h"
#include "route.h"
#include "task.h"

namespace trivet_py {

namespace {

// A plain handler has raised, or gave what cannot be sent, or what is sent in pieces.
[[gnu::noinline]] void end_plain(Route* route, trivet_request request, Call& call, Sent sent,
                                 Loop* loop, PyObject* context) {
    if (sent == Sent::kStream) {
        exchange_stream(route, request, std::move(call.request), std::move(call.result), loop,
                        context);
        return;
    }
    Ref exception = take_exception();
    if (route->chain != nullptr) {
        exchange_fail(route, request, std::move(call.request), std::move(exception),
                      static_cast<bool>(call.result), loop, context);
        return;
    }
    route_answer_exception(request, call.request.get(), exception.get());
    if (is_for_the_program(exception.get())) {
        loop_stop_with(std::move(exception));
    }
}

void run_plain(Route* route, trivet_request request, const trivet_request_view* view, Loop* loop,
               PyObject* context) {
    Call call;
    route_call(route, request, view, call);
    Sent sent = call.result ? route_answer(route, request, call.request.get(), call.result.get())
                            : Sent::kRaised;
    if (sent != Sent::kDone) [[unlikely]] {
        end_plain(route, request, call, sent, loop, context);
    }
}

// The context of a request, entered: a copy of the loop's, or the last request's if that is one
// still. Null with an exception set.
PyObject* enter_context(Loop* loop) {
    if (loop != nullptr && loop->kept_context != nullptr) [[likely]] {
        return std::exchange(loop->kept_context, nullptr);
    }
    PyObject* context =
        loop != nullptr ? PyContext_Copy(loop_context(loop)) : PyContext_CopyCurrent();
    if (context != nullptr && PyContext_Enter(context) < 0) {
        Py_CLEAR(context);
    }
    return context;
}

// Nobody else has the context (the thread has a reference while it is entered), not even a weak
// reference, and no variable is set in it.
bool is_as_new(const Loop* loop, PyObject* context) {
    auto* weak_references = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(context) +
                                                          PyContext_Type.tp_weaklistoffset);
    return loop->is_context_empty && Py_REFCNT(context) == 2 && weak_references == nullptr &&
           PyContext_Type.tp_as_mapping->mp_length(context) == 0;
}

void leave_context(Loop* loop, PyObject* context) {
    if (loop != nullptr && loop->kept_context == nullptr && is_as_new(loop, context)) [[likely]] {
        loop->kept_context = context;
        return;
    }
    if (PyContext_Exit(context) < 0) {
        PyErr_WriteUnraisable(context);
    }
    Py_DECREF(context);
}

// Plain functions have no current task.
void leave_task(Loop* loop) {
    if (loop != nullptr && loop->kept_task != nullptr) {
        task_put_away(std::exchange(loop->kept_task, nullptr));
    }
}

}  // namespace

std::string result_detail(PyObject* exception) {
    if (exception == nullptr || (!PyErr_GivenExceptionMatches(exception, PyExc_TypeError) &&
                                 !PyErr_GivenExceptionMatches(exception, PyExc_ValueError))) {
        return {};
    }
    Ref text(PyObject_Str(exception));
    trivet_str utf8{};
    if (!text || !utf8_of(text.get(), &utf8)) {
        PyErr_Clear();
        return {};
    }
    return std::string(utf8.data, utf8.size);
}

// As route_answer.
[[gnu::noinline]] static Sent fail_result(Route* route, trivet_request handle) {
    if (route->chain != nullptr) {
        return Sent::kRaised;
    }
    Ref exception = take_exception();
    HttpError http;
    if (read_http_error(exception.get(), &http)) {
        // What was to be subscribed to cannot be had.
        send_exception(handle, exception.get());
        return Sent::kDone;
    }
    loop_tell_failure(handle, exception.get());
    std::string detail = result_detail(exception.get());
    std::string cause = exception ? exception_line(exception.get()) : "unknown failure";
    cause += " (result of ";
    cause += to_view(route_site(route));
    cause += ")";
    trivet_reply_fail(handle, to_str(cause), to_str(detail));
    return Sent::kDone;
}

Sent route_answer(Route* route, trivet_request handle, PyObject* request, PyObject* result) {
    if (request != nullptr && reinterpret_cast<Request*>(request)->is_answered) {
        return Sent::kDone;
    }
    Sent sent = send_result(handle, result, route->status);
    return sent == Sent::kRaised ? fail_result(route, handle) : sent;
}

void route_answer_exception(trivet_request handle, PyObject* request, PyObject* exception) {
    if (request != nullptr && reinterpret_cast<Request*>(request)->is_answered) {
        loop_log("after its answer a handler raised " + exception_line(exception));
        return;
    }
    send_exception(handle, exception);
}

void on_request(trivet_request request, const trivet_request_view* view, void* user_data) {
    auto* route = static_cast<Route*>(user_data);
    Loop* loop = current_loop();
    PyObject* context = enter_context(loop);
    if (context == nullptr) [[unlikely]] {
        std::string cause = take_exception_line();
        trivet_reply_fail(request, to_str(cause), trivet_str{});
        return;
    }
    if (route->mode == Mode::kPlain) {
        leave_task(loop);
        run_plain(route, request, view, loop, context);
    } else if (route->mode == Mode::kChain) {
        leave_task(loop);
        exchange_start(route, request, loop, context);
    } else if (loop == nullptr || loop_asyncio(loop) == nullptr) {
        trivet_reply_fail(request, trivet_lit("an async handler needs the asyncio event loop"),
                          trivet_str{});
    } else if (route->mode == Mode::kAsync) {
        task_start(route, request, view, loop, context);
    } else {
        task_start_exchange(route, request, view->id, loop, context);
    }
    leave_context(loop, context);
}

}  // namespace trivet_py
