// Everything of the engine that the idiom above does not need every day: counters, timers, answers
// from other threads, answers by hand.
#include "lowlevel.h"

#include <cstring>

#include "app.h"
#include "errors.h"
#include "loop_type.h"
#include "request.h"
#include "response.h"

namespace trivet_py {

namespace {

struct Counter {
    const char* name;
    std::uint64_t trivet_loop_stats::* value;
};

constexpr Counter kCounters[] = {
    {"connections", &trivet_loop_stats::connections},
    {"connections_total", &trivet_loop_stats::connections_total},
    {"connections_refused_total", &trivet_loop_stats::connections_refused_total},
    {"requests_in_flight", &trivet_loop_stats::requests_in_flight},
    {"requests_total", &trivet_loop_stats::requests_total},
    {"handler_failures_total", &trivet_loop_stats::handler_failures_total},
    {"stale_total", &trivet_loop_stats::stale_total},
    {"timeouts_total", &trivet_loop_stats::timeouts_total},
    {"system_calls_total", &trivet_loop_stats::system_calls_total},
    {"log_dropped_total", &trivet_loop_stats::log_dropped_total},
    {"regex_limit_total", &trivet_loop_stats::regex_limit_total},
    {"lent_total", &trivet_loop_stats::lent_total},
};

const char* state_name(std::uint32_t state) {
    switch (state) {
        case TRIVET_STATE_SERVING:
            return "serving";
        case TRIVET_STATE_DRAINING:
            return "draining";
        default:
            return "drained";
    }
}

void on_timer(void* user_data) {
    loop_rest(current_loop());
    Ref result(PyObject_CallNoArgs(static_cast<PyObject*>(user_data)));
    if (result) {
        return;
    }
    Ref exception = take_exception();
    loop_log("a timer raised " + exception_line(exception.get()));
    if (is_for_the_program(exception.get())) {
        loop_stop_with(std::move(exception));
    }
}

// The engine takes posted answers within its wait, too, where the GIL is not held.
void drop_object(void* user_data) {
    PyGILState_STATE state = PyGILState_Ensure();
    loop_rest(current_loop());
    Py_DECREF(static_cast<PyObject*>(user_data));
    PyGILState_Release(state);
}

// A request argument and the status of its answer.
bool parse(PyObject* arguments, const char* format, Request** request, unsigned int* status,
           PyObject** extra) {
    return PyArg_ParseTuple(arguments, format, g.request_type, request, status, extra) != 0;
}

PyObject* answered(Request* request, trivet_status status) {
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    request->is_answered = true;
    Py_RETURN_NONE;
}

using TextReply = trivet_status (*)(trivet_request, std::uint32_t, trivet_str);

template <TextReply kReply>
PyObject* reply_with_text(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    unsigned int status = 0;
    PyObject* text = nullptr;
    trivet_str utf8{};
    if (!parse(arguments, "O!IU", &request, &status, &text) || !utf8_of(text, &utf8)) {
        return nullptr;
    }
    return answered(request, kReply(request->handle, status, utf8));
}

PyObject* reply_bytes(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    unsigned int status = 0;
    PyObject* body = nullptr;
    if (!parse(arguments, "O!IS:reply_bytes", &request, &status, &body)) {
        return nullptr;
    }
    trivet_str bytes = {PyBytes_AS_STRING(body), static_cast<std::size_t>(PyBytes_GET_SIZE(body))};
    return answered(request, trivet_reply_bytes(request->handle, status, bytes));
}

PyObject* reply_empty(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    unsigned int status = 0;
    if (!PyArg_ParseTuple(arguments, "O!I:reply_empty", g.request_type, &request, &status)) {
        return nullptr;
    }
    return answered(request, trivet_reply_empty(request->handle, status));
}

PyObject* reply_fail(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* cause = nullptr;
    PyObject* detail = nullptr;
    trivet_str text{};
    trivet_str shown{};
    if (!PyArg_ParseTuple(arguments, "O!U|U:reply_fail", g.request_type, &request, &cause,
                          &detail) ||
        !utf8_of(cause, &text) || (detail != nullptr && !utf8_of(detail, &shown))) {
        return nullptr;
    }
    return answered(request, trivet_reply_fail(request->handle, text, shown));
}

// add_header(request, name, value): whoever answers, it goes along.
PyObject* reply_add_header(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    trivet_str name_text{};
    trivet_str value_text{};
    if (!PyArg_ParseTuple(arguments, "O!UU:reply_add_header", g.request_type, &request, &name,
                          &value) ||
        !utf8_of(name, &name_text) || !utf8_of(value, &value_text)) {
        return nullptr;
    }
    trivet_status status = trivet_reply_add_header(request->handle, name_text, value_text);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

// The engine's own account of the route; None for what the fallback is given.
PyObject* request_route(PyObject*, PyObject* argument) {
    if (!is_request(argument)) {
        PyErr_SetString(PyExc_TypeError, "request_route takes a Request");
        return nullptr;
    }
    trivet_route_info info{};
    info.size = sizeof info;
    trivet_status status =
        trivet_request_route(reinterpret_cast<Request*>(argument)->handle, &info);
    if (status == TRIVET_E_NOT_FOUND) {
        Py_RETURN_NONE;
    }
    return status == TRIVET_OK ? route_info_dict(info) : raise_status(status);
}

// An object that the engine keeps until the request has ended.
PyObject* request_set_data(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* object = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!O:request_set_data", g.request_type, &request, &object)) {
        return nullptr;
    }
    trivet_status status = trivet_request_set_data(request->handle, Py_NewRef(object), drop_object);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

PyObject* request_get_data(PyObject*, PyObject* argument) {
    if (!is_request(argument)) {
        PyErr_SetString(PyExc_TypeError, "request_get_data takes a Request");
        return nullptr;
    }
    void* data = nullptr;
    trivet_status status =
        trivet_request_get_data(reinterpret_cast<Request*>(argument)->handle, &data);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    return Py_NewRef(data != nullptr ? static_cast<PyObject*>(data) : Py_None);
}

// Answers with anything that a handler may return, at once, so that errors reach the caller.
PyObject* reply(PyObject*, PyObject* arguments) {
    Request* request = nullptr;
    PyObject* result = nullptr;
    const trivet_request_view* view = nullptr;
    if (!PyArg_ParseTuple(arguments, "O!O:reply", g.request_type, &request, &result)) {
        return nullptr;
    }
    trivet_status status = trivet_request_get(request->handle, &view);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Sent sent = send_result(request->handle, result, 0);
    if (sent == Sent::kStream) {
        PyErr_SetString(PyExc_TypeError, "reply takes whole answers; see reply_begin");
    }
    if (sent != Sent::kDone) {
        return nullptr;
    }
    request->is_answered = true;
    Py_RETURN_NONE;
}

// Whoever defers answers later, by hand; the handler's result is not sent.
PyObject* defer(PyObject*, PyObject* argument) {
    if (!is_request(argument)) {
        PyErr_SetString(PyExc_TypeError, "defer takes a Request");
        return nullptr;
    }
    reinterpret_cast<Request*>(argument)->is_answered = true;
    Py_RETURN_NONE;
}

PyObject* get_current_loop(PyObject*, PyObject*) {
    auto* loop = reinterpret_cast<PyObject*>(current_loop());
    return Py_NewRef(loop != nullptr ? loop : Py_None);
}

bool append(std::string& out, const void* data, std::size_t size) {
    out.append(static_cast<const char*>(data), size);
    return true;
}

// The packed fields of one record.
bool pack_headers(PyObject* headers, std::string& out) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(headers); ++i) {
        PyObject* name = nullptr;
        PyObject* value = nullptr;
        if (!PyArg_Parse(PyList_GET_ITEM(headers, i), "(UU)", &name, &value)) {
            return false;
        }
        for (PyObject* text : {name, value}) {
            trivet_str utf8{};
            if (!utf8_of(text, &utf8)) {
                return false;
            }
            auto size = static_cast<std::uint32_t>(utf8.size);
            append(out, &size, sizeof size);
            append(out, utf8.data, utf8.size);
        }
    }
    return true;
}

}  // namespace

