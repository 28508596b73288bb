#include <array>
#include <charconv>
#include <cstring>

#include "json.h"

namespace trivet_py {
namespace {

// Python's own decoder reads what is nested deeper.
constexpr int kDepthMax = 100;

// Digits of an integer that fits into 64 bits whatever they are.
constexpr std::ptrdiff_t kDigitsMax = 18;

// Names of members come again and again; the str of each is kept until another takes its place.
constexpr std::size_t kNameMax = 32;
constexpr std::size_t kNameSlots = 512;
std::array<PyObject*, kNameSlots> names{};

// The bits that bytes of other characters than ASCII have.
constexpr std::uint64_t kHigh = 0x8080808080808080;

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Recursive descent (RFC 8259). Each part gives nullptr for what it does not read, without an
// exception unless there is no memory.
class Decoder {
public:
    explicit Decoder(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

    PyObject* document() {
        Ref result(value(0));
        skip_space();
        return at_ == end_ ? result.release() : nullptr;
    }

private:
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
    }
    // Behind space, whether `byte` comes; then it is taken.
    bool take(char byte) {
        skip_space();
        if (at_ == end_ || *at_ != byte) {
            return false;
        }
        ++at_;
        return true;
    }
    PyObject* value(int depth);
    PyObject* object(int depth);
    PyObject* array(int depth);
    PyObject* string(bool is_name);
    PyObject* escaped(const char* begin, const char* at);
    bool escape(const char*& at);
    PyObject* number();
    PyObject* word(std::string_view word, PyObject* meaning);

    const char* at_;
    const char* end_;
    Buffer room_;
};

PyObject* text(const char* begin, std::size_t size, bool is_ascii) {
    if (!is_ascii) {
        PyObject* result = PyUnicode_DecodeUTF8(begin, static_cast<Py_ssize_t>(size), "strict");
        if (result == nullptr && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
            PyErr_Clear();
        }
        return result;
    }
    PyObject* result = PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
    if (result != nullptr && size != 0) {
        std::memcpy(PyUnicode_1BYTE_DATA(result), begin, size);
    }
    return result;
}

PyObject* name(const char* begin, std::size_t size) {
    std::size_t hash = size;
    for (std::size_t i = 0; i < size; ++i) {
        hash = hash * 31 + static_cast<unsigned char>(begin[i]);
    }
    PyObject*& slot = names[hash % kNameSlots];
    if (slot != nullptr && static_cast<std::size_t>(PyUnicode_GET_LENGTH(slot)) == size &&
        std::memcmp(PyUnicode_1BYTE_DATA(slot), begin, size) == 0) {
        return Py_NewRef(slot);
    }
    PyObject* result = text(begin, size, true);
    if (result != nullptr && size != 0) {
        Py_XSETREF(slot, Py_NewRef(result));
    }
    return result;
}

// at_ stands behind the quotation mark.
PyObject* Decoder::string(bool is_name) {
    const char* begin = at_;
    const char* at = at_;
    std::uint64_t seen = 0;
    while (end_ - at >= 8) {
        const std::uint64_t bytes = bytes_at(at);
        if (!is_plain(bytes)) {
            break;
        }
        seen |= bytes;
        at += 8;
    }
    while (at != end_ && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) {
        seen |= static_cast<unsigned char>(*at++);
    }
    if (at == end_ || (*at != '"' && *at != '\\')) {
        return nullptr;
    }
    if (*at == '\\') {
        return escaped(begin, at);
    }
    at_ = at + 1;
    const auto size = static_cast<std::size_t>(at - begin);
    const bool is_ascii = (seen & kHigh) == 0;
    return is_name && is_ascii && size <= kNameMax ? name(begin, size)
                                                   : text(begin, size, is_ascii);
}

// The rest of a string whose first escape is at `at`.
PyObject* Decoder::escaped(const char* begin, const char* at) {
    room_.clear();
    for (;;) {
        if (!room_.put(std::string_view(begin, static_cast<std::size_t>(at - begin)))) {
            return nullptr;
        }
        if (at == end_ || static_cast<unsigned char>(*at) < 0x20) {
            return nullptr;
        }
        if (*at == '"') {
            at_ = at + 1;
            const trivet_str whole = room_.view();
            return text(whole.data, whole.size, false);
        }
        ++at;  // the backslash
        if (!escape(at)) {
            return nullptr;
        }
        begin = at;
        while (at != end_ && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) {
            ++at;
        }
    }
}

// Four hexadecimal digits; -1 when they are none.
long code_unit(const char*& at, const char* end) {
    unsigned int unit = 0;
    if (end - at < 4) {
        return -1;
    }
    const auto [stop, error] = std::from_chars(at, at + 4, unit, 16);
    if (error != std::errc() || stop != at + 4) {
        return -1;
    }
    at += 4;
    return static_cast<long>(unit);
}

// `at` stands behind the backslash, and then behind the escape.
bool Decoder::escape(const char*& at) {
    if (at == end_) {
        return false;
    }
    const char letter = *at++;
    switch (letter) {
        case '"':
        case '\\':
        case '/':
            return room_.put(letter);
        case 'b':
            return room_.put('\b');
        case 'f':
            return room_.put('\f');
        case 'n':
            return room_.put('\n');
        case 'r':
            return room_.put('\r');
        case 't':
            return room_.put('\t');
        case 'u':
            break;
        default:
            return false;
    }
    long point = code_unit(at, end_);
    if (point < 0 || (point >= 0xdc00 && point < 0xe000)) {
        return false;
    }
    if (point >= 0xd800 && point < 0xdc00) {
        if (end_ - at < 6 || at[0] != '\\' || at[1] != 'u') {
            return false;
        }
        at += 2;
        const long low = code_unit(at, end_);
        if (low < 0xdc00 || low >= 0xe000) {
            return false;
        }
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    const auto put = [&](long byte) { return room_.put(static_cast<char>(byte)); };
    if (point < 0x80) {
        return put(point);
    }
    if (point < 0x800) {
        return put(0xc0 | point >> 6) && put(0x80 | (point & 63));
    }
    if (point < 0x10000) {
        return put(0xe0 | point >> 12) && put(0x80 | (point >> 6 & 63)) && put(0x80 | (point & 63));
    }
    return put(0xf0 | point >> 18) && put(0x80 | (point >> 12 & 63)) &&
           put(0x80 | (point >> 6 & 63)) && put(0x80 | (point & 63));
}

PyObject* Decoder::number() {
    const char* begin = at_;
    const char* at = at_;
    const bool is_negative = *at == '-';
    if (is_negative) {
        ++at;
    }
    const char* digits = at;
    long long integer = 0;
    while (at != end_ && is_digit(*at) && at - digits < kDigitsMax) {
        integer = integer * 10 + (*at++ - '0');
    }
    const bool is_long = at != end_ && is_digit(*at);
    const bool is_padded = at - digits > 1 && *digits == '0';
    if (at == digits || is_long || is_padded) {
        return nullptr;
    }
    bool is_real = false;
    if (at != end_ && *at == '.') {
        const char* fraction = ++at;
        while (at != end_ && is_digit(*at)) {
            ++at;
        }
        is_real = at != fraction;
        if (!is_real) {
            return nullptr;
        }
    }
    if (at != end_ && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end_ && (*at == '+' || *at == '-')) {
            ++at;
        }
        const char* exponent = at;
        while (at != end_ && is_digit(*at)) {
            ++at;
        }
        is_real = at != exponent;
        if (!is_real) {
            return nullptr;
        }
    }
    at_ = at;
    if (!is_real) {
        return PyLong_FromLongLong(is_negative ? -integer : integer);
    }
    double real = 0;
    const auto [stop, error] = std::from_chars(begin, at, real);
    return error == std::errc() && stop == at ? PyFloat_FromDouble(real) : nullptr;
}

PyObject* Decoder::word(std::string_view word, PyObject* meaning) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
        return nullptr;
    }
    at_ += word.size();
    return Py_NewRef(meaning);
}

