#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace trivet {

using ContentHash = std::array<std::uint64_t, 2>;

// XXH3 of Y. Collet, 128 bits: the same on every machine and in every version, several bytes a
// cycle. Tells contents apart that nobody has chosen to meet; who wants to can make two that do.
ContentHash content_hash(std::string_view content) noexcept;

}  // namespace trivet
