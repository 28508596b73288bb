#pragma once
#include <string>

#include "chain.h"
#include "route.h"

namespace trivet_py {

struct Task;

// Where a request is on its way.
enum class Stage : std::uint8_t {
    kBefore,
    kHandler,
    kErrorHandler,
    kFirstPiece,  // of an answer in pieces; until then its failures are those of who gave it
    kAfter,
    kPieces,  // the answer has begun
    kAnswered
};

// What a part of the way gave: a result or an exception; both null before the first part. An
// awaitable result has to be awaited first.
struct Outcome {
    Ref result;
    Ref exception;
    bool is_awaitable = false;
};

// One request on its way through the hooks of its route, the handler, the error handlers; used
// where there is more than a handler. Plain parts run inside `go`; what must be awaited is handed
// out and its outcome handed in again, so that a way without async parts never suspends and needs
// no task.
class Exchange {
public:
    // `request` may be null; hooks and error handlers are then given a new one. The route is the
    // app's, which outlives its requests.
    Exchange(Route* route, trivet_request handle, Ref request, Stage stage);
    Exchange(Exchange&&) = default;

    // Goes on with what the last part gave. Gives a coroutine to await, or null once the request is
    // answered. `task` is the one it runs in, or null; `context` is the request's, and entered.
    Ref go(Outcome outcome, const Task* task, PyObject* context);

    // The outcome that comes next is an exception of a result that cannot be sent.
    void expect_result_error(PyObject* exception);

    int traverse(visitproc visit, void* arg) const;
    Route* route() const { return route_; }
    trivet_request handle() const { return handle_; }

    // After the answer: CancelledError, or an exception that ends the program; else null.
    Ref take_cancelled() { return std::move(cancelled_); }
    Ref take_for_program() { return std::move(for_program_); }

private:
    Outcome step(Outcome outcome, const Task* task);
    Outcome run_before(Ref result);
    Outcome run_handler();
    Outcome run_after(Ref result);
    Outcome call(const Part& part, PyObject* second = nullptr);
    Outcome respond(Ref result, std::uint32_t status);
    Outcome respond_stream(Ref result, std::uint32_t status);
    Outcome make_first_piece();
    Outcome on_first_piece();
    Outcome send_stream();
    Outcome on_stream_exception(Ref exception, const Task* task);
    Outcome discard_producers();
    void end_with(Ref exception);
    Outcome send_response();
    Outcome unsendable();
    Outcome answered();

    Outcome on_exception(Ref exception);
    Outcome on_cancelled(Ref exception, const Task* task);
    Outcome on_error_result(Ref result);
    Outcome respond_to_error();
    Outcome respond_problem(std::uint32_t status, PyObject* detail, PyObject* headers,
                            PyObject* members = nullptr);
    Outcome respond_failure();
    void add_cause(std::string cause);
    std::string describe(PyObject* exception) const;
    std::string failure_line(const std::string& cause) const;
    void log_line(const std::string& line) const;

    bool has_around() const {
        return route_->chain != nullptr && route_->chain->around.callable != nullptr;
    }
    bool has_after() const { return route_->chain != nullptr && !route_->chain->after.empty(); }
    bool is_answered() const;
    PyObject* request();

    Route* route_;
    trivet_request handle_;
    Ref request_;
    Ref response_;  // where there are after hooks, or pieces
    Ref error_;     // what an error handler is given
    Ref cancelled_;
    Ref for_program_;
    Ref producers_;                // list: those that have made a first piece, until they are sent
    PyObject* context_ = nullptr;  // borrowed while `go` runs
    std::string cause_;            // for the log, when the answer is a failure
    std::string detail_;           // for the client then
    std::size_t before_done_ = 0;
    std::size_t after_done_ = 0;
    std::uint32_t error_status_ = 0;
    Stage stage_;
    Stage streamed_from_ = Stage::kHandler;  // who gave the answer in pieces
    bool is_error_expected_ = false;         // an HTTPError, or one with a handler for its class
    bool is_result_error_ = false;           // a result could not be sent
    bool is_next_result_error_ = false;
    bool is_sent_again_ = false;
    bool is_asked_again_ = false;  // for the first piece, of what the after hooks gave
};

// Runs a request of a route with plain hooks and a plain handler, inside the turn that brought it.
void exchange_start(Route* route, trivet_request request, Loop* loop, PyObject* context);

// A plain handler without hooks gave an answer that is sent in pieces. `request` may be null.
void exchange_stream(Route* route, trivet_request handle, Ref request, Ref result, Loop* loop,
                     PyObject* context);

// A plain handler without hooks has raised, or gave what cannot be sent: the app's error handlers
// are asked. `request` may be null.
void exchange_fail(Route* route, trivet_request handle, Ref request, Ref exception,
                   bool is_result_error, Loop* loop, PyObject* context);

}  // namespace trivet_py
