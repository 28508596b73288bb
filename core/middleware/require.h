#pragma once

#include <string_view>

namespace trivet::middleware {

inline constexpr std::string_view kRequireKind = "require";

}  // namespace trivet::middleware
