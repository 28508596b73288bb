#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::app {

// One of the addresses of also_listen.
struct ListenAddress {
    std::string host;         // as of Config::host, without brackets
    std::uint32_t port = 0;   // 0: the kernel chooses; of a Unix socket always
    bool is_plain = false;    // no TLS, whatever certificates there are
    bool is_proxied = false;  // connections begin with a header of the PROXY protocol

    bool operator==(const ListenAddress&) const = default;
};

inline constexpr std::size_t kListenAddressesMax = 16;

// Reads addresses between commas, each with the words plain and proxy behind it, or one of them:
// "0.0.0.0:80 plain, [::1]:8443, unix:/run/app.sock plain proxy". The error is what is wrong.
std::expected<std::vector<ListenAddress>, std::string> parse_listen_list(std::string_view text);

// As parse_listen_list() reads it.
std::string to_text(const ListenAddress& address);

}  // namespace trivet::app
