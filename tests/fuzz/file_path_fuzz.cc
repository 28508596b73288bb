// The first byte says whether dot files are served and how long a pattern stands behind it; the
// rest is a path as a client sends it. What it names agrees with the plainest reader, and no path
// that is taken has a name that leads anywhere else.

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "http/file_path.h"

namespace trivet::http {
namespace {

using fuzz::check;

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> names(1);
    for (const char byte : text) {
        if (byte == '/') {
            names.emplace_back();
        } else {
            names.back() += byte;
        }
    }
    return names;
}

std::optional<std::string> decoded(const std::string& name) {
    std::string text;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] != '%') {
            text += name[at];
            continue;
        }
        const std::string digits = name.substr(at + 1, 2);
        if (digits.size() != 2 || std::isxdigit(static_cast<unsigned char>(digits[0])) == 0 ||
            std::isxdigit(static_cast<unsigned char>(digits[1])) == 0) {
            return std::nullopt;
        }
        text += static_cast<char>(std::stoi(digits, nullptr, 16));
        at += 2;
    }
    return text;
}

bool is_plain_name(const std::string& name, bool is_first, bool has_dot_files) {
    return !name.empty() && name.size() <= kFileNameBytesMax && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string::npos &&
           (has_dot_files || name[0] != '.' || (is_first && name == ".well-known"));
}

struct PlainPath {
    std::string text;
    bool is_directory = false;
};

std::optional<PlainPath> plain_path(std::string_view raw, bool has_dot_files) {
    if (raw.size() > kFilePathBytesMax) {
        return std::nullopt;
    }
    PlainPath path;
    std::vector<std::string> names = split(raw);
    if (names.back().empty()) {
        names.pop_back();
        path.is_directory = true;
    }
    for (std::size_t index = 0; index < names.size(); ++index) {
        const auto name = decoded(names[index]);
        if (!name || !is_plain_name(*name, index == 0, has_dot_files)) {
            return std::nullopt;
        }
        path.text += (index == 0 ? "" : "/") + *name;
    }
    return path;
}

bool plain_match(std::string_view pattern, std::string_view text) {
    // The row of a table: whether the pattern so far matches the text up to each place.
    std::vector<char> row(text.size() + 1, 0);
    row[0] = 1;
    for (const char byte : pattern) {
        std::vector<char> next(text.size() + 1, 0);
        for (std::size_t at = 0; at <= text.size(); ++at) {
            if (byte == '*') {
                next[at] = row[at] != 0 || (at > 0 && next[at - 1] != 0);
            } else {
                next[at] = at > 0 && row[at - 1] != 0 && (byte == '?' || byte == text[at - 1]);
            }
        }
        row = next;
    }
    return row.back() != 0;
}

void look_at(std::string_view pattern, std::string_view raw, bool has_dot_files) {
    std::array<char, kFilePathBytesMax> room;
    const auto path = read_file_path(raw, has_dot_files, room);
    const auto plain = plain_path(raw, has_dot_files);
    check(path.has_value() == plain.has_value(),
          "paths are taken as the plainest reader takes them");
    if (!path) {
        return;
    }
    check(path->text == plain->text, "its names are those of the plainest reader");
    check(path->is_directory == plain->is_directory, "a slash at the end asks for a directory");
    check(path->text.empty() || is_file_path(path->text, has_dot_files),
          "what is taken is taken again, decoded");
    check(file_name(path->text) == split(path->text).back(), "the name is the last one");
    check(path->text.ends_with(file_extension(path->text)), "the extension ends the name");
    const std::string_view held =
        pattern.contains('/') ? std::string_view(path->text) : file_name(path->text);
    check(matches_file_pattern(pattern, path->text) == plain_match(pattern, held),
          "patterns match as a table of all places says");
}

}  // namespace
}  // namespace trivet::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t cut = std::min<std::size_t>(data[0] >> 1, rest.size());
    trivet::http::look_at(rest.substr(0, cut), rest.substr(cut), (data[0] & 1) != 0);
    return 0;
}
