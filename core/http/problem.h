#pragma once

#include <cstdint>
#include <string_view>

#include "http/buffer.h"

namespace trivet::http {

// Appends problem details, RFC 9457: {"type":"about:blank","title":…,"status":…[,"detail":…]}. The
// detail is escaped; bytes that are no UTF-8 become U+FFFD. False when memory is out.
bool append_problem(Buffer& out, std::uint32_t status, std::string_view detail) noexcept;

}  // namespace trivet::http
