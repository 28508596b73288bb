#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::cli {

struct JsonMember;

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD in UTF-8

// A JSON value (RFC 8259) of what the command reads: package.json and what an app tells of itself.
// Numbers keep the text they are written with.
struct Json {
    enum class Kind { null, boolean, number, string, array, object };
    static constexpr std::size_t kDepthMax = 64;

    Kind kind = Kind::null;
    bool is_true = false;
    std::string text;  // of a string, decoded, or of a number
    std::vector<Json> items;
    std::vector<JsonMember> members;

    // The member of that name, the last one if there are several; nullptr when there is none.
    const Json* find(std::string_view name) const;
    // The string member of that name; empty when there is none.
    std::string string_at(std::string_view name) const;
    // The items of the array of that name; none when it is no array.
    const std::vector<Json>& array_at(std::string_view name) const;
};

struct JsonMember {
    std::string name;
    Json value;
};

// Fails with the line of what is wrong: "line 3: a comma or } is missing".
std::expected<Json, std::string> parse_json(std::string_view text);

// A string in quotes, as JSON writes it; bytes that are no UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

// A value written over several lines, as people read it.
std::string json_text(const Json& value);

}  // namespace trivet::cli
