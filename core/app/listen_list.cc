#include "app/listen_list.h"

#include <algorithm>
#include <charconv>

#include "base/comma_list.h"
#include "base/ip_address.h"
#include "io/unix_socket.h"

namespace trivet::app {
namespace {

constexpr std::string_view kPlain = "plain";
constexpr std::string_view kProxy = "proxy";
constexpr std::uint32_t kPortMax = 65'535;

// What is there up to a space, which is taken away with those behind it.
std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

bool read_port(std::string_view text, std::uint32_t& port) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
    return !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size() &&
           port <= kPortMax;
}

// Empty when all is well.
std::string read_place(std::string_view text, ListenAddress& address) {
    if (io::is_unix_host(text)) {
        address.host = text;
        const std::string fault = io::find_unix_fault(text);
        return fault.empty() ? fault : "it " + fault;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || !read_port(text.substr(colon + 1), address.port)) {
        return "it ends with no port";
    }
    std::string_view host = text.substr(0, colon);
    const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (is_bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const bool is_v6 = host.find(':') != std::string_view::npos;
    if (is_v6 != is_bracketed || (host != "localhost" && !IpAddress::parse(host))) {
        return "it is no IPv4 address, no IPv6 address in brackets, and not localhost";
    }
    address.host = host;
    return {};
}

std::string read_address(std::string_view text, ListenAddress& address) {
    std::string fault = read_place(take_word(text), address);
    while (fault.empty() && !text.empty()) {
        const std::string_view word = take_word(text);
        bool* const told = word == kPlain   ? &address.is_plain
                           : word == kProxy ? &address.is_proxied
                                            : nullptr;
        if (told == nullptr || *told) {
            return "the words behind it are plain and proxy, once each";
        }
        *told = true;
    }
    return fault;
}

}  // namespace

std::expected<std::vector<ListenAddress>, std::string> parse_listen_list(std::string_view text) {
    std::vector<ListenAddress> addresses;
    std::string fault;
    each_of_list(text, [&](std::string_view item) {
        ListenAddress address;
        fault = read_address(item, address);
        const bool is_double = std::ranges::any_of(addresses, [&](const ListenAddress& other) {
            return other.host == address.host && other.port == address.port &&
                   (address.port != 0 || io::is_unix_host(address.host));
        });
        if (fault.empty() && is_double) {
            fault = "it is there twice";
        } else if (fault.empty() && addresses.size() == kListenAddressesMax) {
            fault = "it is one more than " + std::to_string(kListenAddressesMax);
        }
        if (!fault.empty()) {
            fault = "'" + std::string(item) + "': " + fault;
        }
        addresses.push_back(std::move(address));
        return fault.empty();
    });
    if (!fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return addresses;
}

std::string to_text(const ListenAddress& address) {
    std::string text = address.host;
    if (!io::is_unix_host(address.host)) {
        if (text.find(':') != std::string::npos) {
            text = "[" + text + "]";
        }
        text += ":" + std::to_string(address.port);
    }
    text += address.is_plain ? " plain" : "";
    text += address.is_proxied ? " proxy" : "";
    return text;
}

}  // namespace trivet::app
