#pragma once

#include <cstdint>
#include <string_view>

namespace trivet::proxy {

// CRC-32C (Castagnoli), RFC 3720 appendix B.4: of `text` behind what `before` is the checksum of.
std::uint32_t crc32c(std::string_view text, std::uint32_t before = 0) noexcept;

}  // namespace trivet::proxy
