// The way of a request: before hooks, handler, after hooks. Errors are in exchange_error.cc.
#include "exchange.h"

#include "errors.h"
#include "loop.h"
#include "streams.h"
#include "task.h"

namespace trivet_py {

Exchange::Exchange(Route* route, trivet_request handle, Ref request, Stage stage)
    : route_(route), handle_(handle), request_(std::move(request)), stage_(stage) {}

Ref Exchange::go(Outcome outcome, const Task* task, PyObject* context) {
    context_ = context;
    for (;;) {
        outcome = step(std::move(outcome), task);
        if (stage_ == Stage::kAnswered) {
            if (!producers_ || PyList_GET_SIZE(producers_.get()) == 0) {
                return {};
            }
            outcome = discard_producers();
        }
        if (outcome.is_awaitable) {
            return std::move(outcome.result);
        }
    }
}

Outcome Exchange::step(Outcome outcome, const Task* task) {
    if (stage_ == Stage::kAnswered) {
        end_with(std::move(outcome.exception));
        return {};
    }
    if (outcome.exception) {
        if (stage_ == Stage::kPieces) {
            return on_stream_exception(std::move(outcome.exception), task);
        }
        bool is_cancelled =
            g.cancelled_error != nullptr &&
            PyErr_GivenExceptionMatches(outcome.exception.get(), g.cancelled_error) != 0;
        return is_cancelled ? on_cancelled(std::move(outcome.exception), task)
                            : on_exception(std::move(outcome.exception));
    }
    if (is_answered()) {
        return answered();
    }
    switch (stage_) {
        case Stage::kBefore:
            return run_before(std::move(outcome.result));
        case Stage::kHandler:
            return outcome.result ? respond(std::move(outcome.result), route_->status)
                                  : run_handler();
        case Stage::kErrorHandler:
            return on_error_result(std::move(outcome.result));
        case Stage::kFirstPiece:
            return on_first_piece();
        case Stage::kPieces:
            return answered();
        default:
            return run_after(std::move(outcome.result));
    }
}

Outcome Exchange::run_before(Ref result) {
    if (result && result.get() != Py_None) {
        return respond(std::move(result), 0);
    }
    const std::vector<Part>& hooks = route_->chain->before;
    if (before_done_ < hooks.size()) {
        return call(hooks[before_done_++]);
    }
    stage_ = Stage::kHandler;
    return {};
}

Outcome Exchange::run_handler() {
    const trivet_request_view* view = nullptr;
    trivet_status status = trivet_request_get(handle_, &view);
    if (status != TRIVET_OK) {
        raise_status(status);
        return {.result = {}, .exception = take_exception()};
    }
    if (has_around()) {
        // What of the pieces is begun within the hooks is closed at the end, as elsewhere.
        producers_ = Ref(PyList_New(0));
        return producers_ ? call(route_->chain->around, producers_.get()) : unsendable();
    }
    Call handler;
    handler.request = std::move(request_);
    call_handler(route_, handle_, view, handler);
    request_ = std::move(handler.request);
    if (!handler.result) {
        return {.result = {}, .exception = take_exception()};
    }
    return {.result = std::move(handler.result), .exception = {}, .is_awaitable = route_->is_async};
}

// An answer there is; the after hooks may change it.
Outcome Exchange::respond(Ref result, std::uint32_t status) {
    if (is_streamed(result.get())) {
        return respond_stream(std::move(result), status);
    }
    if (!has_after()) {
        return send_result(handle_, result.get(), status) == Sent::kDone ? answered()
                                                                         : unsendable();
    }
    response_ = response_of(std::move(result), status);
    if (!response_) {
        return unsendable();
    }
    stage_ = Stage::kAfter;
    return {};
}

Outcome Exchange::run_after(Ref result) {
    if (result && result.get() != Py_None && result.get() != response_.get()) {
        if (!PyObject_TypeCheck(result.get(), g.response_type)) {
            PyErr_Format(PyExc_TypeError, "an after hook returns a Response or None, not %.200s",
                         Py_TYPE(result.get())->tp_name);
            return {.result = {}, .exception = take_exception()};
        }
        Ref other = response_of(std::move(result), as_response(response_.get())->status);
        if (!other) {
            return unsendable();
        }
        response_ = std::move(other);
    }
    result = Ref();
    if (has_after() && after_done_ < route_->chain->after.size()) {
        return call(route_->chain->after[after_done_++], response_.get());
    }
    return send_response();
}

Outcome Exchange::send_response() {
    Response* response = as_response(response_.get());
    if (response->kind == Kind::kStream) {
        // What a hook gave may be another answer, or wrap the one it was given.
        bool is_new = has_after() && !std::exchange(is_asked_again_, true);
        return is_new ? make_first_piece() : send_stream();
    }
    bool is_untouched = response->kind == Kind::kProblem && response->status == 500;
    bool is_raised = false;
    if (!cause_.empty() && is_untouched) {
        is_raised = response->headers != nullptr &&
                    add_reply_headers(handle_, response->headers) == Sent::kRaised;
        if (!is_raised) {
            trivet_str detail{};
            utf8_of(response->body, &detail);  // it was text before
            trivet_reply_fail(handle_, to_str(cause_), detail);
            return answered();
        }
    }
    if (!cause_.empty()) {
        log_line(failure_line(cause_));
    }
    if (!is_raised && send_result(handle_, response_.get(), 0) == Sent::kDone) {
        return answered();
    }
    if (!is_sent_again_) {
        is_sent_again_ = true;
        return unsendable();
    }
    cause_ = take_exception_line();
    trivet_reply_fail(handle_, to_str(cause_), trivet_str{});
    return answered();
}

// What was to be sent has raised.
Outcome Exchange::unsendable() {
    Ref exception = take_exception();
    expect_result_error(exception.get());
    return {.result = {}, .exception = std::move(exception)};
}

void Exchange::expect_result_error(PyObject* exception) {
    is_next_result_error_ = true;
    detail_ = result_detail(exception);
}

Outcome Exchange::answered() {
    stage_ = Stage::kAnswered;
    return {};
}

Outcome Exchange::call(const Part& part, PyObject* second) {
    // One slot is spare in front, for callees that prepend self.
    PyObject* stack[] = {nullptr, request(), second};
    if (stack[1] == nullptr) {
        return {.result = {}, .exception = take_exception()};
    }
    std::size_t count = second == nullptr ? 1 : 2;
    Ref result(PyObject_Vectorcall(part.callable, stack + 1, count | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                   nullptr));
    if (!result) {
        return {.result = {}, .exception = take_exception()};
    }
    return {.result = std::move(result), .exception = {}, .is_awaitable = part.is_async};
}

PyObject* Exchange::request() {
    if (!request_) {
        request_ = Ref(reinterpret_cast<PyObject*>(request_new(handle_, as_object(route_))));
    }
    return request_.get();
}

bool Exchange::is_answered() const {
    return request_ && reinterpret_cast<Request*>(request_.get())->is_answered;
}

int Exchange::traverse(visitproc visit, void* arg) const {
    Py_VISIT(request_.get());
    Py_VISIT(response_.get());
    Py_VISIT(error_.get());
    Py_VISIT(cancelled_.get());
    Py_VISIT(for_program_.get());
    Py_VISIT(producers_.get());
    return 0;
}

namespace {

// An async error handler of a request that had no task so far is given one.
void run_without_task(Exchange exchange, Outcome outcome, Loop* loop, PyObject* context) {
    Ref coro = exchange.go(std::move(outcome), nullptr, context);
    if (!coro) {
        Ref for_program = exchange.take_for_program();
        if (for_program) {
            loop_stop_with(std::move(for_program));
        }
        return;
    }
    if (loop != nullptr && loop_need_asyncio(loop) != nullptr) {
        task_adopt(std::move(exchange), std::move(coro), loop, context);
        return;
    }
    Ref closed(PyObject_CallMethod(coro.get(), "close", nullptr));
    PyErr_Clear();
    trivet_reply_fail(exchange.handle(),
                      trivet_lit("what is awaited needs the asyncio event loop, which this program "
                                 "runs without"),
                      trivet_str{});
}

}  // namespace

void exchange_start(Route* route, trivet_request request, Loop* loop, PyObject* context) {
    run_without_task(Exchange(route, request, Ref(), Stage::kBefore), Outcome{}, loop, context);
}

void exchange_stream(Route* route, trivet_request handle, Ref request, Ref result, Loop* loop,
                     PyObject* context) {
    run_without_task(Exchange(route, handle, std::move(request), Stage::kHandler),
                     {.result = std::move(result), .exception = {}}, loop, context);
}

void exchange_fail(Route* route, trivet_request handle, Ref request, Ref exception,
                   bool is_result_error, Loop* loop, PyObject* context) {
    Exchange exchange(route, handle, std::move(request), Stage::kHandler);
    if (is_result_error) {
        exchange.expect_result_error(exception.get());
    }
    run_without_task(std::move(exchange), {.result = {}, .exception = std::move(exception)}, loop,
                     context);
}

}  // namespace trivet_py
