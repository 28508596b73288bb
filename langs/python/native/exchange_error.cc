// The way of a request that has failed: the one place where errors become answers.
#include "app.h"
#include "errors.h"
#include "exchange.h"
#include "loop.h"
#include "response.h"
#include "task.h"

namespace trivet_py {

Outcome Exchange::on_exception(Ref exception) {
    if (is_answered()) {
        loop_log("after its answer a handler raised " + exception_line(exception.get()));
        if (is_for_the_program(exception.get())) {
            for_program_ = std::move(exception);
        }
        return answered();
    }
    if (PyErr_GivenExceptionMatches(exception.get(), PyExc_Exception) == 0) {
        // KeyboardInterrupt, SystemExit and their like are nobody's to map.
        send_exception(handle_, exception.get());
        if (is_for_the_program(exception.get())) {
            for_program_ = std::move(exception);
        }
        return answered();
    }
    is_result_error_ = std::exchange(is_next_result_error_, false);
    if (has_around() && PyObject_HasAttrString(exception.get(), "_of_result") != 0) {
        // The around hooks were to see the result as a Response.
        is_result_error_ = true;
        detail_ = result_detail(exception.get());
    }
    if (stage_ == Stage::kFirstPiece) {
        stage_ = streamed_from_;
    }
    if (stage_ == Stage::kErrorHandler) {
        // The error handler itself has raised, or gave what cannot be sent.
        loop_tell_failure(handle_, exception.get());
        std::string cause = describe(exception.get());
        if (error_) {
            cause += " while handling " + exception_line(error_.get());
        }
        add_cause(std::move(cause));
        error_ = Ref();
        return respond_failure();
    }
    HttpError http;
    bool is_special = false;
    bool is_http = read_http_error(exception.get(), &http);
    Part handler = route_->chain == nullptr
                       ? Part{}
                       : route_->chain->error_handler(exception.get(), &is_special);
    is_error_expected_ = is_http || is_special;
    error_status_ = is_http ? http.status : 500;
    error_ = std::move(exception);
    stage_ = Stage::kErrorHandler;
    return handler.callable != nullptr ? call(handler, error_.get()) : respond_to_error();
}

// What the error handler gave; nothing leaves it to the problem details.
Outcome Exchange::on_error_result(Ref result) {
    if (!result || result.get() == Py_None) {
        return respond_to_error();
    }
    std::uint32_t status = error_status_;
    if (PyObject_TypeCheck(result.get(), g.response_type) &&
        as_response(result.get())->status != 0) {
        status = as_response(result.get())->status;
    }
    // What nobody expected is logged, unless the handler made something else of it.
    std::string cause = is_error_expected_ || status < 500 ? "" : describe(error_.get());
    std::string line = cause.empty() || has_after() ? "" : failure_line(cause);
    if (!cause.empty()) {
        loop_tell_failure(handle_, error_.get());
    }
    Outcome outcome = respond(std::move(result), error_status_);
    if (outcome.exception) {
        return outcome;
    }
    error_ = Ref();
    if (!line.empty()) {
        log_line(line);
    } else if (!cause.empty()) {
        add_cause(std::move(cause));
    }
    return outcome;
}

// The answer to an error that no handler has answered.
Outcome Exchange::respond_to_error() {
    Ref error = std::move(error_);
    HttpError http;
    if (read_http_error(error.get(), &http)) {
        if (!has_after()) {
            send_exception(handle_, error.get());
            return answered();
        }
        return respond_problem(http.status, http.detail.get(), http.headers.get(),
                               http.members.get());
    }
    if (is_error_expected_) {
        Ref nothing(PyUnicode_FromString(""));
        return nothing ? respond_problem(500, nothing.get(), nullptr) : unsendable();
    }
    loop_tell_failure(handle_, error.get());
    add_cause(describe(error.get()));
    return respond_failure();
}

Outcome Exchange::respond_problem(std::uint32_t status, PyObject* detail, PyObject* headers,
                                  PyObject* members) {
    trivet_str text{};
    if (!utf8_of(detail, &text)) {
        return unsendable();
    }
    if (!has_after()) {
        trivet_reply_problem(handle_, status, text);
        return answered();
    }
    response_ = problem_response(status, detail, headers, members);
    stage_ = Stage::kAfter;
    return response_ ? Outcome{} : unsendable();
}

// 500 with one line in the log: written at once, or after the hooks have seen the answer.
Outcome Exchange::respond_failure() {
    if (!is_result_error_) {
        detail_.clear();
    }
    if (!has_after()) {
        trivet_reply_fail(handle_, to_str(cause_), to_str(detail_));
        return answered();
    }
    Ref detail(text_of(to_str(detail_)));
    response_ = detail ? problem_response(500, detail.get(), nullptr) : Ref();
    stage_ = Stage::kAfter;
    if (!response_) {
        PyErr_Clear();
        trivet_reply_fail(handle_, to_str(cause_), to_str(detail_));
        return answered();
    }
    return {};
}

// A cancelled request is answered for the after hooks' sake: where the client has gone nobody reads
// it, and the number is what access logs use for that.
Outcome Exchange::on_cancelled(Ref exception, const Task* task) {
    if (!cancelled_) {
        cancelled_ = Ref::borrow(exception.get());
    }
    if (is_answered()) {
        return answered();
    }
    if (task != nullptr && task->is_client_gone) {
        return respond(Ref::borrow(Py_None), 499);
    }
    if (task != nullptr && loop_is_closing(task->loop)) {
        Ref detail(PyUnicode_FromString("the server is shutting down"));
        return detail ? respond_problem(503, detail.get(), nullptr) : unsendable();
    }
    is_result_error_ = false;
    add_cause(describe(exception.get()));
    return respond_failure();
}

// A later failure does not hide the first one.
void Exchange::add_cause(std::string cause) {
    cause_ = cause_.empty() ? std::move(cause) : cause_ + ", then " + cause;
}

std::string Exchange::describe(PyObject* exception) const {
    std::string line = exception_line(exception);
    if (is_result_error_) {
        line += " (result of ";
        line += to_view(route_site(route_));
        line += ")";
    }
    return line;
}

// As trivet_reply_fail writes it, for an answer that is not its own; before the answer.
std::string Exchange::failure_line(const std::string& cause) const {
    const trivet_request_view* view = nullptr;
    if (trivet_request_get(handle_, &view) != TRIVET_OK) {
        return "a request that has ended failed: " + cause;
    }
    std::string line = "request " + std::to_string(view->id) + " ";
    line += to_view(view->method);
    line += " ";
    line += to_view(view->path);
    return line + " failed: " + cause;
}

void Exchange::log_line(const std::string& line) const {
    if (route_->app != nullptr) {
        trivet_app_log(as_app(route_->app)->app, TRIVET_LOG_ERROR, to_str(line));
    }
}

}  // namespace trivet_py
