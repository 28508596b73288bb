#include "middleware/origin.h"

#include <algorithm>
#include <charconv>

#include "middleware/middleware.h"
#include "middleware/options.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

constexpr std::string_view kSeparator = "://";
constexpr std::string_view kWildcard = "*.";

bool is_label_byte(char byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_';
}

bool is_scheme(std::string_view scheme) noexcept {
    return !scheme.empty() && scheme[0] >= 'a' && scheme[0] <= 'z' &&
           std::ranges::all_of(scheme, [](char byte) {
               return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '+' ||
                      byte == '-' || byte == '.';
           });
}

bool is_port(std::string_view port) noexcept {
    unsigned number = 0;
    const char* const end = port.data() + port.size();
    const auto read = std::from_chars(port.data(), end, number);
    return !port.empty() && port[0] != '0' && read.ec == std::errc{} && read.ptr == end &&
           number <= 65535;
}

bool is_host(std::string_view host) noexcept {
    if (host.starts_with('[') && host.ends_with(']')) {
        return host.size() > 2 &&
               std::ranges::all_of(host.substr(1, host.size() - 2), [](char byte) {
                   return (byte >= 'a' && byte <= 'f') || (byte >= '0' && byte <= '9') ||
                          byte == ':' || byte == '.';
               });
    }
    return !host.empty() && host.front() != '.' && host.back() != '.' &&
           host.find("..") == std::string_view::npos &&
           std::ranges::all_of(host, [](char byte) { return is_label_byte(byte) || byte == '.'; });
}

}  // namespace

std::string origin_fault(std::string_view origin) {
    const std::string is = "is " + shown(origin);
    if (origin.size() > kOriginBytesMax) {
        return is + ", longer than " + std::to_string(kOriginBytesMax) + " bytes";
    }
    if (lowered(origin) != origin) {
        return is + "; browsers send origins in lower case";
    }
    const std::size_t at = origin.find(kSeparator);
    if (at == std::string_view::npos || !is_scheme(origin.substr(0, at))) {
        return is + ", which is no origin: scheme://host or scheme://host:port";
    }
    const std::string_view scheme = origin.substr(0, at);
    std::string_view host = origin.substr(at + kSeparator.size());
    if (host.find('/') != std::string_view::npos) {
        return is + "; an origin has no path and does not end with a slash";
    }
    const std::size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
    if (colon != std::string_view::npos) {
        const std::string_view port = host.substr(colon + 1);
        if (!is_port(port)) {
            return is + ", whose port is none";
        }
        if ((scheme == "https" && port == "443") || (scheme == "http" && port == "80")) {
            return is + "; browsers leave out the port " + std::string(port) + " of " +
                   std::string(scheme);
        }
        host = host.substr(0, colon);
    }
    if (host.starts_with(kWildcard)) {
        host.remove_prefix(kWildcard.size());
    }
    return is_host(host) ? std::string() : is + ", whose host is none";
}

bool is_below(std::string_view origin, std::string_view pattern) noexcept {
    const std::size_t star = pattern.find(kSeparator) + kSeparator.size();
    const std::string_view end = pattern.substr(star + 1);  // ".example.com", and a port
    if (origin.size() <= star + end.size() || !origin.starts_with(pattern.substr(0, star)) ||
        !origin.ends_with(end)) {
        return false;
    }
    const std::string_view below = origin.substr(star, origin.size() - star - end.size());
    return below.front() != '.' &&
           std::ranges::all_of(below, [](char byte) { return is_label_byte(byte) || byte == '.'; });
}

}  // namespace trivet::middleware
