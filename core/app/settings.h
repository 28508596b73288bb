#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "app/config.h"

namespace trivet::app {

// Gives the value of a variable of the environment; nullptr when it is not set.
using Environment = std::function<const char*(const char* name)>;

enum class Source : std::uint8_t { fallback, file, environment };

// Where the value of a field came from.
struct Origin {
    Source source = Source::fallback;
    std::uint32_t line = 0;  // of the file
};

// The configuration before the program changes it: defaults, overlaid by the table [server] of
// trivet.toml, overlaid by the environment.
struct Settings {
    Config config;
    std::string file;   // trivet.toml's path; empty when there is none
    std::string error;  // what is wrong and where; the configuration is then not to be used
    std::array<Origin, kFieldCount> origins;  // in the order of fields()
    std::array<bool, kFieldCount> is_flag{};  // given to `trivet start`: beats the program
};

// Reads trivet.toml (where TRIVET_CONFIG says, else in the working directory, where it may be
// missing) and the environment.
Settings load_settings(const Environment& environment);
// The same with the process's own environment.
Settings load_settings();

// What a program has configured, with what was left open (engine AUTO, log level DEFAULT) and what
// flags of `trivet start` decide taken from the settings.
Config settle(const Settings& settings, Config program);

}  // namespace trivet::app
