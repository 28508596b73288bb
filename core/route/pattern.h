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
// Also the longest value of an int, decoded.
inline constexpr std::size_t kLiteralBytesMax = 256;

// In the order of precedence.
enum class SegmentKind : std::uint8_t {
    literal,
    integer,  // {name:int}: digits with an optional minus sign, within 64 bits
    uuid,     // {name:uuid}: 8-4-4-4-12 hexadecimal digits
    regex,    // {name:regex(...)}: a segment that is not empty, as a whole
    text,     // {name} or {name:str}: anything but nothing
    path,     // {name:path}: the rest of the path with its slashes; last and not empty
};

struct Segment {
    SegmentKind kind;
    std::string text;        // the literal, decoded, or the parameter's name
    std::string expression;  // of a regex
    std::size_t offset = 0;  // of the expression in the pattern
};

struct Pattern {
    std::vector<Segment> segments;  // "/a/" has the segments "a" and ""
};

struct PatternError {
    std::size_t offset;   // into the pattern
    std::string message;  // without the offset
};

// Whether text is a parameter's name: letters, digits and '_', not a digit first.
bool is_parameter_name(std::string_view text) noexcept;

// Compiles "/users/{id:int}". Literals are written decoded. An expression ends at the first ")}"
// that is followed by '/' or the end; it is not compiled here. Start-up only.
std::expected<Pattern, PatternError> compile_pattern(std::string_view text);

}  // namespace trivet::route
