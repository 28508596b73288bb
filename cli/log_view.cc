#include "log_view.h"

#include <algorithm>
#include <array>
#include <utility>

#include "json.h"

namespace trivet::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kMark = "trivet dev:";
constexpr char kEscape = '\x1b';

// The end of the escape sequence that begins at `at`, as terminals read them (ECMA-48).
std::size_t end_of_escape(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    if (end == text.size()) return end;
    if (text[end] == '[') {
        ++end;
        while (end < text.size() && (text[end] < '@' || text[end] > '~')) ++end;
        return std::min(end + 1, text.size());
    }
    if (text[end] == ']') {
        while (end < text.size() && text[end] != '\a' && text[end] != kEscape) ++end;
        const bool is_long = end < text.size() && text[end] == kEscape;
        return std::min(end + (is_long ? 2 : 1), text.size());
    }
    while (end < text.size() && text[end] >= ' ' && text[end] <= '/') ++end;
    return std::min(end + 1, text.size());
}

// The size of the UTF-8 sequence at the beginning of the text; 0 when it is none.
std::size_t utf8_size(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char lead = byte(0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size > text.size()) return 0;
    for (std::size_t index = 1; index < size; ++index) {
        if ((byte(index) & 0xC0) != 0x80) return 0;
    }
    const bool is_overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool is_beyond = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
    return is_overlong || is_beyond ? 0 : size;
}

std::string_view colour_of_level(std::string_view word) {
    constexpr std::pair<std::string_view, std::string_view> kLevels[] = {
        {"debug", kDim},  {"info", kGreen},   {"warn", kYellow},    {"warning", kYellow},
        {"error", kRed},  {"fatal", kRed},    {"critical", kRed},   {"DEBUG", kDim},
        {"INFO", kGreen}, {"WARN", kYellow},  {"WARNING", kYellow}, {"ERROR", kRed},
        {"FATAL", kRed},  {"CRITICAL", kRed},
    };
    while (!word.empty() && (word.back() == ':' || word.back() == ']')) word.remove_suffix(1);
    while (!word.empty() && word.front() == '[') word.remove_prefix(1);
    for (const auto& [level, colour] : kLevels) {
        if (word == level) return colour;
    }
    return {};
}

bool is_method(std::string_view word) {
    constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                          "PATCH", "DELETE", "OPTIONS"};
    while (!word.empty() && word.front() == '"') word.remove_prefix(1);
    return std::ranges::find(kMethods, word) != kMethods.end();
}

std::string_view colour_of_status(std::string_view word) {
    const bool is_number =
        word.size() == 3 && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number || word[0] < '1' || word[0] > '5') return {};
    return word[0] == '5' ? kRed : word[0] == '4' ? kYellow : word[0] == '3' ? kCyan : kGreen;
}

// 2026-01-31T12:00:00.000Z, as the engine's log begins.
bool is_time(std::string_view word) {
    return word.size() >= 20 && word[4] == '-' && word[7] == '-' && word[10] == 'T' &&
           word[13] == ':' && word[16] == ':' && word[0] >= '0' && word[0] <= '9';
}

void append_coloured(std::string& line, std::string_view word, std::string_view colour) {
    line += colour;
    line += word;
    line += kReset;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes, const Take& take) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        std::string_view part = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        while (rest_.size() + part.size() > kLineBytesMax) {
            const std::size_t room = kLineBytesMax - rest_.size();
            rest_ += part.substr(0, room);
            part.remove_prefix(room);
            take(rest_);
            rest_.clear();
        }
        rest_ += part;
        if (end != std::string_view::npos) {
            take(rest_);
            rest_.clear();
        }
    }
}

void LineSplitter::finish(const Take& take) {
    if (!rest_.empty()) {
        take(rest_);
        rest_.clear();
    }
}

void Tail::add(std::string line) {
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    while (lines_.size() > kLinesMax || (bytes_ > kBytesMax && lines_.size() > 1)) {
        bytes_ -= lines_.front().size();
        lines_.pop_front();
        ++dropped_;
    }
}

void Tail::clear() {
    lines_.clear();
    bytes_ = 0;
    dropped_ = 0;
}

std::string Tail::text() const {
    std::string text;
    if (dropped_ > 0) {
        text = "… " + std::to_string(dropped_) + " earlier lines\n";
    }
    for (const std::string& line : lines_) {
        text += line;
        text += '\n';
    }
    return text;
}

std::string plain_text(std::string_view line) {
    std::string plain;
    plain.reserve(line.size());
    for (std::size_t at = 0; at < line.size();) {
        const auto byte = static_cast<unsigned char>(line[at]);
        if (line[at] == kEscape) {
            at = end_of_escape(line, at);
        } else if ((byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f) {
            ++at;
        } else if (const std::size_t size = utf8_size(line.substr(at)); size > 0) {
            plain += line.substr(at, size);
            at += size;
        } else {
            plain += kReplacement;
            ++at;
        }
    }
    return plain;
}

std::string coloured(std::string_view line) {
    std::string result;
    if (line.find(kEscape) != std::string_view::npos) {
        return std::string(line);
    }
    constexpr int kLevelWordsMax = 2;  // a level stands at the beginning, or behind the time
    bool has_level = false;
    bool has_method = false;
    int number = 0;
    for (std::size_t at = 0; at < line.size(); ++number) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        const std::string_view word = line.substr(at, end - at);
        std::string_view colour;
        if (number == 0 && is_time(word)) {
            colour = kDim;
        } else if (!has_level && number < kLevelWordsMax) {
            colour = colour_of_level(word);
            has_level = !colour.empty();
        }
        if (colour.empty() && !has_method && is_method(word)) {
            colour = kBold;
            has_method = true;
        } else if (colour.empty() && has_method) {
            colour = colour_of_status(word);
            has_method = colour.empty();
        }
        if (colour.empty()) {
            result += word;
        } else {
            append_coloured(result, word, colour);
        }
        result += end < line.size() ? " " : "";
        at = end + 1;
    }
    return result;
}

std::string own_line(std::string_view text, bool has_colour) {
    std::string line;
    if (has_colour) {
        append_coloured(line, kMark, kCyan);
    } else {
        line += kMark;
    }
    line += ' ';
    line += text;
    return line;
}

}  // namespace trivet::cli
