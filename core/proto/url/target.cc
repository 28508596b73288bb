#include "proto/url/target.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/authority.h"

namespace trivet::url {
namespace {

// What a byte means to a target.
constexpr std::uint8_t kForbidden = 1;  // not graphic, or '#'
constexpr std::uint8_t kMark = 2;       // '?'
constexpr std::uint8_t kEscape = 4;     // '%'

constexpr std::array<std::uint8_t, 256> make_meanings() {
    std::array<std::uint8_t, 256> meanings{};
    for (std::size_t byte = 0; byte < meanings.size(); ++byte) {
        meanings[byte] = byte <= ' ' || byte >= 0x7f || byte == '#' ? kForbidden : 0;
    }
    meanings['?'] = kMark;
    meanings['%'] = kEscape;
    return meanings;
}

constexpr std::array<std::uint8_t, 256> kMeanings = make_meanings();

// What its bytes mean together.
unsigned meaning_of(std::string_view text) noexcept {
    unsigned meaning = 0;
    for (const char byte : text) {
        meaning |= kMeanings[static_cast<unsigned char>(byte)];
    }
    return meaning;
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

void split_query(std::string_view text, unsigned meaning, Target& target) noexcept {
    const bool has_mark = (meaning & kMark) != 0;
    const std::size_t mark = has_mark ? text.find('?') : std::string_view::npos;
    target.path = text.substr(0, mark);
    if (mark != std::string_view::npos) {
        target.has_query = true;
        target.query = text.substr(mark + 1);
    }
}

std::optional<Target> parse_absolute(std::string_view text, std::string_view method,
                                     unsigned meaning) noexcept {
    const std::size_t begin = scheme_size(text);
    if (begin == 0) {
        return std::nullopt;
    }
    Target target{.form = TargetForm::absolute, .has_escapes = (meaning & kEscape) != 0};
    text.remove_prefix(begin);
    const std::size_t end = text.find_first_of("/?");
    target.authority = text.substr(0, end);
    if (!is_authority(target.authority)) {
        return std::nullopt;
    }
    split_query(end == std::string_view::npos ? std::string_view{} : text.substr(end), meaning,
                target);
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
    const unsigned meaning = meaning_of(text);
    if (text.empty() || (meaning & kForbidden) != 0) {
        return std::nullopt;
    }
    Target target;
    target.has_escapes = (meaning & kEscape) != 0;
    if (method == "CONNECT") {
        if (!is_authority(text)) {
            return std::nullopt;
        }
        target.form = TargetForm::authority;
        target.authority = text;
        return target;
    }
    if (text.front() == '/') {
        split_query(text, meaning, target);
        return target;
    }
    if (text == "*" && method == "OPTIONS") {
        target.form = TargetForm::asterisk;
        target.path = text;
        return target;
    }
    return parse_absolute(text, method, meaning);
}

}  // namespace trivet::url
