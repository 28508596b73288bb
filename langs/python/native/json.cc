#include "json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

namespace trivet_py {

void Buffer::clear() {
    size_ = 0;
    if (capacity_ > kKeptMax) {
        PyMem_RawFree(data_);
        data_ = nullptr;
        capacity_ = 0;
    }
}

void Buffer::put_unchecked(std::string_view text) {
    if (!text.empty()) {
        std::memcpy(data_ + size_, text.data(), text.size());
        size_ += text.size();
    }
}

bool Buffer::grow(std::size_t size) {
    std::size_t wanted = size_ + size;
    std::size_t capacity = capacity_ < 512 ? 1024 : capacity_ * 2;
    if (capacity < wanted) {
        capacity = wanted;
    }
    auto* data = static_cast<char*>(PyMem_RawRealloc(data_, capacity));
    if (data == nullptr) {
        PyErr_NoMemory();
        return false;
    }
    data_ = data;
    capacity_ = capacity;
    return true;
}

namespace {

// Deeper nesting than this is a mistake (a cycle, most often) and would cost the C stack.
constexpr int kDepthMax = 500;

// More than the longest float: -0.00012345678901234567.
constexpr std::size_t kRealMax = 32;

// What is told of a name in a JSON Pointer.
constexpr std::size_t kPlaceNameMax = 80;

// \u00xx is the longest that one character becomes.
constexpr std::size_t kEscapeMax = 6;

// For each byte: 0 when it stands for itself, else the letter after the backslash ('u' for \u00xx).
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> table{};
    for (int byte = 0; byte < 0x20; ++byte) {
        table[static_cast<std::size_t>(byte)] = 'u';
    }
    table['\b'] = 'b';
    table['\t'] = 't';
    table['\n'] = 'n';
    table['\f'] = 'f';
    table['\r'] = 'r';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}
constexpr std::array<char, 256> kEscapes = make_escapes();

// The exception that is set, put aside while something is asked that may raise one as well.
class Raised {
public:
    Raised() { PyErr_Fetch(&type_, &error_, &traceback_); }
    Raised(const Raised&) = delete;
    Raised& operator=(const Raised&) = delete;
    ~Raised() { PyErr_Restore(type_, error_, traceback_); }

    PyObject* type() const { return type_; }
    PyObject* text() const { return PyObject_Str(error_); }

private:
    PyObject* type_ = nullptr;
    PyObject* error_ = nullptr;
    PyObject* traceback_ = nullptr;
};

class Encoder {
public:
    explicit Encoder(Buffer& out) : out_(out) {}

    bool value(PyObject* object);
    // Adds to what the encoder has refused where in the object it stands and what to do; gives
    // false.
    bool tell_place() const;

private:
    // Raises; where the object stands is added as the encoder returns.
    template <class... Arguments>
    bool refuse(PyObject* kind, const char* format, Arguments... arguments) {
        PyErr_Format(kind, format, arguments...);
        is_refused_ = true;
        return false;
    }
    bool refused_in(Py_ssize_t index);
    bool refused_in(PyObject* key);
    bool string(PyObject* text);
    bool ascii(const char* data, std::size_t size);
    template <class Unit>
    bool wide(const Unit* data, std::size_t size);
    void escape(unsigned char byte);
    bool integer(PyObject* number);
    bool real(PyObject* number);
    bool key(PyObject* key);
    bool dict(PyObject* object);
    bool list(PyObject* object);
    bool tuple(PyObject* object);
    bool other(PyObject* object);
    bool dataclass(PyObject* object, PyObject* names);
    bool enter();

