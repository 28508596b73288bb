#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace trivet {

using SipKey = std::array<std::uint64_t, 2>;

// A key from the kernel, for tables of one process.
SipKey make_sip_key() noexcept;

// SipHash-2-4 of J.-P. Aumasson and D. Bernstein: without the key nobody can find texts whose
// hashes meet, nor tell from a hash what text it is of.
std::uint64_t siphash(const SipKey& key, std::string_view text) noexcept;

}  // namespace trivet
