#include "client_text.h"

#include <algorithm>

namespace trivet::cli {
namespace {

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }

std::string hex(std::uint32_t code, std::size_t digits) {
    std::string text;
    for (std::size_t at = digits; at > 0; --at) {
        text.push_back("0123456789abcdef"[code >> (4 * (at - 1)) & 15]);
    }
    return text;
}

std::string escaped(std::uint32_t code, const StringEscapes& escapes) {
    if (code < 0x10000) return "\\u" + hex(code, 4);
    if (!escapes.has_braces) return "\\U" + hex(code, 8);
    return "\\u{" + hex(code, code < 0x100000 ? 5 : 6) + "}";
}

}  // namespace

std::uint32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text[0]);
    std::size_t size = 1;
    std::uint32_t code = first;
    if (first >= 0xc0) {
        size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        code = first & (0xffU >> (size + 1));
    }
    size = std::min(size, text.size());
    for (std::size_t at = 1; at < size; ++at) {
        code = code << 6 | (static_cast<unsigned char>(text[at]) & 0x3f);
    }
    text.remove_prefix(size);
    return code;
}

void append_character(std::string& to, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { to.push_back(static_cast<char>(byte)); };
    const auto rest = [&](int shift) { put(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        rest(0);
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        rest(6);
        rest(0);
    } else {
        put(0xf0 | code >> 18);
        rest(12);
        rest(6);
        rest(0);
    }
}

bool is_shown(std::uint32_t code) {
    struct Range {
        std::uint32_t first, last;
    };
    constexpr Range kHidden[] = {
        {0, 0x1f},        {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
        {0x61c, 0x61c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xd800, 0xdfff}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
    };
    return std::ranges::none_of(
        kHidden, [code](const Range& range) { return code >= range.first && code <= range.last; });
}

std::string plain_line(std::string_view text, std::size_t bytes_max) {
    std::string line;
    bool has_gap = false;
    while (!text.empty()) {
        const std::uint32_t code = take_character(text);
        if (code == ' ' || code == '\t' || code == '\n' || code == '\r' || code == 0xa0 ||
            (code >= 0x2000 && code <= 0x200a) || code == 0x3000) {
            has_gap = !line.empty();
            continue;
        }
        if (!is_shown(code)) continue;
        if (line.size() >= bytes_max) return line + " …";
        if (has_gap) line.push_back(' ');
        has_gap = false;
        append_character(line, code);
    }
    return line;
}

std::vector<std::string> wrapped(std::string_view line, std::size_t width) {
    std::vector<std::string> lines;
    std::string current;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        const std::string_view word = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
        if (current.empty()) {
            current = word;
        } else if (current.size() + 1 + word.size() > width && is_letter(word[0])) {
            lines.push_back(std::move(current));
            current = word;
        } else {
            current += ' ';
            current += word;
        }
    }
    if (!current.empty()) lines.push_back(std::move(current));
    return lines;
}

std::string string_literal(std::string_view text, const StringEscapes& escapes) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::uint32_t code = take_character(text);
        const bool is_ascii = code >= 0x20 && code < 0x7f;
        const bool is_latin = code >= 0xa1 && code < 0x250 && code != 0xad;
        if (code == '"') {
            out += escapes.quote;
        } else if (code == '\\') {
            out += "\\\\";
        } else if (code == '\n') {
            out += "\\n";
        } else if (is_ascii || is_latin) {
            append_character(out, code);
        } else {
            out += escaped(code, escapes);
        }
    }
    return out + "\"";
}

std::size_t characters_in(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::string joined_lines(const std::vector<std::string>& lines, std::string_view between) {
    std::string text;
    for (const std::string& line : lines) {
        if (&line != lines.data()) text += between;
        text += line;
    }
    return text;
}

}  // namespace trivet::cli