    Buffer& out_;
    int depth_ = 0;
    bool is_refused_ = false;
    const char* hint_ = "";
    std::string place_;  // JSON Pointer (RFC 6901) of what was refused
};

void Encoder::escape(unsigned char byte) {
    static constexpr char kHex[] = "0123456789abcdef";
    char letter = kEscapes[byte];
    out_.put_unchecked('\\');
    out_.put_unchecked(letter);
    if (letter == 'u') {
        out_.put_unchecked("00");
        out_.put_unchecked(kHex[byte >> 4]);
        out_.put_unchecked(kHex[byte & 15]);
    }
}

bool Encoder::ascii(const char* data, std::size_t size) {
    if (!out_.put('"')) {
        return false;
    }
    for (std::size_t begin = 0; begin < size;) {
        std::size_t end = begin;
        while (size - end >= 8 && is_plain(bytes_at(data + end))) {
            end += 8;
        }
        while (end < size && kEscapes[static_cast<unsigned char>(data[end])] == 0) {
            ++end;
        }
        if (!out_.reserve(end - begin + kEscapeMax)) {
            return false;
        }
        out_.put_unchecked({data + begin, end - begin});
        if (end < size) {
            escape(static_cast<unsigned char>(data[end++]));
        }
        begin = end;
    }
    return out_.put('"');
}

template <class Unit>
bool Encoder::wide(const Unit* data, std::size_t size) {
    if (!out_.put('"')) {
        return false;
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (!out_.reserve(kEscapeMax)) {
            return false;
        }
        auto point = static_cast<std::uint32_t>(data[i]);
        if (point < 0x80) {
            if (kEscapes[point] != 0) {
                escape(static_cast<unsigned char>(point));
            } else {
                out_.put_unchecked(static_cast<char>(point));
            }
        } else if (point < 0x800) {
            out_.put_unchecked(static_cast<char>(0xc0 | (point >> 6)));
            out_.put_unchecked(static_cast<char>(0x80 | (point & 63)));
        } else if (point < 0x10000) {
            if (point >= 0xd800 && point < 0xe000) {
                return refuse(PyExc_ValueError,
                              "str with a lone surrogate cannot be serialised to JSON");
            }
            out_.put_unchecked(static_cast<char>(0xe0 | (point >> 12)));
            out_.put_unchecked(static_cast<char>(0x80 | ((point >> 6) & 63)));
            out_.put_unchecked(static_cast<char>(0x80 | (point & 63)));
        } else {
            out_.put_unchecked(static_cast<char>(0xf0 | (point >> 18)));
            out_.put_unchecked(static_cast<char>(0x80 | ((point >> 12) & 63)));
            out_.put_unchecked(static_cast<char>(0x80 | ((point >> 6) & 63)));
            out_.put_unchecked(static_cast<char>(0x80 | (point & 63)));
        }
    }
    return out_.put('"');
}

bool Encoder::string(PyObject* text) {
#if PY_VERSION_HEX < 0x030c0000
    if (PyUnicode_READY(text) < 0) {
        return false;
    }
#endif
    auto size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(text));
    const void* data = PyUnicode_DATA(text);
    if (PyUnicode_IS_ASCII(text)) {
        return ascii(static_cast<const char*>(data), size);
    }
    switch (PyUnicode_KIND(text)) {
        case PyUnicode_1BYTE_KIND:
            return wide(static_cast<const Py_UCS1*>(data), size);
        case PyUnicode_2BYTE_KIND:
            return wide(static_cast<const Py_UCS2*>(data), size);
        default:
            return wide(static_cast<const Py_UCS4*>(data), size);
    }
}

bool Encoder::integer(PyObject* number) {
    int overflow = 0;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow == 0) {
        if (value == -1 && PyErr_Occurred()) {
            return false;
        }
        if (!out_.reserve(24)) {
            return false;
        }
        auto result = std::to_chars(out_.end(), out_.end() + 24, value);
        out_.advance(static_cast<std::size_t>(result.ptr - out_.end()));
        return true;
    }
    // int's own repr, so that an int subclass with another __str__ (IntEnum) is still a number.
    Ref text(PyLong_Type.tp_repr(number));
    trivet_str utf8{};
    return text && utf8_of(text.get(), &utf8) && out_.put(to_view(utf8));
}

bool Encoder::real(PyObject* number) {
    double value = PyFloat_AS_DOUBLE(number);
    if (!std::isfinite(value)) {
        return refuse(PyExc_ValueError, "float %R cannot be serialised to JSON", number);
    }
    // As float's repr: the shortest digits that read back as the value, with an exponent from 1e16
    // up and below 1e-4.
    const double size = std::fabs(value);
    const bool is_fixed = size == 0 || (size >= 1e-4 && size < 1e16);
    if (!out_.reserve(kRealMax)) {
        return false;
    }
    char* begin = out_.end();
    const auto result =
        std::to_chars(begin, begin + kRealMax, value,
                      is_fixed ? std::chars_format::fixed : std::chars_format::scientific);
    const std::string_view text(begin, static_cast<std::size_t>(result.ptr - begin));
    const bool is_whole = is_fixed && text.find('.') == std::string_view::npos;
    out_.advance(text.size());
    return !is_whole || out_.put(".0");
}

// Keys follow json.dumps: numbers, booleans and None become strings; anything else is refused.
bool Encoder::key(PyObject* key) {
    if (PyUnicode_Check(key)) {
        return string(key);
    }
    if (key == Py_None || PyBool_Check(key) || PyLong_Check(key) || PyFloat_Check(key)) {
        return out_.put('"') && value(key) && out_.put('"');
    }
    return refuse(PyExc_TypeError,
                  "keys of a JSON object must be str, int, float, bool or None, not %.200s",
                  Py_TYPE(key)->tp_name);
}

bool Encoder::enter() {
    if (++depth_ > kDepthMax) {
        PyErr_Format(PyExc_ValueError, "nested more than %d deep: cannot be serialised to JSON",
                     kDepthMax);
        return false;
    }
    return true;
}

bool Encoder::dict(PyObject* object) {
    if (!enter() || !out_.put('{')) {
        return false;
    }
    Py_ssize_t position = 0;
    PyObject* borrowed_key = nullptr;
    PyObject* borrowed_value = nullptr;
    bool is_first = true;
    while (PyDict_Next(object, &position, &borrowed_key, &borrowed_value)) {
        Ref key_ref = Ref::borrow(borrowed_key);
        Ref value_ref = Ref::borrow(borrowed_value);
        if ((!is_first && !out_.put(',')) || !key(key_ref.get()) || !out_.put(':')) {
            return false;
        }
        if (!value(value_ref.get())) {
            return refused_in(key_ref.get());
        }
        is_first = false;
    }
    --depth_;
    return out_.put('}');
}

