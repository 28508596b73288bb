#include "proto/proxy/line.h"

#include <algorithm>

#include "base/number.h"

namespace trivet::proxy {
namespace {

// What stands before the next space, which is taken as well; all when there is none.
std::string_view take_word(std::string_view& rest) noexcept {
    const std::size_t size = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return word;
}

bool take_address(std::string_view& rest, bool has_colons, IpAddress& address) noexcept {
    const std::string_view word = take_word(rest);
    const auto read = IpAddress::parse(word);
    // An IPv4 address that is mapped into TCP6 is one that nginx writes.
    if (!read || (word.find(':') != std::string_view::npos) != has_colons) {
        return false;
    }
    address = *read;
    return true;
}

bool set_port(std::string_view word, std::uint16_t& port) noexcept {
    const auto read = parse_port(word);
    port = read.value_or(0);
    return read.has_value();
}

// `rest` is what follows the protocol and its space. A word too many or an empty one is no port.
bool read_endpoints(std::string_view rest, bool is_tcp6, Header& header) noexcept {
    return take_address(rest, is_tcp6, header.source.address) &&
           take_address(rest, is_tcp6, header.destination.address) &&
           set_port(take_word(rest), header.source.port) && set_port(rest, header.destination.port);
}

}  // namespace

std::expected<std::size_t, HeaderError> read_line(std::string_view input, Header& header) noexcept {
    const std::string_view window = input.substr(0, kLineBytesMax);
    const std::size_t feed = window.find('\n');
    if (feed == std::string_view::npos) {
        if (window.size() == kLineBytesMax) {
            return std::unexpected(HeaderError::line_size);
        }
        return 0;
    }
    if (feed <= kLineSignature.size() || window[feed - 1] != '\r') {
        return std::unexpected(HeaderError::line);
    }
    std::string_view rest = window.substr(0, feed - 1).substr(kLineSignature.size());
    Header read{.version = 1};
    const std::string_view protocol = take_word(rest);
    if (protocol == "TCP4" || protocol == "TCP6") {
        if (!read_endpoints(rest, protocol == "TCP6", read)) {
            return std::unexpected(HeaderError::line);
        }
        read.family = Family::ip;
    } else if (protocol != "UNKNOWN") {  // behind which anything may stand
        return std::unexpected(HeaderError::line);
    }
    header = read;
    return feed + 1;
}

}  // namespace trivet::proxy
