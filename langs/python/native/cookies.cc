// Cookies to set: the value of a Set-Cookie field. Its idiom is in _cookies.py.
#include "cookies.h"

#include "errors.h"

namespace trivet_py {

namespace {

// A str as bytes. The engine refuses lone surrogates as it refuses all that is not ASCII.
Ref bytes_of_text(PyObject* text) {
    return Ref(PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass"));
}

trivet_str str_of(const Ref& bytes) {
    return {PyBytes_AS_STRING(bytes.get()),
            static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

// A number of seconds, or None; false with an exception set. In the ABI -1 is the word for none: 0
// says as well that the time has passed, and is as little an age.
bool read_seconds(PyObject* value, std::int64_t* out) {
    if (value == Py_None) {
        return true;
    }
    int overflow = 0;
    long long seconds = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (seconds == -1 && PyErr_Occurred()) {
        return false;
    }
    *out = overflow > 0 ? INT64_MAX : overflow < 0 ? INT64_MIN : seconds == -1 ? 0 : seconds;
    return true;
}

// cookie_encode(name, value, domain, path, expires, max_age, same_site, flags)
PyObject* cookie_encode(PyObject*, PyObject* arguments) {
    PyObject* texts[4];
    PyObject* expires = nullptr;
    PyObject* max_age = nullptr;
    trivet_cookie cookie;
    trivet_cookie_init(&cookie, sizeof cookie);
    if (!PyArg_ParseTuple(arguments, "UUUUOOII:cookie_encode", &texts[0], &texts[1], &texts[2],
                          &texts[3], &expires, &max_age, &cookie.same_site, &cookie.flags) ||
        !read_seconds(expires, &cookie.expires) || !read_seconds(max_age, &cookie.max_age_s)) {
        return nullptr;
    }
    Ref name = bytes_of_text(texts[0]);
    Ref value = bytes_of_text(texts[1]);
    Ref domain = bytes_of_text(texts[2]);
    Ref path = bytes_of_text(texts[3]);
    if (!name || !value || !domain || !path) {
        return nullptr;
    }
    cookie.name = str_of(name);
    cookie.value = str_of(value);
    cookie.domain = str_of(domain);
    cookie.path = str_of(path);
    std::size_t size = 0;
    trivet_error* error = nullptr;
    trivet_status status = trivet_cookie_encode(&cookie, 0, nullptr, &size, &error);
    if (status != TRIVET_E_LIMIT) {
        return raise_error(status, error);
    }
    std::string text(size, '\0');
    status = trivet_cookie_encode(&cookie, size, text.data(), &size, &error);
    return status == TRIVET_OK ? text_of(to_str(text)) : raise_error(status, error);
}

}  // namespace

PyMethodDef cookie_functions[] = {
    {"cookie_encode", cookie_encode, METH_VARARGS,
     "cookie_encode(name, value, domain, path, expires, max_age, same_site, flags): the value of a "
     "Set-Cookie field"},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace trivet_py
