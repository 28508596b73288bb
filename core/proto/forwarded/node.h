#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip_address.h"

namespace trivet::forwarded {

// Who an element says has connected. Without an address he is hidden: "unknown", or a name that
// only the proxy understands ("_gazonk").
struct Node {
    std::optional<IpAddress> address;
    std::optional<std::uint16_t> port;  // not said, or hidden ("_x")

    bool operator==(const Node&) const noexcept = default;
};

// A node of Forwarded, RFC 7239 section 6: an IPv6 address stands in brackets.
std::optional<Node> parse_node(std::string_view text) noexcept;

// An element of X-Forwarded-For, for which there is no standard: a node as above, or an IPv6
// address alone, as most proxies write it.
std::optional<Node> parse_plain_node(std::string_view text) noexcept;

}  // namespace trivet::forwarded
