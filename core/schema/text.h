#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schema/document.h"

namespace trivet::schema {

// The bytes of a string that was read, a character at a time: an escape as what it stands for. No
// memory is needed, so that names can be compared wherever they come from.
class TextCursor {
public:
    TextCursor(std::string_view raw, bool is_escaped) noexcept
        : at_(raw.data()), end_(raw.data() + raw.size()), is_escaped_(is_escaped) {}

    bool is_at_end() const noexcept { return at_ == end_; }
    // One to four bytes that stay until the next call: a character, or a byte of one.
    std::string_view take() noexcept;

private:
    const char* at_;
    const char* end_;
    bool is_escaped_;
    char character_[4] = {};
};

// A string of a document, or plain text.
struct Text {
    std::string_view raw;
    bool is_escaped = false;
};

inline Text text_of(const Document& document, std::uint32_t node) noexcept {
    return {document.raw(node), document[node].is_escaped};
}

// -1, 0 or 1: by bytes.
int compare_text(Text a, Text b) noexcept;
bool equal_text(Text a, Text b) noexcept;
std::uint32_t hash_text(Text text) noexcept;
std::uint64_t count_code_points(Text text) noexcept;
// Writes the text without escapes to `out`, which has room for the raw one, and gives its size.
std::size_t decode_text(Text text, char* out) noexcept;

}  // namespace trivet::schema
