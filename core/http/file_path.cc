#include "http/file_path.h"

#include "base/ascii.h"

namespace trivet::http {
namespace {

constexpr std::string_view kWellKnown = ".well-known";

bool is_file_name(std::string_view name, bool is_first, bool has_dot_files) noexcept {
    if (name.empty() || name.size() > kFileNameBytesMax || name == "." || name == "..") {
        return false;
    }
    if (name.find('/') != std::string_view::npos || name.find('\0') != std::string_view::npos) {
        return false;
    }
    return name.front() != '.' || has_dot_files || (is_first && name == kWellKnown);
}

// Decodes to `out`, which has room for as much; nullptr where an escape is malformed.
char* decode(std::string_view raw, char* out) noexcept {
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (raw[at] != '%') {
            *out++ = raw[at];
            continue;
        }
        const int high = at + 2 < raw.size() ? hex_value(raw[at + 1]) : kNoHex;
        const int low = at + 2 < raw.size() ? hex_value(raw[at + 2]) : kNoHex;
        if (high == kNoHex || low == kNoHex) {
            return nullptr;
        }
        *out++ = static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

}  // namespace

std::optional<FilePath> read_file_path(std::string_view raw, bool has_dot_files,
                                       std::span<char, kFilePathBytesMax> room) noexcept {
    if (raw.size() > kFilePathBytesMax) {
        return std::nullopt;
    }
    char* out = room.data();
    bool is_first = true;
    while (!raw.empty()) {
        const std::size_t slash = raw.find('/');
        char* const begin = out;
        out = decode(raw.substr(0, slash), out);
        if (out == nullptr || !is_file_name({begin, static_cast<std::size_t>(out - begin)},
                                            is_first, has_dot_files)) {
            return std::nullopt;
        }
        const std::string_view read(room.data(), static_cast<std::size_t>(out - room.data()));
        if (slash == std::string_view::npos) {
            return FilePath{read, false};
        }
        if (slash + 1 == raw.size()) {
            return FilePath{read, true};
        }
        *out++ = '/';
        raw.remove_prefix(slash + 1);
        is_first = false;
    }
    return FilePath{{}, true};
}

bool is_file_path(std::string_view path, bool has_dot_files) noexcept {
    if (path.size() > kFilePathBytesMax) {
        return false;
    }
    for (bool is_first = true;; is_first = false) {
        const std::size_t slash = path.find('/');
        if (!is_file_name(path.substr(0, slash), is_first, has_dot_files)) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

bool matches_file_pattern(std::string_view pattern, std::string_view path) noexcept {
    if (pattern.find('/') == std::string_view::npos) {
        path = file_name(path);
    }
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_at = 0;
    std::size_t next = 0;
    while (at < path.size()) {
        if (next < pattern.size() && (pattern[next] == '?' || pattern[next] == path[at]) &&
            pattern[next] != '*') {
            ++at;
            ++next;
        } else if (next < pattern.size() && pattern[next] == '*') {
            star = next++;
            star_at = at;
        } else if (star != std::string_view::npos) {
            next = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (next < pattern.size() && pattern[next] == '*') {
        ++next;
    }
    return next == pattern.size();
}

std::string_view file_name(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view file_extension(std::string_view path) noexcept {
    const std::string_view name = file_name(path);
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

}  // namespace trivet::http
