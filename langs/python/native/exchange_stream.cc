// The way of an answer in pieces: its first piece, the hooks, the rest.
#include "errors.h"
#include "exchange.h"
#include "loop.h"
#include "streams.h"
#include "task.h"

namespace trivet_py {

namespace {

// What a function of _streams.py gave: nothing, or what is to be awaited.
Outcome outcome_of(Ref result) {
    if (!result) {
        return {.result = {}, .exception = take_exception()};
    }
    if (result.get() == Py_None) {
        return {};
    }
    return {.result = std::move(result), .exception = {}, .is_awaitable = true};
}

bool is_instance(PyObject* exception, PyObject* type) {
    return type != nullptr && PyErr_GivenExceptionMatches(exception, type) != 0;
}

}  // namespace

// The first piece comes before the hooks, so that a producer that fails at once is an ordinary
// error, and the hooks see a media type.
Outcome Exchange::respond_stream(Ref result, std::uint32_t status) {
    response_ = stream_of(std::move(result), status);
    return response_ ? make_first_piece() : unsendable();
}

Outcome Exchange::make_first_piece() {
    streamed_from_ = stage_;
    stage_ = Stage::kFirstPiece;
    PyObject* own = request();
    return outcome_of(Ref(own == nullptr ? nullptr
                                         : PyObject_CallFunctionObjArgs(g.prime_stream, own,
                                                                        response_.get(), nullptr)));
}

// Who has begun is closed at the end, whatever the hooks make of the answer.
Outcome Exchange::on_first_piece() {
    stage_ = Stage::kAfter;
    PyObject* producer = as_response(response_.get())->body;
    if (!producers_) {
        producers_ = Ref(PyList_New(0));
    }
    Py_ssize_t count = producers_ ? PyList_GET_SIZE(producers_.get()) : 0;
    if (count > 0 && PyList_GET_ITEM(producers_.get(), count - 1) == producer) {
        return {};
    }
    if (!producers_ || PyList_Append(producers_.get(), producer) < 0) {
        return {.result = {}, .exception = take_exception()};
    }
    return {};
}

Outcome Exchange::send_stream() {
    if (!cause_.empty()) {
        log_line(failure_line(cause_));
        cause_.clear();
    }
    PyObject* own = request();
    if (own == nullptr || begin_stream(handle_, response_.get()) == Sent::kRaised) {
        if (!is_sent_again_) {
            is_sent_again_ = true;
            return unsendable();
        }
        cause_ = take_exception_line();
        trivet_reply_fail(handle_, to_str(cause_), trivet_str{});
        return answered();
    }
    stage_ = Stage::kPieces;
    Ref response = std::move(response_);
    Ref producers = std::move(producers_);
    return outcome_of(Ref(PyObject_CallFunctionObjArgs(g.run_stream, own, response.get(), context_,
                                                       producers.get(), nullptr)));
}

// Producers of answers that were not sent.
Outcome Exchange::discard_producers() {
    Ref producers = std::move(producers_);
    return outcome_of(Ref(
        PyObject_CallFunctionObjArgs(g.discard_stream, request_.get(), producers.get(), nullptr)));
}

// Of what ran after the answer.
void Exchange::end_with(Ref exception) {
    if (!exception) {
        return;
    }
    if (is_instance(exception.get(), g.cancelled_error)) {
        cancelled_ = std::move(exception);
    } else if (is_for_the_program(exception.get())) {
        for_program_ = std::move(exception);
    } else {
        loop_log("after its answer a producer raised " + exception_line(exception.get()));
    }
}

// The answer cannot be another one any more: the client is to see that something is missing.
Outcome Exchange::on_stream_exception(Ref exception, const Task* task) {
    bool is_cancelled = is_instance(exception.get(), g.cancelled_error);
    bool is_expected =
        is_cancelled && task != nullptr && (task->is_client_gone || loop_is_closing(task->loop));
    if (!is_expected) {
        loop_tell_failure(handle_, exception.get());
    }
    break_stream(handle_, is_expected ? std::string() : describe(exception.get()));
    if (is_cancelled) {
        cancelled_ = std::move(exception);
    } else if (is_for_the_program(exception.get())) {
        for_program_ = std::move(exception);
    }
    return answered();
}

}  // namespace trivet_py
