#pragma once

#include <string_view>

namespace trivet::http {

inline constexpr std::string_view kUnknownFileType = "application/octet-stream";

// The Content-Type of files with an extension, which compares without case; text with its charset,
// UTF-8. Empty when the extension is not known.
std::string_view type_of_extension(std::string_view extension) noexcept;

}  // namespace trivet::http
