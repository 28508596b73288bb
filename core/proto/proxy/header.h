#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "base/ip_address.h"
#include "proto/proxy/extension.h"

namespace trivet::proxy {

// The whole header of version 1 with its CR LF, as the protocol says, and of version 2 as we do; an
// ordinary one has less than 300 bytes.
inline constexpr std::size_t kLineBytesMax = 107;
inline constexpr std::size_t kBinaryBytesMax = 4096;

enum class HeaderError : std::uint8_t {
    signature,  // not what either version begins with
    line_size,  // no line end within kLineBytesMax
    line,       // version 1: not the words, addresses and ports that it has
    command,    // not version 2, or neither LOCAL nor PROXY
    family,     // not one of the families and transports that version 2 has
    size,       // less than the addresses take, or more than kBinaryBytesMax
    extension,  // see read_extensions
    checksum,
};
std::string_view message(HeaderError error) noexcept;

// Of the addresses. `unknown`: none were said (UNKNOWN, UNSPEC, LOCAL), those of the socket hold.
enum class Family : std::uint8_t { unknown, ip, local };

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const noexcept = default;
};

// What a proxy says of the connection that it carries. Views point into the input.
struct Header {
    std::uint8_t version = 0;  // 1 or 2
    bool is_local = false;     // LOCAL: the proxy speaks for itself, to see whether we live
    bool is_datagram = false;
    Family family = Family::unknown;
    // With Family::ip.
    Endpoint source;
    Endpoint destination;
    // With Family::local: up to the first NUL, so that an abstract name is empty.
    std::string_view source_path;
    std::string_view destination_path;
    Extensions extensions;
};

// Reads the header that a connection begins with; what follows it is the client's. `input` is all
// that has come so far: call again with more when the result is 0, which no header has as its size.
// The outcome does not depend on how much came at a time. `header` is set when a size is given.
// Only for peers that are trusted, and for these the header must be there: who may choose whether
// to send one may choose who he is.
// PROXY protocol 1 and 2, HAProxy's doc/proxy-protocol.txt.
std::expected<std::size_t, HeaderError> read_header(std::string_view input,
                                                    Header& header) noexcept;

}  // namespace trivet::proxy
