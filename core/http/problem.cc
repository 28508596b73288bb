#include "http/problem.h"

#include <charconv>

#include "base/utf8.h"
#include "proto/http1/response.h"

namespace trivet::http {

bool append_json_text(Buffer& out, std::string_view text) noexcept {
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

bool append_problem(Buffer& out, std::uint32_t status, std::string_view detail,
                    std::string_view members) noexcept {
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
            (out.append(R"(,"detail":")") && append_json_text(out, detail) && out.append("\""))) &&
           out.append(members) && out.append("}");
}

}  // namespace trivet::http
