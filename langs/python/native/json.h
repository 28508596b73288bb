#pragma once
#include <cstdint>
#include <cstring>

#include "native.h"

namespace trivet_py {

inline std::uint64_t bytes_at(const char* text) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

// Whether none of eight bytes is a control character, a quotation mark or a backslash.
constexpr bool is_plain(std::uint64_t bytes) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    // A byte below `limit` borrows into its highest bit, unless it has that itself.
    const auto below = [](std::uint64_t eight, std::uint64_t limit) {
        return (eight - kEach * limit) & ~eight;
    };
    const std::uint64_t found =
        below(bytes, 0x20) | below(bytes ^ (kEach * '"'), 1) | below(bytes ^ (kEach * '\\'), 1);
    return (found & (kEach * 0x80)) == 0;
}

// Bytes that are written in one pass and used at once. The memory is kept for the next use unless
// it grew beyond kKeptMax.
class Buffer {
public:
    static constexpr std::size_t kKeptMax = 1u << 20;

    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { PyMem_RawFree(data_); }

    void clear();
    // Makes room for `size` more bytes; false with MemoryError set.
    bool reserve(std::size_t size) { return capacity_ - size_ >= size || grow(size); }
    // The following three need reserved room.
    void put_unchecked(char byte) { data_[size_++] = byte; }
    void put_unchecked(std::string_view text);
    char* end() { return data_ + size_; }
    void advance(std::size_t size) { size_ += size; }

    bool put(char byte) {
        if (!reserve(1)) {
            return false;
        }
        put_unchecked(byte);
        return true;
    }
    bool put(std::string_view text) {
        if (!reserve(text.size())) {
            return false;
        }
        put_unchecked(text);
        return true;
    }
    trivet_str view() const { return {data_, size_}; }

private:
    bool grow(std::size_t size);

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// Appends an object as JSON (RFC 8259) in one pass: dict, list, tuple, str, int, float, bool, None,
// dataclasses, and what trivet._encode knows. Strict: no NaN, no lone surrogates, bounded depth.
// False with TypeError, ValueError or MemoryError set; the buffer then holds a part.
bool encode_json(Buffer& out, PyObject* object);

// The value of bytes that are JSON in UTF-8, as json.loads gives it. nullptr without an exception
// for what is left to Python's own decoder: what is no JSON, of which that says where, and what is
// rare, such as integers beyond 18 digits, lone surrogates and deep nesting.
PyObject* decode_json(PyObject* bytes);

}  // namespace trivet_py
