#pragma once

#include <string_view>

namespace trivet::http1 {

// Whether a Content-Type field names this media type, whatever its parameters, RFC 9110 section
// 8.3.1.
bool is_media_type(std::string_view content_type, std::string_view type) noexcept;

}  // namespace trivet::http1
