#include "route/pattern.h"

#include <algorithm>
#include <utility>

namespace trivet::route {
namespace {

constexpr std::string_view kRegexOpen = "regex(";
constexpr std::string_view kRegexClose = ")}";
constexpr auto kNone = std::string_view::npos;

bool is_name_start(char byte) {
    return byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool is_control(char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return code < 0x20 || code == 0x7f;
}

class Compiler {
public:
    explicit Compiler(std::string_view text) : text_(text) {}

    std::expected<Pattern, PatternError> run() {
        if (text_.empty() || text_.front() != '/') {
            fail(0, "a pattern begins with '/'");
        }
        for (std::size_t begin = 1; !error_ && begin <= text_.size();) {
            const std::size_t end = segment_end(begin);
            if (!error_) {
                segment(begin, text_.substr(begin, end - begin));
            }
            begin = end + 1;
        }
        if (error_) {
            return std::unexpected(PatternError{error_offset_, error_});
        }
        return std::move(pattern_);
    }

private:
    void fail(std::size_t offset, const char* message) {
        error_offset_ = offset;
        error_ = message;
    }

    // A slash ends a segment, except in an expression.
    std::size_t segment_end(std::size_t begin) {
        const std::size_t slash = std::min(text_.find('/', begin), text_.size());
        if (begin == text_.size() || text_[begin] != '{') {
            return slash;
        }
        const std::size_t colon = text_.find_first_of(":/}", begin);
        if (colon == kNone || !text_.substr(colon).starts_with(':') ||
            !text_.substr(colon + 1).starts_with(kRegexOpen)) {
            return slash;
        }
        const std::size_t open = colon + 1 + kRegexOpen.size();
        for (std::size_t close = text_.find(kRegexClose, open); close != kNone;
             close = text_.find(kRegexClose, close + 1)) {
            const std::size_t end = close + kRegexClose.size();
            if (end == text_.size() || text_[end] == '/') {
                return end;
            }
        }
        fail(colon + 1, "'regex(' without ')}' at the segment's end");
        return slash;
    }

    void segment(std::size_t offset, std::string_view text) {
        if (pattern_.segments.size() == kSegmentsMax) {
            return fail(offset, "more than 64 segments");
        }
        if (!pattern_.segments.empty() && pattern_.segments.back().kind == SegmentKind::path) {
            return fail(offset - 1, "a path parameter takes the rest: nothing can follow it");
        }
        const std::size_t brace = text.find_first_of("{}");
        if (brace == kNone) {
            return literal(offset, text);
        }
        if (text.front() != '{') {
            return fail(offset + brace, text[brace] == '{' ? "a parameter must be a whole segment"
                                                           : "'}' without '{'");
        }
        const std::size_t colon = text.find_first_of(":}");
        if (colon != kNone && text.substr(colon + 1).starts_with(kRegexOpen) &&
            text[colon] == ':') {
            return parameter(offset + 1, text.substr(1, text.size() - 2));
        }
        const std::size_t close = text.find('}');
        if (close == kNone) {
            return fail(offset, "'{' without '}'");
        }
        if (close + 1 != text.size()) {
            return fail(offset + close + 1, "a parameter must be a whole segment");
        }
        parameter(offset + 1, text.substr(1, close - 1));
    }

    void literal(std::size_t offset, std::string_view text) {
        if (text.size() > kLiteralBytesMax) {
            return fail(offset, "a segment longer than 256 bytes");
        }
        for (std::size_t at = 0; at < text.size(); ++at) {
            if (is_control(text[at])) {
                return fail(offset + at, "a control byte");
            }
            if (text[at] == '?' || text[at] == '#') {
                return fail(offset + at, "a pattern matches paths only, without '?' and '#'");
            }
            if (text[at] == '%') {
                return fail(offset + at, "patterns are written decoded, without '%'");
            }
        }
        pattern_.segments.push_back({SegmentKind::literal, std::string(text), {}});
    }

    // `text` is what stands between the braces.
    void parameter(std::size_t offset, std::string_view text) {
        const std::size_t colon = text.find(':');
        const std::string_view name = text.substr(0, colon);
        if (name.empty()) {
            return fail(offset, "a parameter without a name");
        }
        if (!is_parameter_name(name)) {
            return fail(offset, "a parameter's name is letters, digits and '_', not a digit first");
        }
        Segment segment{SegmentKind::text, std::string(name), {}};
        if (colon != kNone && !constraint(offset + colon + 1, text.substr(colon + 1), segment)) {
            return;
        }
        const bool is_taken = std::ranges::any_of(pattern_.segments, [name](const Segment& other) {
            return other.kind != SegmentKind::literal && other.text == name;
        });
        if (is_taken) {
            return fail(offset, "two parameters of one name");
        }
        if (++params_ > kParamsMax) {
            return fail(offset, "more than 16 parameters");
        }
        pattern_.segments.push_back(std::move(segment));
    }

    bool constraint(std::size_t offset, std::string_view text, Segment& segment) {
        constexpr std::pair<std::string_view, SegmentKind> kNames[] = {
            {"str", SegmentKind::text},
            {"int", SegmentKind::integer},
            {"uuid", SegmentKind::uuid},
            {"path", SegmentKind::path},
        };
        for (const auto& [name, kind] : kNames) {
            if (text == name) {
                segment.kind = kind;
                return true;
            }
        }
        if (!text.starts_with(kRegexOpen)) {
            fail(offset, "a parameter's type is int, uuid, path, regex(...) or str");
            return false;
        }
        segment.kind = SegmentKind::regex;
        segment.offset = offset + kRegexOpen.size();
        segment.expression = text.substr(kRegexOpen.size());
        segment.expression.pop_back();
        if (segment.expression.empty()) {
            fail(segment.offset, "an empty regular expression");
        }
        const auto control = std::ranges::find_if(segment.expression, is_control);
        if (control != segment.expression.end()) {
            fail(segment.offset + static_cast<std::size_t>(control - segment.expression.begin()),
                 "a control byte");
        }
        return error_ == nullptr;
    }

    std::string_view text_;
    Pattern pattern_;
    std::size_t params_ = 0;
    std::size_t error_offset_ = 0;
    const char* error_ = nullptr;
};

}  // namespace

bool is_parameter_name(std::string_view text) noexcept {
    return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, [](char byte) {
        return is_name_start(byte) || (byte >= '0' && byte <= '9');
    });
}

std::expected<Pattern, PatternError> compile_pattern(std::string_view text) {
    return Compiler(text).run();
}

}  // namespace trivet::route
