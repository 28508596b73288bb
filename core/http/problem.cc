#include "http/problem.h"

#include <charconv>

#include "proto/http1/response.h"

namespace trivet::http {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none. Unicode
// table 3-7.
std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u;
    };
    const auto is_tail = [&](std::size_t index) { return (byte(index) & 0xC0u) == 0x80u; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool is_good = first == 0xE0   ? byte(1) >= 0xA0
                             : first == 0xED ? byte(1) <= 0x9F
                                             : true;
        return is_good && is_tail(1) && is_tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool is_good = first == 0xF0   ? byte(1) >= 0x90
                             : first == 0xF4 ? byte(1) <= 0x8F
                                             : true;
        return is_good && is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
    }
    return 0;
}

bool append_escaped(Buffer& out, std::string_view text) noexcept {
    static constexpr char kHex[] = "0123456789abcdef";
    bool is_good = true;
    while (!text.empty() && is_good) {
        const std::size_t length = utf8_length(text);
        const char byte = text[0];
        if (length == 0) {
            is_good = out.append("\xEF\xBF\xBD");
            text.remove_prefix(1);
            continue;
        }
        if (byte == '"' || byte == '\\') {
            const char escaped[2] = {'\\', byte};
            is_good = out.append({escaped, 2});
        } else if (static_cast<unsigned char>(byte) < 0x20) {
            const char escaped[6] = {'\\', 'u', '0', '0', kHex[(byte >> 4) & 15], kHex[byte & 15]};
            is_good = out.append({escaped, 6});
        } else {
            is_good = out.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    return is_good;
}

}  // namespace

bool append_problem(Buffer& out, std::uint32_t status, std::string_view detail) noexcept {
    char number[12];
    const auto end = std::to_chars(number, number + sizeof number, status).ptr;
    std::string_view title = http1::reason_phrase(status);
    if (title.empty()) {
        title = "Error";
    }
    return out.append(R"({"type":"about:blank","title":")") && out.append(title) &&
           out.append(R"(","status":)") &&
           out.append({number, static_cast<std::size_t>(end - number)}) &&
           (detail.empty() ||
            (out.append(R"(,"detail":")") && append_escaped(out, detail) && out.append("\""))) &&
           out.append("}");
}

}  // namespace trivet::http