bool Encoder::list(PyObject* object) {
    if (!enter() || !out_.put('[')) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(object); ++i) {
        Ref item = Ref::borrow(PyList_GET_ITEM(object, i));
        if ((i > 0 && !out_.put(',')) || !value(item.get())) {
            return refused_in(i);
        }
    }
    --depth_;
    return out_.put(']');
}

bool Encoder::tuple(PyObject* object) {
    if (!enter() || !out_.put('[')) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
        if ((i > 0 && !out_.put(',')) || !value(PyTuple_GET_ITEM(object, i))) {
            return refused_in(i);
        }
    }
    --depth_;
    return out_.put(']');
}

bool Encoder::dataclass(PyObject* object, PyObject* names) {
    if (!enter() || !out_.put('{')) {
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        PyObject* name = PyTuple_GET_ITEM(names, i);
        Ref field(PyObject_GetAttr(object, name));
        if (!field || (i > 0 && !out_.put(',')) || !string(name) || !out_.put(':')) {
            return false;
        }
        if (!value(field.get())) {
            return refused_in(name);
        }
    }
    --depth_;
    return out_.put('}');
}

// Whatever is no JSON type by itself. The names of a dataclass's fields are looked up once per
// class.
bool Encoder::other(PyObject* object) {
    auto* type = reinterpret_cast<PyObject*>(Py_TYPE(object));
    PyObject* cached = PyDict_GetItemWithError(g.field_cache, type);
    if (cached == nullptr && PyErr_Occurred()) {
        return false;
    }
    Ref names = Ref::borrow(cached);
    if (!names) {
        names = Ref(PyObject_CallOneArg(g.field_names, type));
        if (!names) {
            return false;
        }
        if (names.get() != Py_None && PyDict_SetItem(g.field_cache, type, names.get()) < 0) {
            return false;
        }
    }
    if (PyTuple_Check(names.get())) {
        return dataclass(object, names.get());
    }
    Ref replacement(PyObject_CallOneArg(g.encode_default, object));
    if (replacement.get() == Py_NotImplemented) {
        hint_ = ": give a dict, a list, a dataclass or a str of it";
        return refuse(PyExc_TypeError, "%.200s cannot be serialised to JSON",
                      Py_TYPE(object)->tp_name);
    }
    if (!replacement || !enter() || !value(replacement.get())) {
        return false;
    }
    --depth_;
    return true;
}

bool Encoder::refused_in(Py_ssize_t index) {
    if (is_refused_) {
        place_.insert(0, "/" + std::to_string(index));
    }
    return false;
}

bool Encoder::refused_in(PyObject* key) {
    if (!is_refused_) {
        return false;
    }
    const Raised refusal;
    Ref text(PyObject_Str(key));
    trivet_str utf8{};
    std::string segment = "/";
    if (text && utf8_of(text.get(), &utf8)) {
        for (char byte : to_view(utf8).substr(0, kPlaceNameMax)) {
            if (byte == '~' || byte == '/') {
                segment += byte == '~' ? "~0" : "~1";
            } else {
                segment += byte;
            }
        }
    }
    place_.insert(0, segment);
    return false;
}

bool Encoder::tell_place() const {
    if (!is_refused_) {
        return false;
    }
    Ref kind;
    Ref text;
    {
        const Raised refusal;
        kind = Ref::borrow(refusal.type());
        text = Ref(refusal.text());
    }
    if (text) {
        PyErr_Format(kind.get(), "%U%s%s%s", text.get(), place_.empty() ? "" : ", at ",
                     place_.c_str(), hint_);
    }
    return false;
}

bool Encoder::value(PyObject* object) {
    if (PyUnicode_CheckExact(object)) {
        return string(object);
    }
    if (PyLong_CheckExact(object)) {
        return integer(object);
    }
    if (PyDict_CheckExact(object)) {
        return dict(object);
    }
    if (PyList_CheckExact(object)) {
        return list(object);
    }
    if (object == Py_None) {
        return out_.put("null");
    }
    if (object == Py_True) {
        return out_.put("true");
    }
    if (object == Py_False) {
        return out_.put("false");
    }
    if (PyFloat_Check(object)) {
        return real(object);
    }
    if (PyTuple_Check(object)) {
        return tuple(object);
    }
    if (PyUnicode_Check(object)) {
        return string(object);
    }
    if (PyLong_Check(object)) {
        return integer(object);
    }
    if (PyDict_Check(object)) {
        return dict(object);
    }
    if (PyList_Check(object)) {
        return list(object);
    }
    return other(object);
}

}  // namespace

bool encode_json(Buffer& out, PyObject* object) {
    Encoder encoder(out);
    return encoder.value(object) || encoder.tell_place();
}

}  // namespace trivet_py