PyObject* loop_info(PyObject* self, PyObject*) {
    if (!loop_check(as_loop(self))) {
        return nullptr;
    }
    trivet_loop_info info{};
    info.size = sizeof info;
    trivet_status status = trivet_loop_get_info(as_loop(self)->loop, &info);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    return Py_BuildValue("{s:s#,s:s#,s:s#,s:I,s:s,s:I,s:O,s:O}", "engine", info.engine.data,
                         static_cast<Py_ssize_t>(info.engine.size), "engine_reason",
                         info.engine_reason.data, static_cast<Py_ssize_t>(info.engine_reason.size),
                         "host", info.host.data != nullptr ? info.host.data : "",
                         static_cast<Py_ssize_t>(info.host.size), "port", info.port, "state",
                         state_name(info.state), "flags", info.flags, "is_secured",
                         info.is_secured != 0 ? Py_True : Py_False, "has_kernel_tls",
                         info.has_kernel_tls != 0 ? Py_True : Py_False);
}

PyObject* loop_stats(PyObject* self, PyObject*) {
    if (!loop_check(as_loop(self))) {
        return nullptr;
    }
    trivet_loop_stats stats{};
    stats.size = sizeof stats;
    trivet_status status = trivet_loop_get_stats(as_loop(self)->loop, &stats);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Ref result(PyDict_New());
    for (const Counter& counter : kCounters) {
        Ref value(PyLong_FromUnsignedLongLong(stats.*counter.value));
        if (!result || !value ||
            PyDict_SetItemString(result.get(), counter.name, value.get()) < 0) {
            return nullptr;
        }
    }
    return result.release();
}

