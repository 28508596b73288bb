#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet::proxy {

// What a proxy says of the TLS that it took off (PP2_TYPE_SSL).
struct Tls {
    bool is_tls = false;
    bool has_certificate = false;  // of the client, on this connection or on one it resumes
    bool is_verified = false;      // and the proxy found it good
    std::string_view version;      // "TLSv1.3"; these are as the proxy sent them
    std::string_view cipher;
    std::string_view common_name;  // of the client's certificate
};

// What may stand behind the addresses of version 2, by reference into the input. Empty: not
// said, or nothing. Types that are not named here are passed over.
struct Extensions {
    std::string_view alpn;       // PP2_TYPE_ALPN: any bytes
    std::string_view authority;  // PP2_TYPE_AUTHORITY: the name of SNI, UTF-8 without controls
    std::string_view unique_id;  // PP2_TYPE_UNIQUE_ID: any bytes, up to kUniqueIdBytesMax
    std::optional<Tls> tls;
    // PP2_TYPE_CRC32C: where its four bytes stand, from the start of what was walked.
    std::optional<std::size_t> checksum_offset;
    std::uint32_t checksum = 0;
};

inline constexpr std::size_t kUniqueIdBytesMax = 128;
inline constexpr std::size_t kAlpnBytesMax = 255;       // RFC 7301 section 3.1
inline constexpr std::size_t kAuthorityBytesMax = 255;  // RFC 1035 section 2.3.4

// Walks all of `text`. False: one does not end within it, is not of a size that its type has, or
// is said twice, of which two readers could take different ones.
bool read_extensions(std::string_view text, Extensions& extensions) noexcept;

}  // namespace trivet::proxy
