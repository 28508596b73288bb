#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::app {

// A key of a table of a TOML file with its value as it would be written in the environment.
struct FileEntry {
    enum class Type : std::uint8_t { integer, string, other };
    std::string table;
    std::string key;
    Type type = Type::other;
    std::string text;  // of another type: its name
    std::uint32_t line = 0;
};

struct FileError {
    std::string message;
    std::uint32_t line = 0;
};

// The entries of these tables, each in the order of the file; none of a table that is not there.
std::expected<std::vector<FileEntry>, FileError> parse_tables(
    std::string_view toml, std::span<const std::string_view> tables);

}  // namespace trivet::app
