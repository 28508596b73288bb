#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Text of a document as it may stand in a program. Nothing that comes from a document reaches a
// program but through here, or as a name (client_names.h).
namespace trivet::cli {

// The next character of UTF-8 that is known to be well formed; text must not be empty.
std::uint32_t take_character(std::string_view& text);
void append_character(std::string& to, std::uint32_t code);

// Whether a character shows, and leaves the ones around it where they are: no control character, no
// mark that turns the direction of writing or has no width.
bool is_shown(std::uint32_t code);

// A text in one line without what is_shown() refuses; longer than `bytes_max` it is cut.
std::string plain_line(std::string_view text, std::size_t bytes_max);

// Lines of at most `width` bytes where words allow it. A line but the first one begins with a
// letter, so that no formatter takes it for an item of a list, a heading or a directive.
std::vector<std::string> wrapped(std::string_view line, std::size_t width);

// How a language writes characters that its strings cannot hold as they are.
struct StringEscapes {
    std::string_view quote;  // for the double quote, which formatters might otherwise move to '
    bool has_braces;         // \u{1f600}, not \U0001f600
};

// A string in double quotes that formatters leave as it is. ASCII and Latin letters stand for
// themselves, so that it is as wide as it has characters.
std::string string_literal(std::string_view text, const StringEscapes& escapes);

inline constexpr StringEscapes kTypescriptEscapes = {"\\u0022", true};
inline constexpr StringEscapes kPythonEscapes = {"\\x22", false};
inline constexpr StringEscapes kGoEscapes = {"\\\"", false};

// How many characters a line has.
std::size_t characters_in(std::string_view text);

std::string joined_lines(const std::vector<std::string>& lines, std::string_view between);

}  // namespace trivet::cli
