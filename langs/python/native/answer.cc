// From a handler's result, or its exception, to an answer.
#include <array>
#include <vector>

#include "errors.h"
#include "files.h"
#include "headers.h"
#include "json.h"
#include "loop.h"
#include "sse.h"
#include "streams.h"

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

bool has_content_type(Response* response) {
    return response->headers != nullptr &&
           find_header(response->headers, "Content-Type") != nullptr;
}

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
    // Bytes of JSON that their response keeps.
    void set_rendered(PyObject* json) {
        bytes = {PyBytes_AS_STRING(json), static_cast<std::size_t>(PyBytes_GET_SIZE(json))};
        type = TRIVET_CONTENT_JSON;
    }

    trivet_str bytes{};
    std::uint32_t type = TRIVET_CONTENT_NONE;

private:
    Py_buffer view_{};
};

// The media type of a body; TRIVET_CONTENT_JSON for whatever is no text and no bytes.
std::uint32_t content_of(PyObject* body, Kind kind) {
    if (kind == Kind::kJson) {
        return TRIVET_CONTENT_JSON;
    }
    if (kind == Kind::kProblem) {
        return TRIVET_CONTENT_PROBLEM;
    }
    if (kind == Kind::kXml) {
        return TRIVET_CONTENT_XML;
    }
    if (kind == Kind::kStream || kind == Kind::kHub || kind == Kind::kFile) {
        return TRIVET_CONTENT_NONE;
    }
    if (PyUnicode_Check(body)) {
        return kind == Kind::kHtml ? TRIVET_CONTENT_HTML : TRIVET_CONTENT_TEXT;
    }
    if (body == Py_None) {
        return TRIVET_CONTENT_NONE;
    }
    return PyObject_CheckBuffer(body) ? TRIVET_CONTENT_BYTES : TRIVET_CONTENT_JSON;
}

bool Content::set(PyObject* body, Kind kind, SharedBuffer& json) {
    type = content_of(body, kind);
    if (type == TRIVET_CONTENT_NONE) {
        return true;
    }
    if (type == TRIVET_CONTENT_JSON) {
        if (!encode_json(json.get(), body)) {
            return false;
        }
        bytes = json.get().view();
        return true;
    }
    if (PyUnicode_Check(body)) {
        return utf8_of(body, &bytes);
    }
    if (PyObject_GetBuffer(body, &view_, PyBUF_SIMPLE) < 0) {
        return false;
    }
    bytes = {static_cast<const char*>(view_.buf), static_cast<std::size_t>(view_.len)};
    return true;
}

// The fields of a response; `has_type` says that the Content-Type is among them. False with an
// exception set.
bool add_fields(Response* response, std::vector<trivet_header>& fields, bool* has_type) {
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
        *has_type = *has_type || is_content_type(field.name);
        fields.push_back(field);
    }
    return true;
}

// Problem details that nobody has changed are the engine's to write.
Sent send_problem(trivet_request request, Response* response) {
    trivet_str detail{};
    if (!utf8_of(response->body, &detail) ||
        (response->headers != nullptr &&
         add_reply_headers(request, response->headers) == Sent::kRaised)) {
        return Sent::kRaised;
    }
    return outcome(trivet_reply_problem(request, response->status, detail));
}

