#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trivet.h"

namespace trivet::cli {

// What the commands need of the engine, which they know through trivet.h alone.

struct FreeApp {
    void operator()(trivet_app* app) const { trivet_app_free(app); }
};
using AppOwner = std::unique_ptr<trivet_app, FreeApp>;

std::string text_of(trivet_str text);

// The words of an error, which is freed: "message (detail)".
std::string words_of(trivet_error* error);

// One setting with strings of its own.
struct Setting {
    std::string key;  // server.port
    std::string variable;
    std::string value;
    std::string default_value;
    std::uint32_t source = TRIVET_SOURCE_DEFAULT;
    std::uint32_t kind = TRIVET_SETTING_NUMBER;
    std::string place;
    std::string allowed;
    std::string help;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

std::vector<Setting> settings_of(trivet_app* app);

}  // namespace trivet::cli
