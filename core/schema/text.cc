#include "schema/text.h"

#include <cstring>

#include "base/ascii.h"
#include "base/utf8.h"

namespace trivet::schema {
namespace {

// Four digits, which are there.
std::uint32_t unit_at(const char* at) noexcept {
    std::uint32_t unit = 0;
    for (int digit = 0; digit < 4; ++digit) {
        unit = unit * 16 + static_cast<std::uint32_t>(hex_value(at[digit]));
    }
    return unit;
}

char plain_escape(char letter) noexcept {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

std::size_t write_utf8(std::uint32_t point, char* out) noexcept {
    const auto tail = [point](int shift) {
        return static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x80) {
        out[0] = static_cast<char>(point);
        return 1;
    }
    if (point < 0x800) {
        out[0] = static_cast<char>(0xC0 | (point >> 6));
        out[1] = tail(0);
        return 2;
    }
    if (point < 0x10000) {
        out[0] = static_cast<char>(0xE0 | (point >> 12));
        out[1] = tail(6);
        out[2] = tail(0);
        return 3;
    }
    out[0] = static_cast<char>(0xF0 | (point >> 18));
    out[1] = tail(12);
    out[2] = tail(6);
    out[3] = tail(0);
    return 4;
}

}  // namespace

std::string_view TextCursor::take() noexcept {
    if (*at_ != '\\' || !is_escaped_) {
        return {at_++, 1};
    }
    const char letter = at_[1];
    if (letter != 'u') {
        at_ += 2;
        character_[0] = plain_escape(letter);
        return {character_, 1};
    }
    std::uint32_t point = unit_at(at_ + 2);
    at_ += 6;
    if (point >= 0xD800 && point <= 0xDBFF) {
        // The reader has seen to it that the other half follows.
        point = 0x10000 + ((point - 0xD800) << 10) + (unit_at(at_ + 2) - 0xDC00);
        at_ += 6;
    }
    return {character_, write_utf8(point, character_)};
}

int compare_text(Text a, Text b) noexcept {
    if (!a.is_escaped && !b.is_escaped) {
        const int order = a.raw.compare(b.raw);
        return (order > 0) - (order < 0);
    }
    TextCursor left(a.raw, a.is_escaped);
    TextCursor right(b.raw, b.is_escaped);
    std::string_view left_bytes;
    std::string_view right_bytes;
    for (;;) {
        if (left_bytes.empty() && !left.is_at_end()) {
            left_bytes = left.take();
        }
        if (right_bytes.empty() && !right.is_at_end()) {
            right_bytes = right.take();
        }
        if (left_bytes.empty() || right_bytes.empty()) {
            return static_cast<int>(!left_bytes.empty()) - static_cast<int>(!right_bytes.empty());
        }
        const auto left_byte = static_cast<unsigned char>(left_bytes[0]);
        const auto right_byte = static_cast<unsigned char>(right_bytes[0]);
        if (left_byte != right_byte) {
            return left_byte < right_byte ? -1 : 1;
        }
        left_bytes.remove_prefix(1);
        right_bytes.remove_prefix(1);
    }
}

bool equal_text(Text a, Text b) noexcept {
    if (!a.is_escaped && !b.is_escaped) {
        return a.raw == b.raw;
    }
    return compare_text(a, b) == 0;
}

std::uint32_t hash_text(Text text) noexcept {
    std::uint32_t hash = 2166136261;
    const auto add = [&hash](std::string_view bytes) {
        for (const char byte : bytes) {
            hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619;
        }
    };
    if (!text.is_escaped) {
        add(text.raw);
        return hash;
    }
    for (TextCursor cursor(text.raw, true); !cursor.is_at_end();) {
        add(cursor.take());
    }
    return hash;
}

std::uint64_t count_code_points(Text text) noexcept {
    std::uint64_t count = 0;
    const auto add = [&count](std::string_view bytes) {
        for (const char byte : bytes) {
            count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80 ? 1 : 0;
        }
    };
    if (!text.is_escaped) {
        add(text.raw);
        return count;
    }
    for (TextCursor cursor(text.raw, true); !cursor.is_at_end();) {
        add(cursor.take());
    }
    return count;
}

std::size_t decode_text(Text text, char* out) noexcept {
    char* end = out;
    for (TextCursor cursor(text.raw, text.is_escaped); !cursor.is_at_end();) {
        const std::string_view bytes = cursor.take();
        std::memcpy(end, bytes.data(), bytes.size());
        end += bytes.size();
    }
    return static_cast<std::size_t>(end - out);
}

}  // namespace trivet::schema
