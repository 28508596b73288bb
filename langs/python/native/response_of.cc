// Every answer as a Response, for the hooks that see it before it is sent.
#include "files.h"
#include "headers.h"
#include "sse.h"
#include "streams.h"

namespace trivet_py {

namespace {

Ref new_response(PyTypeObject* type) {
    Ref self(type->tp_alloc(type, 0));
    if (self) {
        as_response(self.get())->body = Py_NewRef(Py_None);
    }
    return self;
}

// What a program keeps and sends many times must not collect the changes of every hook.
Ref copy_of(PyObject* result) {
    Ref copy = new_response(Py_TYPE(result));
    Response* from = as_response(result);
    if (!copy) {
        return {};
    }
    Response* to = as_response(copy.get());
    Py_SETREF(to->body, Py_NewRef(from->body));
    to->status = from->status;
    to->kind = from->kind;
    if (from->headers != nullptr) {
        to->headers = PyList_GetSlice(from->headers, 0, PY_SSIZE_T_MAX);
        if (to->headers == nullptr) {
            return {};
        }
    }
    if (from->kind == Kind::kStream && is_iterator(from->body)) {
        // Two clients would share its pieces, so the one that is kept has none any more.
        Py_SETREF(from->body, Py_NewRef(Py_None));
    }
    if (PyObject_TypeCheck(result, g.stream_type)) {
        as_stream(copy.get())->length = Py_NewRef(as_stream(result)->length);
        as_stream(copy.get())->trailers = Py_NewRef(as_stream(result)->trailers);
        as_stream(copy.get())->events = Py_NewRef(as_stream(result)->events);
    }
    if (PyObject_TypeCheck(result, g.hub_stream_type)) {
        as_hub_stream(copy.get())->hub = as_hub_stream(result)->hub;
        as_hub_stream(copy.get())->last_event_id = Py_NewRef(as_hub_stream(result)->last_event_id);
    }
    if (PyObject_TypeCheck(result, g.file_type)) {
        FileResponse* source = as_file(result);
        FileResponse* target = as_file(copy.get());
        target->path = Py_XNewRef(source->path);
        target->root = Py_XNewRef(source->root);
        target->download_name = Py_XNewRef(source->download_name);
        target->cache_control = Py_XNewRef(source->cache_control);
        target->flags = source->flags;
    }
    // A subclass may have attributes of its own.
    if (Py_TYPE(result)->tp_dictoffset != 0) {
        Ref attributes(PyObject_GetAttrString(result, "__dict__"));
        Ref own(PyObject_GetAttrString(copy.get(), "__dict__"));
        if (!attributes || !own || PyDict_Update(own.get(), attributes.get()) < 0) {
            return {};
        }
    }
    return copy;
}

// Writes JSON now, so that what cannot be written is an error before the hooks run.
bool check_content(Response* response) {
    PyObject* body = response->body;
    if (response->kind == Kind::kProblem || response->kind == Kind::kStream ||
        response->kind == Kind::kHub || response->kind == Kind::kFile) {
        return true;
    }
    if (response->kind != Kind::kJson) {
        trivet_str text{};
        if (PyUnicode_Check(body)) {
            return utf8_of(body, &text);
        }
        if (body == Py_None || PyObject_CheckBuffer(body)) {
            return true;
        }
    }
    response->rendered = response_content(response);
    return response->rendered != nullptr;
}

}  // namespace

Ref response_of(Ref result, std::uint32_t status) {
    Ref response;
    if (PyGen_CheckExact(result.get()) || PyAsyncGen_CheckExact(result.get())) {
        return stream_of(std::move(result), status);
    }
    if (!PyObject_TypeCheck(result.get(), g.response_type)) {
        response = new_response(g.response_type);
        if (!response) {
            return {};
        }
        if (result.get() == Py_None && status == 0) {
            status = 204;
        }
        Py_SETREF(as_response(response.get())->body, result.release());
    } else if (Py_REFCNT(result.get()) > 1) {
        response = copy_of(result.get());
    } else {
        response = std::move(result);
    }
    if (!response) {
        return {};
    }
    Response* made = as_response(response.get());
    if (made->status != 0 && PyObject_TypeCheck(response.get(), g.stream_type)) {
        as_stream(response.get())->has_status = 1;
    }
    if (made->status == 0) {
        made->status = status != 0 ? status : 200;
    }
    return check_content(made) ? std::move(response) : Ref();
}

Ref problem_response(std::uint32_t status, PyObject* detail, PyObject* headers, PyObject* members) {
    Ref response = new_response(g.response_type);
    if (response) {
        Response* made = as_response(response.get());
        Py_SETREF(made->body, Py_NewRef(detail));
        made->headers = Py_XNewRef(headers);
        made->status = status;
        made->kind = Kind::kProblem;
        if (members != nullptr && !write_problem(made, members)) {
            return {};
        }
    }
    return response;
}

Ref problem_body(std::uint32_t status, PyObject* detail, PyObject* members) {
    Ref number(PyLong_FromUnsignedLong(status));
    return Ref(number
                   ? PyObject_CallFunctionObjArgs(g.problem_body, number.get(), detail,
                                                  members == nullptr ? Py_None : members, nullptr)
                   : nullptr);
}

bool write_problem(Response* response, PyObject* members) {
    Ref body = problem_body(response->status, response->body, members);
    Ref name(PyUnicode_FromString("Content-Type"));
    Ref type(PyUnicode_FromString("application/problem+json"));
    if (!body || !name || !type) {
        return false;
    }
    if (response->headers == nullptr && (response->headers = PyList_New(0)) == nullptr) {
        return false;
    }
    if (find_header(response->headers, "Content-Type") == nullptr &&
        !set_header(response->headers, name.get(), type.get())) {
        return false;
    }
    Py_SETREF(response->body, body.release());
    response->kind = Kind::kJson;
    return true;
}

}  // namespace trivet_py
