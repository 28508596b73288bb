#include "schema/format.h"

#include <array>
#include <cstddef>
#include <utility>

#include "base/ascii.h"
#include "base/ip_address.h"

namespace trivet::schema {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 9> kFormats{{
    {"date-time", Format::date_time},
    {"date", Format::date},
    {"time", Format::time},
    {"uuid", Format::uuid},
    {"email", Format::email},
    {"uri", Format::uri},
    {"ipv4", Format::ipv4},
    {"ipv6", Format::ipv6},
    {"hostname", Format::hostname},
}};

constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kLocalBytesMax = 64;  // of a mailbox, RFC 5321 section 4.5.3.1.1

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }
bool is_alpha(char byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
bool is_one_of(char byte, std::string_view set) noexcept {
    return set.find(byte) != std::string_view::npos;
}

// So many digits at `at`, or -1.
int number_at(std::string_view text, std::size_t at, std::size_t digits) noexcept {
    if (text.size() < at + digits) {
        return -1;
    }
    int number = 0;
    for (std::size_t index = at; index < at + digits; ++index) {
        if (!is_digit(text[index])) {
            return -1;
        }
        number = number * 10 + (text[index] - '0');
    }
    return number;
}

int days_of(int year, int month) noexcept {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return kDays[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

bool is_date(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    const int year = number_at(text, 0, 4);
    const int month = number_at(text, 5, 2);
    const int day = number_at(text, 8, 2);
    return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

// What stands behind the seconds: minutes that UTC is behind it, or nullopt.
std::optional<int> offset_of(std::string_view text) noexcept {
    if (text == "Z" || text == "z") {
        return 0;
    }
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return std::nullopt;
    }
    const int hours = number_at(text, 1, 2);
    const int minutes = number_at(text, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return std::nullopt;
    }
    const int offset = hours * 60 + minutes;
    return text[0] == '+' ? offset : -offset;
}

bool is_time(std::string_view text) noexcept {
    if (text.size() < 9 || text[2] != ':' || text[5] != ':') {
        return false;
    }
    const int hour = number_at(text, 0, 2);
    const int minute = number_at(text, 3, 2);
    const int second = number_at(text, 6, 2);
    std::size_t at = 8;
    if (text[at] == '.') {
        ++at;
        const std::size_t digits = at;
        while (at < text.size() && is_digit(text[at])) {
            ++at;
        }
        if (at == digits) {
            return false;
        }
    }
    const auto offset = offset_of(text.substr(at));
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
        !offset) {
        return false;
    }
    if (second == 60) {
        // A leap second is the last of a day in UTC.
        constexpr int kDay = 24 * 60;
        return ((hour * 60 + minute - *offset) % kDay + kDay) % kDay == kDay - 1;
    }
    return true;
}

bool is_date_time(std::string_view text) noexcept {
    return text.size() > 11 && (text[10] == 'T' || text[10] == 't') &&
           is_date(text.substr(0, 10)) && is_time(text.substr(11));
}

bool is_uuid(std::string_view text) noexcept {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (is_dash ? text[at] != '-' : hex_value(text[at]) == kNoHex) {
            return false;
        }
    }
    return true;
}

bool is_ipv4(std::string_view text) noexcept {
    return text.find(':') == std::string_view::npos && IpAddress::parse(text);
}

bool is_ipv6(std::string_view text) noexcept {
    return text.find(':') != std::string_view::npos && IpAddress::parse(text);
}

bool is_hostname(std::string_view text) noexcept {
    if (text.empty() || text.size() > kHostBytesMax) {
        return false;
    }
    while (true) {
        const std::size_t dot = text.find('.');
        const std::string_view label = text.substr(0, dot);
        if (label.empty() || label.size() > kLabelBytesMax || label.front() == '-' ||
            label.back() == '-') {
            return false;
        }
        for (const char byte : label) {
            if (!is_alpha(byte) && !is_digit(byte) && byte != '-') {
                return false;
            }
        }
        if (dot == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(dot + 1);
    }
}

bool is_quoted_local(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return false;
    }
    for (std::size_t at = 1; at + 1 < text.size(); ++at) {
        if (text[at] == '\\' && at + 2 < text.size()) {
            ++at;
        } else if (text[at] == '"' || text[at] == '\\') {
            return false;
        }
        if (text[at] < ' ' || text[at] == 0x7F) {
            return false;
        }
    }
    return true;
}

bool is_dotted_local(std::string_view text) noexcept {
    if (text.empty() || text.front() == '.' || text.back() == '.' ||
        text.find("..") != std::string_view::npos) {
        return false;
    }
    for (const char byte : text) {
        if (byte != '.' && !is_token_byte(byte) && !is_one_of(byte, "/={}?")) {
            return false;
        }
    }
    return true;
}

bool is_address_literal(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
        return false;
    }
    text = text.substr(1, text.size() - 2);
    constexpr std::string_view kIpv6 = "IPv6:";
    return text.starts_with(kIpv6) ? is_ipv6(text.substr(kIpv6.size())) : is_ipv4(text);
}

