#pragma once

#include <span>
#include <string>
#include <vector>

#include "trivet.h"

namespace trivet::cli {

// A flag that sets a field of trivet_app_config, by way of its variable in the environment: so the
// engine alone reads and checks values, and workers inherit them.
struct Flag {
    const char* name;      // --port
    const char* field;     // port
    const char* variable;  // TRIVET_PORT
    const char* value;     // what --help calls the value
    const char* group;     // of --help
    const char* help;
};

std::span<const Flag> flags();

// A flag and the value it was given.
struct GivenFlag {
    const Flag* flag = nullptr;
    std::string value;
};

// Puts the flags into the environment, where they beat what is there; TRIVET_FLAGS tells workers
// that they beat the program as well.
void export_flags(const std::vector<GivenFlag>& given);

// A message about the environment, in words of the flag that put the offending variable there;
// false when none did.
bool blames_flag(const std::vector<GivenFlag>& given, std::string& message);

}  // namespace trivet::cli
