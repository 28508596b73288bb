#include "proto/url/target.h"

#include <cstddef>

namespace trivet::url {
namespace {

bool is_graphic(std::string_view text) noexcept {
    for (const char byte : text) {
        if (byte <= ' ' || byte >= 0x7f || byte == '#') {
            return false;
        }
    }
    return !text.empty();
}

// Length of "http://" or "https://" in front of `target`, 0 when it is neither.
std::size_t scheme_size(std::string_view target) noexcept {
    constexpr std::string_view kHttps = "https";
    std::size_t size = 0;
    while (size < target.size() && size < kHttps.size() && (target[size] | 0x20) == kHttps[size]) {
        ++size;
    }
    if (size < kHttps.size() - 1 || target.substr(size, 3) != "://") {
        return 0;
    }
    return size + 3;
}

// A host with an optional port, no userinfo: the bytes of RFC 3986, not its whole grammar.
bool is_plain_authority(std::string_view authority) noexcept {
    for (const char byte : authority) {
        const bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        const bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && !is_digit &&
            std::string_view("-._~!$&'()*+,;=%:[]").find(byte) == std::string_view::npos) {
            return false;
        }
    }
    return !authority.empty() && authority.front() != ':';
}

void split_query(std::string_view text, Target& target) noexcept {
    const std::size_t mark = text.find('?');
    target.path = text.substr(0, mark);
    if (mark != std::string_view::npos) {
        target.has_query = true;
        target.query = text.substr(mark + 1);
    }
}

std::optional<Target> parse_absolute(std::string_view text, std::string_view method) noexcept {
    const std::size_t begin = scheme_size(text);
    if (begin == 0) {
        return std::nullopt;
    }
    Target target{.form = TargetForm::absolute};
    text.remove_prefix(begin);
    const std::size_t end = text.find_first_of("/?");
    target.authority = text.substr(0, end);
    if (!is_plain_authority(target.authority)) {
        return std::nullopt;
    }
    split_query(end == std::string_view::npos ? std::string_view{} : text.substr(end), target);
    if (target.path.empty()) {
        // RFC 9112 section 3.2.4: without path and query, OPTIONS asks about the server.
        const bool is_server_wide = method == "OPTIONS" && !target.has_query;
        target.path = is_server_wide ? "*" : "/";
        target.form = is_server_wide ? TargetForm::asterisk : TargetForm::absolute;
    }
    return target;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text, std::string_view method) noexcept {
    if (!is_graphic(text)) {
        return std::nullopt;
    }
    Target target;
    if (method == "CONNECT") {
        if (!is_plain_authority(text)) {
            return std::nullopt;
        }
        target.form = TargetForm::authority;
        target.authority = text;
        return target;
    }
    if (text.front() == '/') {
        split_query(text, target);
        return target;
    }
    if (text == "*" && method == "OPTIONS") {
        target.form = TargetForm::asterisk;
        target.path = text;
        return target;
    }
    return parse_absolute(text, method);
}

}  // namespace trivet::url
