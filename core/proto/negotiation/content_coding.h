#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace trivet::negotiation {

// Most codings that a server offers for one representation.
inline constexpr std::size_t kOfferedMax = 8;
inline constexpr std::string_view kIdentity = "identity";

// Which of the codings on offer to answer with, by the lines of Accept-Encoding (none: no such
// field), RFC 9110 section 12.5.3: the one with the greatest weight, and of several the first.
// nullopt: the client takes none of them, to which a server may still answer without a coding.
//
// "br", "zstd", "gzip" and kIdentity are names; `offered` has each at most once, in the order in
// which the server prefers them, and with kIdentity when the content can be had without a coding,
// which no client has to ask for: when the field does not name it, it has the least weight there
// is, or that of "*". Without a field it is the answer, for such a client may know no coding; where
// it is not on offer, the first is. "x-gzip" is gzip. An element that is malformed is not looked
// at, and of a coding that is named twice the lesser weight counts.
std::optional<std::size_t> choose_coding(std::span<const std::string_view> lines,
                                         std::span<const std::string_view> offered) noexcept;

}  // namespace trivet::negotiation
