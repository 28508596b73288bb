#include "app/settings_file.h"

#include <algorithm>

// Only the parser is needed. toml++ is large: nothing else includes it.
#define TOML_ENABLE_FORMATTERS 0
#define TOML_FLOAT_CHARCONV 1  // else numbers are read through streams
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace trivet::app {
namespace {

// toml++ walks tables by recursion and bounds arrays and inline tables only, so a key like
// a.a.a.a… would end the process. Tables as deep as both limits together fit any stack.
constexpr std::size_t kKeyDotsMax = 32;

// Where a string ends that begins at `start`, or the text when it does not end.
std::size_t end_of_string(std::string_view toml, std::size_t start) {
    const char quote = toml[start];
    const std::string three(3, quote);
    const bool is_long = toml.substr(start, 3) == three;
    for (std::size_t at = start + (is_long ? 3 : 1); at < toml.size(); ++at) {
        if (toml[at] == '\\' && quote == '"') {
            ++at;
        } else if (is_long ? toml.substr(at, 3) == three : toml[at] == quote) {
            return at + (is_long ? 3 : 1);
        } else if (!is_long && toml[at] == '\n') {
            return at;  // malformed: the parser says so
        }
    }
    return toml.size();
}

// The line of the first key with too many parts; 0 when there is none.
std::uint32_t line_of_deep_key(std::string_view toml) {
    std::uint32_t line = 1;
    std::size_t dots = 0;
    for (std::size_t at = 0; at < toml.size();) {
        const char byte = toml[at];
        if (byte == '"' || byte == '\'') {
            const std::size_t end = end_of_string(toml, at);
            line +=
                static_cast<std::uint32_t>(std::count(toml.begin() + at, toml.begin() + end, '\n'));
            at = end;
            continue;
        }
        if (byte == '#') {
            at = std::min(toml.find('\n', at), toml.size());
            continue;
        }
        if (byte == '.') {
            if (++dots > kKeyDotsMax) return line;
        } else if (std::string_view("=,{}[]\n").find(byte) != std::string_view::npos) {
            dots = 0;
        }
        line += byte == '\n' ? 1 : 0;
        ++at;
    }
    return 0;
}

FileEntry entry_of(const toml::key& key, const toml::node& node) {
    FileEntry entry;
    entry.key = std::string(key.str());
    entry.line = static_cast<std::uint32_t>(key.source().begin.line);
    if (const auto* number = node.as_integer()) {
        entry.type = FileEntry::Type::integer;
        entry.text = std::to_string(number->get());
        entry.line = static_cast<std::uint32_t>(node.source().begin.line);
    } else if (const auto* string = node.as_string()) {
        entry.type = FileEntry::Type::string;
        entry.text = string->get();
    } else {
        switch (node.type()) {
            case toml::node_type::table:
                entry.text = "a table";
                break;
            case toml::node_type::array:
                entry.text = "an array";
                break;
            case toml::node_type::floating_point:
                entry.text = "a fraction";
                break;
            case toml::node_type::boolean:
                entry.text = "a boolean";
                break;
            default:
                entry.text = "a date or time";
                break;
        }
    }
    return entry;
}

}  // namespace

std::expected<std::vector<FileEntry>, FileError> parse_table(std::string_view toml,
                                                             std::string_view table) {
    if (const std::uint32_t line = line_of_deep_key(toml); line != 0) {
        return std::unexpected(
            FileError{"a key of more than " + std::to_string(kKeyDotsMax + 1) + " parts", line});
    }
    const toml::parse_result result = toml::parse(toml);
    if (!result) {
        const toml::parse_error& error = result.error();
        return std::unexpected(FileError{std::string(error.description()),
                                         static_cast<std::uint32_t>(error.source().begin.line)});
    }
    std::vector<FileEntry> entries;
    const toml::node* node = result.table().get(table);
    if (node == nullptr) {
        return entries;
    }
    if (!node->is_table()) {
        return std::unexpected(FileError{std::string(table) + " is no table",
                                         static_cast<std::uint32_t>(node->source().begin.line)});
    }
    for (const auto& [key, value] : *node->as_table()) {
        entries.push_back(entry_of(key, value));
    }
    std::stable_sort(
        entries.begin(), entries.end(),
        [](const FileEntry& one, const FileEntry& other) { return one.line < other.line; });
    return entries;
}

}  // namespace trivet::app
