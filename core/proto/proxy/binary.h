#pragma once

#include <cstddef>
#include <expected>
#include <string_view>

#include "proto/proxy/header.h"

namespace trivet::proxy {

inline constexpr std::string_view kBinarySignature("\r\n\r\n\0\r\nQUIT\n", 12);

// Version 2; as read_header, of an input that begins like kBinarySignature as far as it goes.
std::expected<std::size_t, HeaderError> read_binary(std::string_view input,
                                                    Header& header) noexcept;

}  // namespace trivet::proxy