Sent send_response(trivet_request request, Response* response, std::uint32_t status) {
    bool is_problem = response->kind == Kind::kProblem;
    if (is_problem && !has_content_type(response)) {
        return send_problem(request, response);
    }
    if (is_problem && !write_problem(response)) {
        return Sent::kRaised;
    }
    SharedBuffer json;
    Content content;
    std::vector<trivet_header> fields;
    bool has_type = false;
    if (response->rendered != nullptr) {
        content.set_rendered(response->rendered);
    } else if (!content.set(response->body, response->kind, json)) {
        return Sent::kRaised;
    }
    if (!add_fields(response, fields, &has_type)) {
        return Sent::kRaised;
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = response->status != 0 ? response->status : or_default(status);
    reply.content = has_type ? TRIVET_CONTENT_NONE : content.type;
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

// Problem details with members that the engine does not write; false with an exception set.
[[gnu::noinline]] bool send_extended_problem(trivet_request request, const HttpError& error) {
    SharedBuffer json;
    Ref body = problem_body(error.status, error.detail.get(), error.members.get());
    if (!body || !encode_json(json.get(), body.get())) {
        return false;
    }
    trivet_reply reply;
    trivet_reply_init(&reply, sizeof reply);
    reply.status = error.status;
    reply.content = TRIVET_CONTENT_PROBLEM;
    reply.body = json.get().view();
    return outcome(trivet_reply_send(request, &reply)) == Sent::kDone;
}

// HTTPError(status, detail, headers) as problem details; false with an exception set.
bool send_http_error(trivet_request request, const HttpError& error) {
    trivet_str text{};
    if (!utf8_of(error.detail.get(), &text) ||
        (error.headers && add_reply_headers(request, error.headers.get()) == Sent::kRaised)) {
        return false;
    }
    if (error.members) {
        return send_extended_problem(request, error);
    }
    return outcome(trivet_reply_problem(request, error.status, text)) == Sent::kDone;
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
        Kind kind = as_response(result)->kind;
        if (kind == Kind::kHub) {
            return subscribe(request, result);
        }
        if (kind == Kind::kFile) {
            return send_file(request, result, status);
        }
        return kind == Kind::kStream ? Sent::kStream
                                     : send_response(request, as_response(result), status);
    }
    if (PyByteArray_Check(result) || PyMemoryView_Check(result)) {
        SharedBuffer json;
        Content content;
        if (!content.set(result, Kind::kAuto, json)) {
            return Sent::kRaised;
        }
        return outcome(trivet_reply_bytes(request, or_default(status), content.bytes));
    }
    return is_streamed(result) ? Sent::kStream : send_json(request, result, status);
}

void send_exception(trivet_request request, PyObject* exception) {
    HttpError error;
    if (read_http_error(exception, &error) && send_http_error(request, error)) {
        return;
    }
    PyErr_Clear();
    loop_tell_failure(request, exception);
    std::string cause = exception_line(exception);
    trivet_reply_fail(request, to_str(cause), trivet_str{});
}

bool read_http_error(PyObject* exception, HttpError* out) {
    if (g.http_error == nullptr || PyObject_IsInstance(exception, g.http_error) != 1) {
        PyErr_Clear();
        return false;
    }
    Ref status(PyObject_GetAttrString(exception, "status"));
    out->detail = Ref(PyObject_GetAttrString(exception, "detail"));
    Ref headers(PyObject_GetAttrString(exception, "headers"));
    unsigned long number = status ? PyLong_AsUnsignedLong(status.get()) : 0;
    if (PyErr_Occurred() || !out->detail || !PyUnicode_Check(out->detail.get()) || !headers ||
        number < 400 || number > 599) {
        PyErr_Clear();
        return false;
    }
    out->status = static_cast<std::uint32_t>(number);
    if (PyObject_IsTrue(headers.get()) == 1) {
        out->headers = Ref(header_pairs(headers.get()));
        if (!out->headers) {
            PyErr_Clear();
            return false;
        }
    }
    // A subclass that does not call its base has none.
    Ref members(PyObject_GetAttrString(exception, "members"));
    PyErr_Clear();
    if (members && PyDict_Check(members.get()) && PyDict_GET_SIZE(members.get()) > 0) {
        out->members = std::move(members);
    }
    return true;
}

Sent add_reply_headers(trivet_request request, PyObject* pairs) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); ++i) {
        PyObject* pair = PyList_GET_ITEM(pairs, i);
        trivet_str name{};
        trivet_str value{};
        if (!utf8_of(PyTuple_GET_ITEM(pair, 0), &name) ||
            !utf8_of(PyTuple_GET_ITEM(pair, 1), &value) ||
            outcome(trivet_reply_add_header(request, name, value)) == Sent::kRaised) {
            return Sent::kRaised;
        }
    }
    return Sent::kDone;
}

PyObject* response_content(Response* response) {
    if (response->rendered != nullptr) {
        return Py_NewRef(response->rendered);
    }
    if (response->kind == Kind::kFile) {
        PyErr_SetString(PyExc_TypeError, "a file is read by the engine, when it is sent");
        return nullptr;
    }
    if (response->kind == Kind::kStream || response->kind == Kind::kHub) {
        PyErr_SetString(PyExc_TypeError, "an answer in pieces has no content before it is sent");
        return nullptr;
    }
    if (response->kind == Kind::kProblem && !write_problem(response)) {
        return nullptr;
    }
    SharedBuffer json;
    Content content;
    return content.set(response->body, response->kind, json) ? bytes_of(content.bytes) : nullptr;
}

const char* content_type_of(Response* response) {
    if (response->kind == Kind::kHub) {
        return "text/event-stream";
    }
    switch (content_of(response->body, response->kind)) {
        case TRIVET_CONTENT_TEXT:
            return "text/plain; charset=utf-8";
        case TRIVET_CONTENT_HTML:
            return "text/html; charset=utf-8";
        case TRIVET_CONTENT_XML:
            return "application/xml";
        case TRIVET_CONTENT_BYTES:
            return "application/octet-stream";
        case TRIVET_CONTENT_JSON:
            return "application/json";
        case TRIVET_CONTENT_PROBLEM:
            return "application/problem+json";
        default:
            return nullptr;
    }
}

}  // namespace trivet_py
