#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings_file.h"

namespace trivet::app {

inline constexpr std::size_t kEnvEntriesMax = 1000;

// One NAME=VALUE of a .env file.
struct EnvEntry {
    std::string name;
    std::string value;
    std::uint32_t line = 0;
};

// The entries of a .env file in their order: NAME=VALUE a line, `export` in front or not, comments
// behind #, values in single quotes as they stand, in double quotes with \n \r \t \\ \" \$ and over
// several lines. Nothing is expanded. What is anything else is an error.
std::expected<std::vector<EnvEntry>, FileError> parse_env(std::string_view text);

}  // namespace trivet::app
