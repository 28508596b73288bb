#pragma once

#include <string>
#include <string_view>

namespace trivet::middleware {

// What is wrong with an origin of a configuration, RFC 6454 section 6.2: scheme://host[:port],
// without a path, without the port that goes without saying; perhaps with "*." in front of the
// host. Empty: nothing.
std::string origin_fault(std::string_view origin);

// Whether an origin is that of a pattern with "*." in front of its host: of any name below it.
bool is_below(std::string_view origin, std::string_view pattern) noexcept;

}  // namespace trivet::middleware
