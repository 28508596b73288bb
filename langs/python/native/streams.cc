// Content in pieces: what _streams.py reads and writes with, and the low-level interface.
#include "streams.h"

#include "errors.h"
#include "headers.h"
#include "loop_type.h"
#include "request.h"
#include "sse.h"

namespace trivet_py {

namespace {

PyObject* done(trivet_status status) {
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

Request* request_of(PyObject* object, const char* function) {
    if (!is_request(object)) {
        PyErr_Format(PyExc_TypeError, "%s takes a Request, not %.200s", function,
                     Py_TYPE(object)->tp_name);
        return nullptr;
    }
    return reinterpret_cast<Request*>(object);
}

// request_read(request): bytes, empty at the end; None when nothing has come yet.
PyObject* request_read(PyObject*, PyObject* object) {
    Request* request = request_of(object, "request_read");
    if (request == nullptr) {
        return nullptr;
    }
    trivet_str bytes{};
    trivet_status status = trivet_request_read(request->handle, &bytes);
    if (status == TRIVET_E_AGAIN) {
        Py_RETURN_NONE;
    }
    return status == TRIVET_OK ? bytes_of(bytes) : raise_status(status);
}

// Who is told of a request. Owned by the engine until the request has ended.
struct Ready {
    Loop* loop;  // outlives its requests; null in the engine's own main program
    PyObject* callback;
};

// The engine sends within its wait, where the GIL is not held and what Python code puts into the
// event loop's queue would not end the wait.
class Held {
public:
    explicit Held(Loop* loop)
        : loop_(PyGILState_Check() == 0 ? loop : nullptr), state_(PyGILState_Ensure()) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (loop_ != nullptr && loop_->loop != nullptr) {
            trivet_loop_wake(loop_->loop);
        }
        PyGILState_Release(state_);
    }

private:
    Loop* loop_;
    PyGILState_STATE state_;
};

void tell(Ready* ready, std::uint32_t what) {
    Ref callback = Ref::borrow(ready->callback);
    Ref number(PyLong_FromUnsignedLong(what));
    Ref result(number ? PyObject_CallOneArg(callback.get(), number.get()) : nullptr);
    if (result) {
        return;
    }
    Ref exception = take_exception();
    if (is_for_the_program(exception.get())) {
        loop_stop_with(std::move(exception));
    } else {
        loop_log("what waited for a client raised " + exception_line(exception.get()));
    }
}

void on_ready(trivet_request request, std::uint32_t what, void* user_data) {
    auto* ready = static_cast<Ready*>(user_data);
    Loop* loop = ready->loop;
    Held held(loop);
    loop_rest(current_loop());
    RunningLoop running(loop);
    if (what == TRIVET_READY_GONE && loop != nullptr) {
        loop_client_gone(loop, request);
    }
    tell(ready, what);
}

// The request has ended: what waits is told with 0.
void drop_ready(void* user_data) {
    auto* ready = static_cast<Ready*>(user_data);
    Held held(ready->loop);
    // An exception may be on its way already.
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    loop_rest(current_loop());
    {
        RunningLoop running(ready->loop);
        tell(ready, 0);
    }
    PyErr_Restore(type, value, traceback);
    Py_DECREF(ready->callback);
    delete ready;
}

// request_on_ready(request, callback): callback(READY_*), and callback(0) when it was replaced or
// the request has ended.
PyObject* request_on_ready(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* callback = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!O:request_on_ready", g.request_type, &request, &callback)) {
        return nullptr;
    }
    if (!PyCallable_Check(callback)) {
        PyErr_SetString(PyExc_TypeError, "request_on_ready takes a callable");
        return nullptr;
    }
    auto* ready = new Ready{loop_of(request->handle), Py_NewRef(callback)};
    return done(trivet_request_on_ready(request->handle, on_ready, ready, drop_ready));
}

// reply_begin(request, status, content, headers, length)
PyObject* reply_begin(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    unsigned int status = 0;
    unsigned int content = 0;
    PyObject* headers = nullptr;
    unsigned long long length = TRIVET_LENGTH_UNKNOWN;
    if (!PyArg_ParseTuple(arguments, "O!IIO|K:reply_begin", g.request_type, &request, &status,
                          &content, &headers, &length)) {
        return nullptr;
    }
    std::vector<trivet_header> fields;
    Ref pairs(header_pairs(headers));
    if (!pairs || !reply_fields(pairs.get(), fields, true)) {
        return nullptr;
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = status;
    reply.content = content;
    reply.headers = fields.data();
    reply.header_count = fields.size();
    return done(trivet_reply_begin(request->handle, length, &reply));
}

// reply_write(request, piece): whether to wait for room.
PyObject* reply_write(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "reply_write takes a request and a piece");
        return nullptr;
    }
    Request* request = request_of(arguments[0], "reply_write");
    PyObject* piece = arguments[1];
    if (request == nullptr) {
        return nullptr;
    }
    std::uint32_t wait = 0;
    trivet_status status = TRIVET_OK;
    if (PyUnicode_Check(piece)) {
        trivet_str text{};
        if (!utf8_of(piece, &text)) {
            return nullptr;
        }
        status = trivet_reply_write(request->handle, text, &wait);
    } else if (PyObject_CheckBuffer(piece)) {
        Py_buffer view;
        if (PyObject_GetBuffer(piece, &view, PyBUF_SIMPLE) < 0) {
            return nullptr;
        }
        trivet_str bytes{static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len)};
        status = trivet_reply_write(request->handle, bytes, &wait);
        PyBuffer_Release(&view);
    } else {
        PyErr_Format(PyExc_TypeError,
                     "a piece is str or bytes, not %.200s: ndjson() makes lines of JSON of objects",
                     Py_TYPE(piece)->tp_name);
        return nullptr;
    }
    return status == TRIVET_OK ? PyBool_FromLong(wait != 0) : raise_status(status);
}

