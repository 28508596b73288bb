#pragma once

#include <cstdint>
#include <string_view>

#include "base/buffer.h"

namespace trivet::http {

// Appends problem details, RFC 9457: {"type":"about:blank","title":…,"status":…[,"detail":…]}. The
// detail is escaped; bytes that are no UTF-8 become U+FFFD. `members` are further ones as they are
// written, each with its comma before it. False when memory is out.
bool append_problem(Buffer& out, std::uint32_t status, std::string_view detail,
                    std::string_view members = {}) noexcept;
// Appends what stands between the quotes of a JSON string.
bool append_json_text(Buffer& out, std::string_view text) noexcept;

}  // namespace trivet::http
