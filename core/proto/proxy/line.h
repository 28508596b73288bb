#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "proto/proxy/header.h"

namespace trivet::proxy {

inline constexpr std::string_view kLineSignature = "PROXY ";

// Version 1; as read_header, of an input that begins like kLineSignature as far as it goes.
std::expected<std::size_t, HeaderError> read_line(std::string_view input, Header& header) noexcept;

}  // namespace trivet::proxy
