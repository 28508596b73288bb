#pragma once
#include "native.h"

namespace trivet_py {

// How the body of a Response becomes content.
enum class Kind : std::uint8_t {
    kAuto,  // by the body's type, like a plain result
    kText,
    kHtml,
    kXml,
    kJson,
    kRedirect,  // as kAuto; the status is one of a redirect
    kProblem,   // the body is the detail of problem details, which the engine writes
    kStream,    // the body is an iterable of pieces: a StreamResponse
    kHub,       // the events of a hub: a HubStream
    kFile,      // a file that the engine sends: a FileResponse
};

// A whole answer as an object. It may be sent any number of times; Python code owns it.
struct Response {
    PyObject_HEAD PyObject* body;
    PyObject* headers;     // list of (name, value), or null for none
    PyObject* rendered;    // bytes of a JSON body that nobody has seen since, or null
    std::uint32_t status;  // 0: none given
    Kind kind;
};

inline Response* as_response(PyObject* self) { return reinterpret_cast<Response*>(self); }
bool make_response_types(PyObject* module);

// Answers a request with a handler's result by the rules of the SDKs. 0 stands for "no status
// given": 200, or 204 for None. TRIVET_E_MEMORY with an exception set when the result cannot be
// sent. kStream: it is one that is sent in pieces, and nothing was done.
enum class Sent : std::uint8_t { kDone, kRaised, kStream };
Sent send_result(trivet_request request, PyObject* result, std::uint32_t status);

// Answers with what an exception means: HTTPError as problem details, anything else through
// trivet_reply_fail.
void send_exception(trivet_request request, PyObject* exception);

// Status, detail, headers and further members of an HTTPError; false when it is none.
struct HttpError {
    std::uint32_t status = 0;
    Ref detail;   // str
    Ref headers;  // list of pairs, or null
    Ref members;  // dict, or null
};
bool read_http_error(PyObject* exception, HttpError* out);

// A result as a Response of its own, for hooks to change: what cannot be sent raises here already.
// The status counts where the result carries none.
Ref response_of(Ref result, std::uint32_t status);

// Problem details as a Response; `headers` and `members` may be null.
Ref problem_response(std::uint32_t status, PyObject* detail, PyObject* headers,
                     PyObject* members = nullptr);

// Problem details with members beyond the engine's, as a dict.
Ref problem_body(std::uint32_t status, PyObject* detail, PyObject* members);

// The detail of problem details becomes the body that the engine would write, with further members
// where there are some. False with an exception set.
bool write_problem(Response* response, PyObject* members = nullptr);

// The content as bytes; null with an exception set.
PyObject* response_content(Response* response);

// What the engine calls the content, or null for none.
const char* content_type_of(Response* response);

// Adds fields to the answer to come, whoever gives it.
Sent add_reply_headers(trivet_request request, PyObject* pairs);

}  // namespace trivet_py
