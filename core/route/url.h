#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "route/error.h"
#include "route/registry.h"
#include "route/spec.h"

namespace trivet::route {

// Builds the URL of a named route; see Router::url(). Any thread. Takes memory for expressions and
// errors only.
std::expected<std::size_t, UrlError> build_url(const Registry& registry, std::string_view name,
                                               std::span<const NamedText> params,
                                               std::span<const NamedText> query,
                                               std::span<char> room);

}  // namespace trivet::route
