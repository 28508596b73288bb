// From a handler's result, or its exception, to an answer.
#include <array>
#include <vector>

#include "errors.h"
#include "json.h"
#include "response.h"

namespace trivet_py {

namespace {

// The JSON of one answer at a time. An encoder that is entered again (by a property of an object
// that is being encoded, say) takes a buffer of its own.
class SharedBuffer {
public:
    SharedBuffer() : buffer_(is_taken() ? own_ : shared()), is_owner_(!is_taken()) {
        is_taken() = true;
        buffer_.clear();
    }
    SharedBuffer(const SharedBuffer&) = delete;
    SharedBuffer& operator=(const SharedBuffer&) = delete;
    ~SharedBuffer() {
        if (is_owner_) {
            buffer_.clear();
            is_taken() = false;
        }
    }
    Buffer& get() { return buffer_; }

private:
    static Buffer& shared() {
        thread_local Buffer buffer;
        return buffer;
    }
    static bool& is_taken() {
        thread_local bool taken = false;
        return taken;
    }

    Buffer own_;
    Buffer& buffer_;
    bool is_owner_;
};

// An answer to a request that has ended is no failure of the handler: the client left, a deadline
// passed, or the handler answered by itself.
Sent outcome(trivet_status status) {
    if (status == TRIVET_OK || status == TRIVET_E_STALE || status == TRIVET_E_GONE) {
        return Sent::kDone;
    }
    raise_status(status);
    return Sent::kRaised;
}

std::uint32_t or_default(std::uint32_t status) { return status == 0 ? 200 : status; }

// Every kind of result as content bytes with its media type; `holder` keeps them alive.
class Content {
public:
    Content() = default;
    Content(const Content&) = delete;
    Content& operator=(const Content&) = delete;
    ~Content() {
        if (view_.obj != nullptr) {
            PyBuffer_Release(&view_);
        }
    }

    bool set(PyObject* body, Kind kind, SharedBuffer& json);

    trivet_str bytes{};
    std::uint32_t type = TRIVET_CONTENT_NONE;

private:
    Py_buffer view_{};
};

bool Content::set(PyObject* body, Kind kind, SharedBuffer& json) {
    if (kind == Kind::kAuto && body == Py_None) {
        return true;
    }
    if (kind != Kind::kJson && PyUnicode_Check(body)) {
        type = kind == Kind::kHtml ? TRIVET_CONTENT_HTML : TRIVET_CONTENT_TEXT;
        return utf8_of(body, &bytes);
    }
    if (kind == Kind::kAuto && PyObject_CheckBuffer(body)) {
        if (PyObject_GetBuffer(body, &view_, PyBUF_SIMPLE) < 0) {
            return false;
        }
        bytes = {static_cast<const char*>(view_.buf), static_cast<std::size_t>(view_.len)};
        type = TRIVET_CONTENT_BYTES;
        return true;
    }
    if (!encode_json(json.get(), body)) {
        return false;
    }
    bytes = json.get().view();
    type = TRIVET_CONTENT_JSON;
    return true;
}

bool add_fields(Response* response, std::vector<trivet_header>& fields) {
    if (response->headers == nullptr) {
        return true;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(response->headers); ++i) {
        PyObject* pair = PyList_GET_ITEM(response->headers, i);
        trivet_header field{};
        if (!utf8_of(PyTuple_GET_ITEM(pair, 0), &field.name) ||
            !utf8_of(PyTuple_GET_ITEM(pair, 1), &field.value)) {
            return false;
        }
        fields.push_back(field);
    }
    return true;
}

Sent send_response(trivet_request request, Response* response) {
    SharedBuffer json;
    Content content;
    std::vector<trivet_header> fields;
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = response->status;
    if (response->kind == Kind::kRedirect) {
        trivet_str location{};
        if (!utf8_of(response->body, &location)) {
            return Sent::kRaised;
        }
        if (response->headers == nullptr) {
            return outcome(trivet_reply_redirect(request, reply.status, location));
        }
        fields.push_back({{"Location", 8}, location});
    } else if (!content.set(response->body, response->kind, json)) {
        return Sent::kRaised;
    }
    if (response->content_type != nullptr) {
        content.type = TRIVET_CONTENT_NONE;
        trivet_str type{};
        if (!utf8_of(response->content_type, &type)) {
            return Sent::kRaised;
        }
        fields.push_back({{"Content-Type", 12}, type});
    }
    if (!add_fields(response, fields)) {
        return Sent::kRaised;
    }
    reply.content = content.type;
    reply.body = content.bytes;
    reply.headers = fields.data();
    reply.header_count = fields.size();
    return outcome(trivet_reply_send(request, &reply));
}

Sent send_json(trivet_request request, PyObject* result, std::uint32_t status) {
    SharedBuffer json;
    if (!encode_json(json.get(), result)) {
        return Sent::kRaised;
    }
    return outcome(trivet_reply_json(request, or_default(status), json.get().view()));
}

// HTTPError(status, detail, headers) as problem details.
bool send_http_error(trivet_request request, PyObject* exception) {
    Ref status(PyObject_GetAttrString(exception, "status"));
    Ref detail(PyObject_GetAttrString(exception, "detail"));
    trivet_str text{};
    if (!status || !detail || !utf8_of(detail.get(), &text)) {
        return false;
    }
    unsigned long number = PyLong_AsUnsignedLong(status.get());
    if (PyErr_Occurred()) {
        return false;
    }
    return outcome(trivet_reply_problem(request, static_cast<std::uint32_t>(number), text)) ==
           Sent::kDone;
}

}  // namespace

Sent send_result(trivet_request request, PyObject* result, std::uint32_t status) {
    if (PyUnicode_Check(result)) {
        trivet_str text{};
        if (!utf8_of(result, &text)) {
            return Sent::kRaised;
        }
        return outcome(trivet_reply_text(request, or_default(status), text));
    }
    if (PyDict_CheckExact(result) || PyList_CheckExact(result)) {
        return send_json(request, result, status);
    }
    if (result == Py_None) {
        return outcome(trivet_reply_empty(request, status == 0 ? 204 : status));
    }
    if (PyBytes_Check(result)) {
        trivet_str bytes = {PyBytes_AS_STRING(result),
                            static_cast<std::size_t>(PyBytes_GET_SIZE(result))};
        return outcome(trivet_reply_bytes(request, or_default(status), bytes));
    }
    if (PyObject_TypeCheck(result, g.response_type)) {
        return send_response(request, reinterpret_cast<Response*>(result));
    }
    if (PyByteArray_Check(result) || PyMemoryView_Check(result)) {
        SharedBuffer json;
        Content content;
        if (!content.set(result, Kind::kAuto, json)) {
            return Sent::kRaised;
        }
        return outcome(trivet_reply_bytes(request, or_default(status), content.bytes));
    }
    return send_json(request, result, status);
}

void send_exception(trivet_request request, PyObject* exception) {
    if (g.http_error != nullptr && PyObject_IsInstance(exception, g.http_error) == 1 &&
        send_http_error(request, exception)) {
        return;
    }
    PyErr_Clear();
    std::string cause = exception_line(exception);
    trivet_reply_fail(request, to_str(cause), trivet_str{});
}

}  // namespace trivet_py