// reply_end(request, trailers=None)
PyObject* reply_end(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* trailers = Py_None;
    if (!PyArg_ParseTuple(arguments, "O!|O:reply_end", g.request_type, &request, &trailers)) {
        return nullptr;
    }
    std::vector<trivet_header> fields;
    Ref pairs(trailers == Py_None ? PyList_New(0) : header_pairs(trailers));
    if (!pairs || !reply_fields(pairs.get(), fields, true)) {
        return nullptr;
    }
    trivet_status status = trivet_reply_end(request->handle, fields.data(), fields.size());
    request->is_answered = request->is_answered || status == TRIVET_OK;
    return done(status);
}

PyObject* reply_abort(PyObject*, PyObject* object) {
    Request* request = request_of(object, "reply_abort");
    if (request == nullptr) {
        return nullptr;
    }
    trivet_status status = trivet_reply_abort(request->handle);
    request->is_answered = request->is_answered || status == TRIVET_OK;
    return done(status);
}

// break_stream(request, exception): gives an answer up that has begun; the log is told of the
// exception, unless it is None.
PyObject* break_stream_of(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* exception = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!O:break_stream", g.request_type, &request, &exception)) {
        return nullptr;
    }
    if (exception != Py_None) {
        loop_tell_failure(request->handle, exception);
    }
    break_stream(request->handle, exception == Py_None ? "" : exception_line(exception));
    Py_RETURN_NONE;
}

}  // namespace

bool reply_fields(PyObject* pairs, std::vector<trivet_header>& out, bool has_type) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); ++i) {
        PyObject* pair = PyList_GET_ITEM(pairs, i);
        trivet_header field{};
        if (!utf8_of(PyTuple_GET_ITEM(pair, 0), &field.name) ||
            !utf8_of(PyTuple_GET_ITEM(pair, 1), &field.value)) {
            return false;
        }
        if (has_type || !is_content_type(field.name)) {
            out.push_back(field);
        }
    }
    return true;
}

static trivet_status begin_pieces(trivet_request request, PyObject* object,
                                  const std::vector<trivet_header>& fields) {
    PyObject* promised = as_stream(object)->length;
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = as_response(object)->status;
    reply.headers = fields.data();
    reply.header_count = fields.size();
    std::uint64_t length =
        promised == Py_None ? TRIVET_LENGTH_UNKNOWN : PyLong_AsUnsignedLongLong(promised);
    return trivet_reply_begin(request, length, &reply);
}

Sent begin_stream(trivet_request request, PyObject* object) {
    Response* response = as_response(object);
    PyObject* events = as_stream(object)->events;
    bool is_events = events != Py_None;
    std::vector<trivet_header> fields;
    if ((is_events && !check_head_of_events(response)) ||
        (response->headers != nullptr && !reply_fields(response->headers, fields, !is_events))) {
        return Sent::kRaised;
    }
    trivet_status status =
        is_events ? begin_events(request, events, fields) : begin_pieces(request, object, fields);
    if (PyErr_Occurred()) {
        return Sent::kRaised;
    }
    if (status == TRIVET_OK || status == TRIVET_E_STALE || status == TRIVET_E_GONE) {
        return Sent::kDone;  // who has gone is noticed by what writes
    }
    raise_status(status);
    return Sent::kRaised;
}

void break_stream(trivet_request request, const std::string& cause) {
    trivet_status status = cause.empty() ? trivet_reply_abort(request)
                                         : trivet_reply_fail(request, to_str(cause), trivet_str{});
    if (status != TRIVET_OK && !cause.empty()) {
        loop_log("a streamed answer that has ended failed: " + cause);
    }
}

PyMethodDef stream_functions[] = {
    {"request_read", request_read, METH_O,
     "request_read(request): bytes, empty at the end; None when nothing has come yet"},
    {"request_on_ready", request_on_ready, METH_VARARGS,
     "request_on_ready(request, callback): callback(READY_*), callback(0) at the end"},
    {"reply_begin", reply_begin, METH_VARARGS,
     "reply_begin(request, status, content, headers, length=LENGTH_UNKNOWN)"},
    {"reply_write", fast_method(reply_write), METH_FASTCALL,
     "reply_write(request, piece): whether to wait for room"},
    {"reply_end", reply_end, METH_VARARGS, "reply_end(request, trailers=None)"},
    {"reply_abort", reply_abort, METH_O, "reply_abort(request): the client sees that it broke off"},
    {"break_stream", break_stream_of, METH_VARARGS, "break_stream(request, exception or None)"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