PyObject* loop_timer_start(PyObject* self, PyObject* arguments) {
    unsigned long long delay_ms = 0;
    PyObject* callback = nullptr;
    if (!PyArg_ParseTuple(arguments, "KO:timer_start", &delay_ms, &callback) ||
        !loop_check(as_loop(self))) {
        return nullptr;
    }
    trivet_timer timer = 0;
    // The drop releases this reference whatever the call returns.
    trivet_status status = trivet_loop_timer_start(as_loop(self)->loop, delay_ms, on_timer,
                                                   Py_NewRef(callback), drop_object, &timer);
    return status == TRIVET_OK ? PyLong_FromUnsignedLongLong(timer) : raise_status(status);
}

PyObject* loop_timer_cancel(PyObject* self, PyObject* timer) {
    unsigned long long number = PyLong_AsUnsignedLongLong(timer);
    if (PyErr_Occurred() || !loop_check(as_loop(self))) {
        return nullptr;
    }
    trivet_status status = trivet_loop_timer_cancel(as_loop(self)->loop, number);
    if (status != TRIVET_OK) {
        return raise_status(status);
    }
    Py_RETURN_NONE;
}

// post(request, status, content, headers, body, kind=POST_REPLY, length=LENGTH_UNKNOWN): one
// record; the engine takes it at its next turn.
PyObject* loop_post(PyObject* self, PyObject* arguments) {
    Request* request = nullptr;
    unsigned int status = 0;
    unsigned int content = 0;
    PyObject* headers = nullptr;
    PyObject* body = nullptr;
    unsigned int kind = TRIVET_POST_REPLY;
    unsigned long long length = TRIVET_LENGTH_UNKNOWN;
    if (!PyArg_ParseTuple(arguments, "O!IIO!S|IK:post", g.request_type, &request, &status, &content,
                          &PyList_Type, &headers, &body, &kind, &length) ||
        !loop_check(as_loop(self))) {
        return nullptr;
    }
    // The event that would bring the content goes to the loop's thread, which can read by itself.
    if (kind == TRIVET_POST_READ) {
        return raise_status(TRIVET_E_ARGUMENT, "content is read on the loop's thread");
    }
    if (kind == TRIVET_POST_SSE_SUBSCRIBE && (status & 2) != 0) {
        return raise_status(TRIVET_E_ARGUMENT, "the outcome is told on the loop's thread");
    }
    std::string fields;
    if (!pack_headers(headers, fields)) {
        return nullptr;
    }
    trivet_reply_record record{};
    record.request = request->handle;
    record.kind = kind;
    record.length = length;
    record.status = status;
    record.content = content;
    record.header_count = static_cast<std::uint32_t>(PyList_GET_SIZE(headers));
    record.headers_bytes = static_cast<std::uint32_t>(fields.size());
    record.body_bytes = static_cast<std::uint64_t>(PyBytes_GET_SIZE(body));
    std::string packed;
    append(packed, &record, sizeof record);
    packed += fields;
    append(packed, PyBytes_AS_STRING(body), record.body_bytes);
    packed.append((8 - packed.size() % 8) % 8, '\0');
    trivet_status outcome = trivet_reply_post(as_loop(self)->loop, packed.data(), packed.size());
    return answered(request, outcome);
}

PyMethodDef lowlevel_functions[] = {
    {"reply", reply, METH_VARARGS, "reply(request, result)"},
    {"reply_text", reply_with_text<trivet_reply_text>, METH_VARARGS,
     "reply_text(request, status, body)"},
    {"reply_html", reply_with_text<trivet_reply_html>, METH_VARARGS,
     "reply_html(request, status, body)"},
    {"reply_xml", reply_with_text<trivet_reply_xml>, METH_VARARGS,
     "reply_xml(request, status, body)"},
    {"reply_json", reply_with_text<trivet_reply_json>, METH_VARARGS,
     "reply_json(request, status, serialised)"},
    {"reply_redirect", reply_with_text<trivet_reply_redirect>, METH_VARARGS,
     "reply_redirect(request, status, location)"},
    {"reply_problem", reply_with_text<trivet_reply_problem>, METH_VARARGS,
     "reply_problem(request, status, detail)"},
    {"reply_bytes", reply_bytes, METH_VARARGS, "reply_bytes(request, status, body)"},
    {"reply_empty", reply_empty, METH_VARARGS, "reply_empty(request, status)"},
    {"reply_fail", reply_fail, METH_VARARGS, "reply_fail(request, cause, detail='')"},
    {"reply_add_header", reply_add_header, METH_VARARGS,
     "reply_add_header(request, name, value): for the answer to come"},
    {"request_route", request_route, METH_O, "The route of a request as a dict, or None."},
    {"request_set_data", request_set_data, METH_VARARGS,
     "request_set_data(request, object): kept until the request has ended"},
    {"request_get_data", request_get_data, METH_O, "What is kept with a request, or None."},
    {"defer", defer, METH_O, "defer(request): the handler's result is not sent"},
    {"current_loop", get_current_loop, METH_NOARGS, "The loop whose turn runs, or None."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
