#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::app {

// A key of a table of a TOML file with its value as it would be written in the environment.
struct FileEntry {
    enum class Type : std::uint8_t { integer, string, other };
    std::string key;
    Type type = Type::other;
    std::string text;  // of another type: its name
    std::uint32_t line = 0;
};

struct FileError {
    std::string message;
    std::uint32_t line = 0;
};

// The entries of one table in the order of the file; none when there is no such table.
std::expected<std::vector<FileEntry>, FileError> parse_table(std::string_view toml,
                                                             std::string_view table);

}  // namespace trivet::app
