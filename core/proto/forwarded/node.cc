#include "proto/forwarded/node.h"

#include "base/ascii.h"
#include "base/number.h"

namespace trivet::forwarded {
namespace {

// "_" and then letters, digits, dots, underscores and dashes.
bool is_obfuscated(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '_') {
        return false;
    }
    for (const char byte : text.substr(1)) {
        const int lower = byte | 0x20;
        if (!(lower >= 'a' && lower <= 'z') && !(byte >= '0' && byte <= '9') && byte != '.' &&
            byte != '_' && byte != '-') {
            return false;
        }
    }
    return true;
}

// What stands in front of the port.
bool set_name(std::string_view text, Node& node) noexcept {
    if (equal_ignoring_case(text, "unknown") || is_obfuscated(text)) {
        return true;
    }
    const bool has_brackets = text.starts_with('[') && text.ends_with(']');
    node.address = IpAddress::parse(has_brackets ? text.substr(1, text.size() - 2) : text);
    return node.address && has_brackets == (text.find(':') != std::string_view::npos);
}

bool set_port(std::string_view text, Node& node) noexcept {
    node.port = parse_port(text);
    return node.port || is_obfuscated(text);
}

}  // namespace

std::optional<Node> parse_node(std::string_view text) noexcept {
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    Node node;
    if (!set_name(text.substr(0, colon), node) ||
        (colon != std::string_view::npos && !set_port(text.substr(colon + 1), node))) {
        return std::nullopt;
    }
    return node;
}

std::optional<Node> parse_plain_node(std::string_view text) noexcept {
    if (const auto node = parse_node(text)) {
        return node;
    }
    const auto address = IpAddress::parse(text);
    return address ? std::optional(Node{.address = address}) : std::nullopt;
}

}  // namespace trivet::forwarded
