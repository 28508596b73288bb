#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/cidr.h"
#include "base/ip_address.h"

namespace trivet::forwarded {

// Which fields the trusted proxies write. It cannot be seen from a request: a proxy that adds one
// kind passes on the other as the client sent it, so whoever believes both believes the client.
enum class Kind : std::uint8_t {
    x_forwarded,  // X-Forwarded-*, which most proxies write; Forwarded is not looked at
    forwarded,    // Forwarded, RFC 7239; X-Forwarded-* is not looked at
    // Whatever is there, for proxies that write both or that remove what they do not write. With
    // both, Forwarded counts, but only as far as the other kind says the same: two that name
    // different clients are believed neither.
    either,
};

// The defaults are right for a proxy that sets X-Forwarded-For and X-Forwarded-Proto. Proxies often
// leave the other fields as the client sent them; each is only believed where it is said that they
// do not. Within Forwarded no such setting is needed, since an element is written as a whole.
struct Policy {
    Kind kind = Kind::x_forwarded;
    bool takes_x_proto = true;
    bool takes_x_host = false;
    bool takes_x_port = false;
    bool trusts_unaddressed = false;  // a peer without an address, which a Unix socket has
    std::uint8_t hops_max = 16;       // most elements that are believed
};

// The lines of each field as they came, in order; none: no such field.
struct Fields {
    std::span<const std::string_view> forwarded;
    std::span<const std::string_view> x_for;
    std::span<const std::string_view> x_proto;
    std::span<const std::string_view> x_host;
    std::span<const std::string_view> x_port;
};

// Why the way ended.
enum class End : std::uint8_t {
    direct,         // the peer is not a trusted proxy: nothing was read
    client,         // at an address that is not a trusted proxy's
    exhausted,      // every address is one; the first of them is the client
    hidden,         // at an element that names no address
    malformed,      // in front of an element that cannot be read
    hops,           // after hops_max elements
    contradiction,  // Kind::either: the two kinds name different clients, nothing was taken
};

// What trusted proxies say. Views point into the fields, or at literals.
struct Resolution {
    std::optional<IpAddress> client;  // the farthest address that is known; at first the peer
    std::optional<std::uint16_t> client_port;
    std::string_view scheme;            // "http" or "https"; empty: as the connection has it
    std::string_view host;              // an authority; empty: as the request has it
    std::optional<std::uint16_t> port;  // that the client connected to, of X-Forwarded-Port
    std::uint8_t hops = 0;              // elements that were believed
    End end = End::direct;
};

// Who sent a request that came through proxies. An element is believed when it was added by a
// trusted proxy: the last one by the peer, each other one by whom the one behind it names. Scheme,
// host and port are those of the first believed element that has them, which is nearest to the
// client. Of X-Forwarded-Proto, -Host and -Port the last one belongs to the last address, and so
// on; a list that is shorter was set anew by a proxy on the way.
Resolution resolve(const std::optional<IpAddress>& peer, const CidrList& trusted,
                   const Fields& fields, const Policy& policy) noexcept;

}  // namespace trivet::forwarded
