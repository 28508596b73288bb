#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace trivet::app {

// The whole of a regular file; the error is an errno: EFBIG for one of more than `bytes_max`,
// EINVAL for what is no regular file. Never waits, as opening a pipe would.
std::expected<std::string, int> read_text_file(const std::string& path, std::size_t bytes_max);

}  // namespace trivet::app
