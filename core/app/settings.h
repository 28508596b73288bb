#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/env_file.h"

namespace trivet::app {

// Gives the value of a variable of the environment; nullptr when it is not set.
using Environment = std::function<const char*(const char* name)>;

// From the weakest to the strongest, but that the profile stands between file and default.
enum class Source : std::uint8_t { fallback, file, env_file, environment, program, flag };

// Where the value of a field came from.
struct Origin {
    Source source = Source::fallback;
    std::uint32_t line = 0;  // of the file
};

// Every setting has a number: that of fields(), then that of project_fields().
inline constexpr std::size_t kSettingCount = kFieldCount + kProjectFieldCount;

inline const Field& setting_field(std::size_t number) {
    return number < kFieldCount ? fields()[number] : project_fields()[number - kFieldCount];
}

// The configuration before the program changes it: defaults, overlaid by the tables [server] and
// [app] of trivet.toml, overlaid by .env, overlaid by the environment.
struct Settings {
    Config config;
    std::array<std::string, kProjectFieldCount> project;  // in the order of project_fields()
    std::string file;   // trivet.toml's path; empty when there is none
    std::string error;  // what is wrong and where; the configuration is then not to be used
    std::array<Origin, kSettingCount> origins;  // by number
    std::array<bool, kFieldCount> is_flag{};    // given to `trivet start`: beats the program
    std::vector<EnvEntry> variables;            // the entries of .env that are no settings
};

// .env of the working directory, where it may be missing.
inline constexpr const char* kEnvFile = ".env";

// Reads .env, trivet.toml (where TRIVET_CONFIG says, else in the working directory, where it may be
// missing) and the environment.
Settings load_settings(const Environment& environment);
// The same with the process's own environment.
Settings load_settings();

// What a program has configured, with what was left open (engine AUTO, log level DEFAULT) and what
// flags of `trivet start` decide taken from the settings.
Config settle(const Settings& settings, Config program);

}  // namespace trivet::app