PyObject* Decoder::array(int depth) {
    Ref list(PyList_New(0));
    if (!list || take(']')) {
        return list.release();
    }
    do {
        Ref item(value(depth));
        if (!item || PyList_Append(list.get(), item.get()) < 0) {
            return nullptr;
        }
    } while (take(','));
    return take(']') ? list.release() : nullptr;
}

PyObject* Decoder::object(int depth) {
    Ref dict(PyDict_New());
    if (!dict || take('}')) {
        return dict.release();
    }
    do {
        if (!take('"')) {
            return nullptr;
        }
        Ref key(string(true));
        if (!key || !take(':')) {
            return nullptr;
        }
        Ref member(value(depth));
        if (!member || PyDict_SetItem(dict.get(), key.get(), member.get()) < 0) {
            return nullptr;
        }
    } while (take(','));
    return take('}') ? dict.release() : nullptr;
}

PyObject* Decoder::value(int depth) {
    skip_space();
    if (at_ == end_ || depth > kDepthMax) {
        return nullptr;
    }
    switch (*at_) {
        case '"':
            ++at_;
            return string(false);
        case '{':
            ++at_;
            return object(depth + 1);
        case '[':
            ++at_;
            return array(depth + 1);
        case 't':
            return word("true", Py_True);
        case 'f':
            return word("false", Py_False);
        case 'n':
            return word("null", Py_None);
        default:
            return *at_ == '-' || is_digit(*at_) ? number() : nullptr;
    }
}

}  // namespace

PyObject* decode_json(PyObject* bytes) {
    const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(bytes));
    return Decoder({PyBytes_AS_STRING(bytes), size}).document();
}

}  // namespace trivet_py
