#pragma once

#include <cstdint>
#include <string_view>

#include "base/str.h"

namespace trivet::route {

// A route to register; copied.
struct RouteSpec {
    std::string_view methods;  // "*", or upper-case tokens joined by commas: "GET, PUT"
    std::string_view host;     // "" for every host; "api.example.com"; "{tenant}.example.com"
    std::string_view pattern;
    std::string_view site;  // where it was registered, for the error when another one conflicts
    std::string_view name;  // for url(); "" for none
    std::uint32_t value;    // what a match gives
};

// A decoded name and value.
struct NamedText {
    Str name;
    Str value;
};

}  // namespace trivet::route
