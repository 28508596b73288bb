#pragma once
#include "native.h"

namespace trivet_py {

// How the body of a Response becomes content.
enum class Kind : std::uint8_t {
    kAuto,  // by the body's type, like a plain result
    kText,
    kHtml,
    kJson,
    kRedirect,  // the body is the Location
};

// A whole answer as an object. It may be sent any number of times; Python code owns it.
struct Response {
    PyObject_HEAD PyObject* body;
    PyObject* headers;       // list of (name, value), or null for none
    PyObject* content_type;  // str, or null
    std::uint32_t status;
    Kind kind;
};

bool make_response_types(PyObject* module);

// Answers a request with a handler's result by the rules of the SDKs. 0 stands for "no status
// given": 200, or 204 for None. TRIVET_E_MEMORY with an exception set when the result cannot be
// sent.
enum class Sent : std::uint8_t { kDone, kRaised };
Sent send_result(trivet_request request, PyObject* result, std::uint32_t status);

// Answers with what an exception means: HTTPError as problem details, anything else through
// trivet_reply_fail.
void send_exception(trivet_request request, PyObject* exception);

}  // namespace trivet_py
