#include "proto/http1/response.h"

#include <array>
#include <charconv>
#include <cstring>

namespace trivet::http1 {
namespace {

struct Reason {
    std::uint16_t status;
    std::string_view phrase;
};

constexpr Reason kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a Teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

constexpr unsigned kStatusMin = 100;
constexpr unsigned kStatusMax = 599;
constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr std::size_t kStatusLineBytesMax = 48;

// "HTTP/1.1 200 OK\r\n", ready to be copied whole.
struct StatusLine {
    std::uint8_t size;
    char text[kStatusLineBytesMax - 1];
};

struct StatusLines {
    std::array<StatusLine, kStatusMax - kStatusMin + 1> lines{};

    constexpr StatusLines() {
        for (unsigned status = kStatusMin; status <= kStatusMax; ++status) {
            write(status, {});
        }
        for (const Reason& reason : kReasons) {
            write(reason.status, reason.phrase);
        }
    }

    constexpr void write(unsigned status, std::string_view phrase) {
        StatusLine& line = lines[status - kStatusMin];
        std::size_t size = 0;
        const auto append = [&line, &size](std::string_view text) {
            for (const char byte : text) {
                line.text[size++] = byte;
            }
        };
        const char digits[] = {static_cast<char>('0' + status / 100),
                               static_cast<char>('0' + status / 10 % 10),
                               static_cast<char>('0' + status % 10), ' '};
        append(kVersion);
        append({digits, sizeof digits});
        append(phrase);
        append("\r\n");
        line.size = static_cast<std::uint8_t>(size);
    }
};

constexpr StatusLines kStatusLines;
constexpr std::size_t kPhraseOffset = kVersion.size() + 4;

const StatusLine& status_line(unsigned status) noexcept {
    const bool is_known = status >= kStatusMin && status <= kStatusMax;
    return kStatusLines.lines[is_known ? status - kStatusMin : 500 - kStatusMin];
}

constexpr std::string_view kDate = "Date: ";
constexpr std::string_view kContentType = "Content-Type: ";
constexpr std::string_view kContentLength = "Content-Length: ";
constexpr std::string_view kClose = "Connection: close\r\n";
constexpr std::string_view kKeepAlive = "Connection: keep-alive\r\n";
constexpr std::size_t kLengthDigitsMax = 20;

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
    if (status < kStatusMin || status > kStatusMax) {
        return {};
    }
    const StatusLine& line = status_line(status);
    return {line.text + kPhraseOffset, line.size - kPhraseOffset - kLineEnd.size()};
}

std::size_t response_head_size_max(const ResponseHead& head,
                                   std::span<const HeaderView> extra) noexcept {
    return kStatusLineBytesMax + kDate.size() + head.date.size() + kContentType.size() +
           head.content_type.size() + kContentLength.size() + kLengthDigitsMax + kKeepAlive.size() +
           4 * kLineEnd.size() + fields_size(extra);
}

char* write_response_head(char* out, const ResponseHead& head,
                          std::span<const HeaderView> extra) noexcept {
    // A copy of fixed size is a few moves; what is too much is written over.
    const StatusLine& line = status_line(head.status);
    std::memcpy(out, line.text, sizeof line.text);
    out += line.size;
    if (!head.date.empty()) {
        out = append(append(append(out, kDate), head.date), kLineEnd);
    }
    if (!head.content_type.empty()) {
        out = append(append(append(out, kContentType), head.content_type), kLineEnd);
    }
    if (head.has_body_length) {
        out = append(out, kContentLength);
        out = std::to_chars(out, out + kLengthDigitsMax, head.content_length).ptr;
        out = append(out, kLineEnd);
    }
    if (!head.keep_alive) {
        out = append(out, kClose);
    } else if (head.request_version == 10) {
        out = append(out, kKeepAlive);
    }
    return append(write_fields(out, extra), kLineEnd);
}

}  // namespace trivet::http1