bool is_email(std::string_view text) noexcept {
    const std::size_t sign = text.rfind('@');
    if (sign == std::string_view::npos || sign > kLocalBytesMax) {
        return false;
    }
    const std::string_view local = text.substr(0, sign);
    const std::string_view domain = text.substr(sign + 1);
    return (is_quoted_local(local) || is_dotted_local(local)) &&
           (is_hostname(domain) || is_address_literal(domain));
}

// Of a URI: unreserved, percent-coded or one of `others`.
bool is_uri_text(std::string_view text, std::string_view others) noexcept {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            if (at + 2 >= text.size() || hex_value(text[at + 1]) == kNoHex ||
                hex_value(text[at + 2]) == kNoHex) {
                return false;
            }
            at += 2;
        } else if (!is_alpha(text[at]) && !is_digit(text[at]) && !is_one_of(text[at], "-._~") &&
                   !is_one_of(text[at], others)) {
            return false;
        }
    }
    return true;
}

bool is_uri_host(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        if (text.size() < 2 || text.back() != ']') {
            return false;
        }
        text = text.substr(1, text.size() - 2);
        return is_ipv6(text) ||
               (text.size() > 3 && (text[0] == 'v' || text[0] == 'V') &&
                hex_value(text[1]) != kNoHex && is_uri_text(text.substr(2), "!$&'()*+,;=:"));
    }
    return is_uri_text(text, "!$&'()*+,;=");
}

bool is_authority(std::string_view text) noexcept {
    const std::size_t sign = text.rfind('@');
    if (sign != std::string_view::npos) {
        if (!is_uri_text(text.substr(0, sign), "!$&'()*+,;=:")) {
            return false;
        }
        text.remove_prefix(sign + 1);
    }
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        for (const char byte : text.substr(colon + 1)) {
            if (!is_digit(byte)) {
                return false;
            }
        }
        text = text.substr(0, colon);
    }
    return is_uri_host(text);
}

bool is_uri(std::string_view text) noexcept {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_alpha(text[0])) {
        return false;
    }
    for (const char byte : text.substr(0, colon)) {
        if (!is_alpha(byte) && !is_digit(byte) && !is_one_of(byte, "+-.")) {
            return false;
        }
    }
    text.remove_prefix(colon + 1);
    constexpr std::string_view kPathOthers = "!$&'()*+,;=:@/";
    const std::size_t hash = text.find('#');
    if (hash != std::string_view::npos) {
        if (!is_uri_text(text.substr(hash + 1), "!$&'()*+,;=:@/?")) {
            return false;
        }
        text = text.substr(0, hash);
    }
    const std::size_t question = text.find('?');
    if (question != std::string_view::npos) {
        if (!is_uri_text(text.substr(question + 1), "!$&'()*+,;=:@/?")) {
            return false;
        }
        text = text.substr(0, question);
    }
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        const std::size_t slash = text.find('/');
        if (!is_authority(text.substr(0, slash))) {
            return false;
        }
        text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
    }
    return is_uri_text(text, kPathOthers);
}

}  // namespace

std::optional<Format> format_named(std::string_view name) noexcept {
    for (const auto& [known, format] : kFormats) {
        if (known == name) {
            return format;
        }
    }
    return std::nullopt;
}

bool has_format(std::string_view text, Format format) noexcept {
    switch (format) {
        case Format::date_time:
            return is_date_time(text);
        case Format::date:
            return is_date(text);
        case Format::time:
            return is_time(text);
        case Format::uuid:
            return is_uuid(text);
        case Format::email:
            return is_email(text);
        case Format::uri:
            return is_uri(text);
        case Format::ipv4:
            return is_ipv4(text);
        case Format::ipv6:
            return is_ipv6(text);
        case Format::hostname:
            return is_hostname(text);
    }
    return false;
}

}  // namespace trivet::schema
