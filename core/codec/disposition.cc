#include "codec/disposition.h"

#include <optional>

#include "base/ascii.h"
#include "base/str.h"
#include "base/utf8.h"
#include "codec/parameter.h"

namespace trivet::codec {
namespace {

constexpr std::string_view kAttachment = "attachment; filename=\"";
constexpr std::string_view kExtendedName = "; filename*=UTF-8''";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

using Parameter = ParameterCursor::Parameter;

// Decodes a quoted string into `room`, which is moved behind it.
std::string_view unquoted(std::string_view text, char*& room) noexcept {
    char* const begin = room;
    while (!text.empty()) {
        if (text.starts_with("\\\"") || text.starts_with("\\\\")) {
            *room++ = text[1];
            text.remove_prefix(2);
        } else if (text.starts_with("%22")) {
            *room++ = '"';
            text.remove_prefix(3);
        } else if (text.starts_with("%0D")) {
            *room++ = '\r';
            text.remove_prefix(3);
        } else if (text.starts_with("%0A")) {
            *room++ = '\n';
            text.remove_prefix(3);
        } else {
            *room++ = text.front();
            text.remove_prefix(1);
        }
    }
    return {begin, static_cast<std::size_t>(room - begin)};
}

// RFC 8187 section 3.2: UTF-8'language'percent-encoded. nullopt when it is malformed.
std::optional<std::string_view> extended(std::string_view text, char*& room) noexcept {
    const std::size_t first = text.find('\'');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\'', first + 1);
    if (second == std::string_view::npos || !equal_ignoring_case(text.substr(0, first), "utf-8")) {
        return std::nullopt;
    }
    text.remove_prefix(second + 1);
    char* const begin = room;
    while (!text.empty()) {
        // attr-char is token but for these and the percent sign.
        if (text.front() == '\'' || text.front() == '*') {
            return std::nullopt;
        }
        if (text.front() != '%') {
            *room++ = text.front();
            text.remove_prefix(1);
            continue;
        }
        const int high = text.size() < 3 ? kNoHex : hex_value(text[1]);
        const int low = text.size() < 3 ? kNoHex : hex_value(text[2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        *room++ = static_cast<char>(high * 16 + low);
        text.remove_prefix(3);
    }
    return std::string_view{begin, static_cast<std::size_t>(room - begin)};
}

std::string_view plain(const Parameter& parameter, char*& room) noexcept {
    return parameter.is_quoted ? unquoted(parameter.value, room) : parameter.value;
}

bool is_text(std::string_view text) noexcept {
    return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

// Each parameter once.
struct Found {
    std::optional<std::string_view> name;
    std::optional<std::string_view> filename;
    std::optional<std::string_view> extended_filename;

    bool take(const Parameter& parameter, char*& room) noexcept {
        if (equal_ignoring_case(parameter.name, "name")) {
            const bool is_first = !name;
            name = plain(parameter, room);
            return is_first;
        }
        if (equal_ignoring_case(parameter.name, "filename")) {
            const bool is_first = !filename;
            filename = plain(parameter, room);
            return is_first;
        }
        if (equal_ignoring_case(parameter.name, "filename*")) {
            const bool is_first = !extended_filename;
            extended_filename =
                parameter.is_quoted ? std::nullopt : extended(parameter.value, room);
            return is_first && extended_filename;
        }
        return true;
    }
};

}  // namespace

std::expected<Disposition, DispositionError> parse_disposition(std::string_view field,
                                                               char* room) noexcept {
    ParameterCursor cursor(field);
    if (!equal_ignoring_case(cursor.type(), "form-data")) {
        return std::unexpected(DispositionError::malformed);
    }
    Found found;
    for (Parameter parameter; cursor.next(parameter);) {
        if (!found.take(parameter, room)) {
            return std::unexpected(DispositionError::malformed);
        }
    }
    if (cursor.is_malformed()) {
        return std::unexpected(DispositionError::malformed);
    }
    if (!found.name) {
        return std::unexpected(DispositionError::name_missing);
    }
    const auto filename = found.extended_filename ? found.extended_filename : found.filename;
    const Disposition disposition{*found.name, filename.value_or(std::string_view{}),
                                  filename.has_value()};
    if (!is_text(disposition.name) || !is_text(disposition.filename)) {
        return std::unexpected(DispositionError::text);
    }
    return disposition;
}

std::size_t disposition_size_max(std::string_view name) noexcept {
    return kAttachment.size() + 1 + kExtendedName.size() + name.size() * 4;
}

char* write_attachment(char* out, std::string_view name) noexcept {
    out = append(out, kAttachment);
    bool is_whole = true;
    for (const char byte : name) {
        const bool is_plain =
            byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\' && byte != '%' && byte != '/';
        is_whole = is_whole && is_plain;
        *out++ = is_plain ? byte : '_';
    }
    *out++ = '"';
    if (is_whole) {
        return out;
    }
    out = append(out, kExtendedName);
    for (const char byte : name) {
        const bool is_plain = (is_token_byte(byte) && byte != '*' && byte != '\'' && byte != '%');
        if (is_plain) {
            *out++ = byte;
            continue;
        }
        const auto number = static_cast<unsigned char>(byte);
        *out++ = '%';
        *out++ = kUpperHex[number >> 4];
        *out++ = kUpperHex[number & 15];
    }
    return out;
}

}  // namespace trivet::codec
