#pragma once
// What every file of the extension shares: Python's API, Trivet's ABI, an owning reference, and the
// objects that are looked up once at import. All of it runs with the GIL held unless it says
// otherwise.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <trivet.h>

#ifdef Py_GIL_DISABLED
#error "trivet._native relies on the GIL: build it for the default CPython"
#endif

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace trivet_py {

// One owned reference; null is allowed. Moves, never copies.
class Ref {
public:
    Ref() = default;
    explicit Ref(PyObject* owned) : object_(owned) {}
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref&& other) noexcept {
        PyObject* old = std::exchange(object_, std::exchange(other.object_, nullptr));
        Py_XDECREF(old);
        return *this;
    }
    Ref(const Ref&) = delete;
    Ref& operator=(const Ref&) = delete;
    ~Ref() { Py_XDECREF(object_); }

    static Ref borrow(PyObject* object) { return Ref(Py_XNewRef(object)); }
    PyObject* get() const { return object_; }
    PyObject* release() { return std::exchange(object_, nullptr); }
    explicit operator bool() const { return object_ != nullptr; }

private:
    PyObject* object_ = nullptr;
};

// What is looked up once: interned names, and the Python-side classes and functions that `setup`
// gives. It lives as long as the process, as the module itself does.
struct Globals {
    PyObject* errors = nullptr;           // dict: status number -> exception class
    PyObject* http_error = nullptr;       // trivet.HTTPError
    PyObject* make_http_error = nullptr;  // (status, detail) -> HTTPError of the status's class
    PyObject* problem_body = nullptr;     // (status, detail) -> dict, as the engine writes it
    PyObject* make_uuid = nullptr;        // int -> uuid.UUID
    PyObject* make_state = nullptr;       // () -> a namespace, for Request.state
    PyObject* url_for = nullptr;          // (app, name, params, query, values) -> str
    PyObject* read_content = nullptr;     // (request, is_streamed, progress) -> async iterator
    PyObject* read_whole = nullptr;       // (request, is_streamed, progress) -> awaitable of bytes
    PyObject* read_form = nullptr;        // (request, **limits) -> Form
    PyObject* make_client = nullptr;      // see _client.py
    PyObject* make_principal = nullptr;   // (scheme, subject, scope, claims) -> Principal
    PyObject* set_cookie = nullptr;       // (name, value, **attributes) -> value of Set-Cookie
    PyObject* delete_cookie = nullptr;    // (name, **attributes) -> the same, to remove it
    PyObject* prime_stream = nullptr;     // (request, response) -> None or an awaitable
    PyObject* run_stream = nullptr;  // (request, response, context, producers) -> None or awaitable
    PyObject* discard_stream = nullptr;  // (request, producers) -> None or an awaitable
    PyObject* load_json = nullptr;       // bytes -> object; raises HTTPError(400)
    PyObject* encode_default = nullptr;  // object -> something JSON can hold; raises TypeError
    PyObject* field_names = nullptr;     // dataclass -> tuple of field names
    PyObject* field_cache = nullptr;     // dict: dataclass -> tuple of field names

    // asyncio's, set by `setup_asyncio` when the first event loop is made.
    PyObject* current_tasks = nullptr;  // dict: event loop -> the task whose step runs
    PyObject* register_task = nullptr;
    PyObject* task_class = nullptr;
    PyObject* cancelled_error = nullptr;
    PyObject* invalid_state_error = nullptr;
    PyObject* task_get_stack = nullptr;
    PyObject* task_print_stack = nullptr;

    PyTypeObject* app_type = nullptr;
    PyTypeObject* route_type = nullptr;
    PyTypeObject* loop_type = nullptr;
    PyTypeObject* request_type = nullptr;
    PyTypeObject* fields_type = nullptr;
    PyTypeObject* response_type = nullptr;
    PyTypeObject* stream_type = nullptr;
    PyTypeObject* hub_stream_type = nullptr;
    PyTypeObject* file_type = nullptr;
    PyTypeObject* event_type = nullptr;
    PyTypeObject* headers_type = nullptr;
    PyTypeObject* task_type = nullptr;
    PyTypeObject* task_await_type = nullptr;
};
extern Globals g;

inline trivet_str to_str(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_view(trivet_str text) { return {text.data, text.size}; }

// UTF-8 of a str object, valid while the object lives; sets an exception and gives false otherwise.
inline bool utf8_of(PyObject* text, trivet_str* out) {
    if (PyUnicode_Check(text) && PyUnicode_IS_COMPACT_ASCII(text)) [[likely]] {
        *out = {static_cast<const char*>(PyUnicode_DATA(text)),
                static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
        return true;
    }
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr) {
        return false;
    }
    *out = {data, static_cast<std::size_t>(size)};
    return true;
}

// What came over the wire is text for people: bytes that are not UTF-8 become U+FFFD.
inline PyObject* text_of(trivet_str text) {
    return PyUnicode_DecodeUTF8(text.data, static_cast<Py_ssize_t>(text.size), "replace");
}

inline PyObject* bytes_of(trivet_str text) {
    return PyBytes_FromStringAndSize(text.data, static_cast<Py_ssize_t>(text.size));
}

// Types are made at import and kept in Globals; false with an exception set on failure.
bool make_type(PyObject* module, PyType_Spec* spec, PyTypeObject** out, PyObject* base = nullptr);

using KeywordFunction = PyObject* (*)(PyObject*, PyObject*, PyObject*);
inline PyCFunction keyword_method(KeywordFunction function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}
using FastFunction = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
inline PyCFunction fast_method(FastFunction function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

}  // namespace trivet_py
