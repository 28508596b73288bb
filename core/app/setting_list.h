#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"

namespace trivet::app {

// All that is known of one setting, for those who show it.
struct Setting {
    std::string key;            // server.port
    std::string variable;       // TRIVET_PORT
    std::string value;          // as it is written in the environment; empty where there is none
    std::string default_value;  // the same
    Source source = Source::fallback;
    std::string place;  // trivet.toml:3, .env:2, TRIVET_PORT, --port; empty for program and default
    FieldKind kind = FieldKind::number;
    std::uint64_t low = 0;  // of numbers
    std::uint64_t high = 0;
    std::string allowed;
    std::string_view help;
};

// Every setting by its number. `now` is what the program has made of settings.config: where it
// differs, the program is the source.
std::vector<Setting> list_settings(const Settings& settings, const Config& now);

}  // namespace trivet::app
