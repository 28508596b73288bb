#pragma once

#include <string_view>

namespace trivet {

// A host with an optional port, no userinfo: RFC 3986 section 3.2 with a port that TCP has. It is
// what a Host field says and what the absolute form of a request target names.
bool is_authority(std::string_view text) noexcept;

}  // namespace trivet
