#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::route {

inline constexpr std::size_t kParamsMax = 16;
inline constexpr std::size_t kSegmentsMax = 64;
inline constexpr std::size_t kLiteralBytesMax = 256;

enum class SegmentKind : std::uint8_t {
    literal,
    integer,  // {name:int}: digits with an optional minus sign, within 64 bits
    text,     // {name} or {name:str}: anything but nothing
};

struct Segment {
    SegmentKind kind;
    std::string text;  // the literal, decoded, or the parameter's name
};

struct Pattern {
    std::vector<Segment> segments;  // "/a/" has the segments "a" and ""
};

struct PatternError {
    std::size_t offset;   // into the pattern
    std::string message;  // without the offset
};

// Compiles "/users/{id:int}". Literals are written decoded. Start-up only.
std::expected<Pattern, PatternError> compile_pattern(std::string_view text);

}  // namespace trivet::route
