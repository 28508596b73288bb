#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"

namespace trivet::schema {

// Nesting of arrays and objects; beyond it a text is refused, whatever its grammar.
inline constexpr std::uint32_t kDepthMax = 64;

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

// One value of a text, or the name of a member, which stands before its value.
struct Node {
    std::uint32_t begin;  // of its text; behind the quote of a string
    std::uint32_t size;   // bytes of its text, between the quotes; items; members
    std::uint32_t next;   // index of the node behind this one and all that is in it
    Kind kind;
    bool is_escaped = false;   // a string has a backslash
    bool is_whole = false;     // a number is written without point and exponent; true, not false
    bool is_shadowed = false;  // a name comes again later, which is the one that counts
};

enum class Read : std::uint8_t { good, malformed, deep, memory };

// JSON text as a flat list of nodes in the order of the text, RFC 8259: strictly, in UTF-8, without
// surrogates that stand alone. One thread; owned by whoever reads one text after another. Its
// memory is kept for the next text, and given back beyond kKeptBytes.
class Document {
public:
    static constexpr std::size_t kKeptBytes = 16 * 1024;

    explicit Document(Memory& memory) noexcept : memory_(memory) {}
    ~Document() { release(); }
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    // `text` outlives what is asked afterwards. On failure `offset()` is that of the first byte
    // that cannot be read, the size of the text when more was expected.
    Read read(std::string_view text, std::uint32_t depth_max = kDepthMax) noexcept;
    std::size_t offset() const noexcept { return offset_; }
    // Forgets the text.
    void clear() noexcept;

    const Node& operator[](std::uint32_t index) const noexcept { return nodes_[index]; }
    std::uint32_t count() const noexcept { return count_; }
    // As it is written: without quotes, with escapes.
    std::string_view raw(std::uint32_t index) const noexcept {
        return text_.substr(nodes_[index].begin, nodes_[index].size);
    }
    // Of a name, its value; of a value, the next item or name.
    std::uint32_t next(std::uint32_t index) const noexcept { return nodes_[index].next; }
    void set_shadowed(std::uint32_t index) noexcept { nodes_[index].is_shadowed = true; }

private:
    friend class Reader;

    bool grow() noexcept;
    void release() noexcept;

    Memory& memory_;
    std::string_view text_;
    Node* nodes_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t capacity_ = 0;
    std::size_t offset_ = 0;
};

}  // namespace trivet::schema
