// What a handler's parameters are given, from the text of the request.
#include "arguments.h"

#include <charconv>
#include <cmath>

#include "errors.h"

namespace trivet_py {

namespace {

constexpr int kSources = 3;
constexpr int kConversions = 5;
constexpr int kIndexMax = 63;

PyObject* to_int(trivet_str text) {
    long long number = 0;
    const char* begin = text.data;
    const char* end = text.data + text.size;
    auto [stop, error] = std::from_chars(begin, end, number);
    return text.size > 0 && stop == end && error == std::errc() ? PyLong_FromLongLong(number)
                                                                : nullptr;
}

PyObject* to_float(trivet_str text) {
    std::string copy(to_view(text));
    // Neither a sign in front but for minus, nor infinity and its like, which JSON does not have.
    if (copy.empty() || copy[0] == '+' ||
        copy.find_first_not_of("0123456789.eE+-") != std::string::npos) {
        return nullptr;
    }
    char* stop = nullptr;
    double number = PyOS_string_to_double(copy.c_str(), &stop, nullptr);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return nullptr;
    }
    bool is_number = stop == copy.c_str() + copy.size() && std::isfinite(number);
    return is_number ? PyFloat_FromDouble(number) : nullptr;
}

PyObject* to_bool(trivet_str text) {
    std::string word(to_view(text));
    for (char& letter : word) {
        letter = static_cast<char>(Py_TOLOWER(letter));
    }
    // A parameter without a value is true: ?verbose.
    if (word.empty() || word == "1" || word == "true" || word == "yes" || word == "on") {
        return Py_NewRef(Py_True);
    }
    if (word == "0" || word == "false" || word == "no" || word == "off") {
        return Py_NewRef(Py_False);
    }
    return nullptr;
}

// 8-4-4-4-12 hexadecimal digits, as the engine's {id:uuid} takes them.
PyObject* to_uuid(trivet_str text) {
    constexpr std::size_t kSize = 36;
    constexpr std::string_view kShape = "........-....-....-....-............";
    char digits[33];
    std::size_t count = 0;
    for (std::size_t i = 0; text.size == kSize && i < kSize; ++i) {
        bool is_dash = text.data[i] == '-';
        if (is_dash != (kShape[i] == '-') || (!is_dash && !Py_ISXDIGIT(text.data[i]))) {
            return nullptr;
        }
        if (!is_dash) {
            digits[count++] = text.data[i];
        }
    }
    if (count == 0) {
        return nullptr;
    }
    digits[count] = '\0';
    Ref number(PyLong_FromString(digits, nullptr, 16));
    return number ? PyObject_CallOneArg(g.make_uuid, number.get()) : nullptr;
}

const char* expected(Conversion conversion) {
    switch (conversion) {
        case Conversion::kInt:
            return "an integer";
        case Conversion::kFloat:
            return "a number";
        case Conversion::kBool:
            return "a boolean";
        case Conversion::kUuid:
            return "a UUID";
        default:
            return "text";
    }
}

PyObject* refuse(const Argument& argument, std::string_view what) {
    std::string detail =
        argument.source == Source::kPath ? "path parameter '" : "query parameter '";
    detail += to_view(argument.key);
    detail += "' ";
    detail += what;
    return raise_http_error(422, detail);
}

}  // namespace

bool read_argument(PyObject* item, Argument* out) {
    int source = 0;
    int conversion = 0;
    int index = 0;
    PyObject* name = nullptr;
    int is_required = 0;
    PyObject* fallback = nullptr;
    if (!PyArg_ParseTuple(item, "iiiUpO", &source, &conversion, &index, &name, &is_required,
                          &fallback)) {
        return false;
    }
    if (source < 0 || source >= kSources || conversion < 0 || conversion >= kConversions ||
        index < 0 || index > kIndexMax) {
        PyErr_SetString(PyExc_ValueError, "malformed plan of a route");
        return false;
    }
    out->source = static_cast<Source>(source);
    out->conversion = static_cast<Conversion>(conversion);
    out->index = static_cast<std::uint8_t>(index);
    if (!utf8_of(name, &out->key)) {
        return false;
    }
    out->name = Py_NewRef(name);
    out->fallback = is_required != 0 ? nullptr : Py_NewRef(fallback);
    return true;
}

PyObject* convert(Conversion conversion, trivet_str text) {
    switch (conversion) {
        case Conversion::kInt:
            return to_int(text);
        case Conversion::kFloat:
            return to_float(text);
        case Conversion::kBool:
            return to_bool(text);
        case Conversion::kUuid:
            return to_uuid(text);
        default:
            return text_of(text);
    }
}

PyObject* refuse_missing(const Argument& argument) { return refuse(argument, "is required"); }

PyObject* refuse_type(const Argument& argument) {
    return refuse(argument, std::string("must be ") + expected(argument.conversion));
}

}  // namespace trivet_py
