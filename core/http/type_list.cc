#include "http/type_list.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace trivet::http {
namespace {

constexpr std::string_view kEvents = "text/event-stream";

constexpr std::string_view kUsual[] = {
    "text/*",
    "+json",
    "+xml",
    "+yaml",
    "application/json",
    "application/xml",
    "application/javascript",
    "application/x-javascript",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-seq",
    "application/yaml",
    "application/toml",
    "application/sql",
    "application/graphql",
    "application/x-www-form-urlencoded",
    "application/wasm",
    "font/ttf",
    "font/otf",
    "application/vnd.ms-fontobject",
};

char lower(char byte) noexcept {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
}

std::string lowered(std::string_view text) {
    std::string copy(text);
    std::ranges::transform(copy, copy.begin(), lower);
    return copy;
}

}  // namespace

bool TypeList::add(std::string_view type) {
    if (type.size() > kTypeBytesMax) {
        return false;
    }
    if (type.starts_with('+')) {
        if (!is_token(type.substr(1))) {
            return false;
        }
        suffixes_.push_back(lowered(type));
        return true;
    }
    const std::size_t slash = type.find('/');
    if (slash == std::string_view::npos) {
        return false;
    }
    const std::string_view kind = type.substr(0, slash);
    const std::string_view rest = type.substr(slash + 1);
    if (!is_token(kind) || !is_token(rest) || kind.contains('*') ||
        (rest != "*" && rest.contains('*'))) {
        return false;
    }
    if (rest == "*") {
        kinds_.push_back(lowered(type.substr(0, slash + 1)));
    } else {
        whole_.push_back(lowered(type));
    }
    return true;
}

void TypeList::add_usual() {
    for (const std::string_view type : kUsual) {
        add(type);
    }
}

bool TypeList::has(std::string_view content_type) const noexcept {
    const std::string_view given = trimmed(content_type.substr(0, content_type.find(';')));
    std::array<char, kTypeBytesMax> room;
    if (given.size() > room.size()) {
        return false;
    }
    std::ranges::transform(given, room.begin(), lower);
    const std::string_view type(room.data(), given.size());
    const auto is_whole = [type](const std::string& known) { return known == type; };
    if (std::ranges::any_of(whole_, is_whole)) {
        return true;
    }
    return type != kEvents &&
           (std::ranges::any_of(kinds_,
                                [type](const auto& kind) { return type.starts_with(kind); }) ||
            std::ranges::any_of(suffixes_,
                                [type](const auto& suffix) { return type.ends_with(suffix); }));
}

}  // namespace trivet::http
