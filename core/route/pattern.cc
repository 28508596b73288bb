#include "route/pattern.h"

#include <algorithm>
#include <utility>

namespace trivet::route {
namespace {

bool is_name_start(char byte) {
    return byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool is_name(std::string_view text) {
    return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, [](char byte) {
        return is_name_start(byte) || (byte >= '0' && byte <= '9');
    });
}

class Compiler {
public:
    explicit Compiler(std::string_view text) : text_(text) {}

    std::expected<Pattern, PatternError> run() {
        if (text_.empty() || text_.front() != '/') {
            fail(0, "a pattern begins with '/'");
        }
        for (std::size_t begin = 1; !error_ && begin <= text_.size();) {
            const std::size_t end = std::min(text_.find('/', begin), text_.size());
            segment(begin, text_.substr(begin, end - begin));
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

    void segment(std::size_t offset, std::string_view text) {
        if (pattern_.segments.size() == kSegmentsMax) {
            return fail(offset, "more than 64 segments");
        }
        if (text.find_first_of("{}") == std::string_view::npos) {
            return literal(offset, text);
        }
        if (text.front() != '{') {
            return fail(offset + text.find_first_of("{}"),
                        text[text.find_first_of("{}")] == '{'
                            ? "a parameter must be a whole segment"
                            : "'}' without '{'");
        }
        const std::size_t close = text.find('}');
        if (close == std::string_view::npos) {
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
            const auto code = static_cast<unsigned char>(text[at]);
            if (code < 0x20 || code == 0x7f) {
                return fail(offset + at, "a control byte");
            }
            if (text[at] == '?' || text[at] == '#') {
                return fail(offset + at, "a pattern matches paths only, without '?' and '#'");
            }
            if (text[at] == '%') {
                return fail(offset + at, "patterns are written decoded, without '%'");
            }
        }
        pattern_.segments.push_back({SegmentKind::literal, std::string(text)});
    }

    void parameter(std::size_t offset, std::string_view text) {
        const std::size_t colon = text.find(':');
        const std::string_view name = text.substr(0, colon);
        if (name.empty()) {
            return fail(offset, "a parameter without a name");
        }
        if (!is_name(name)) {
            return fail(offset, "a parameter's name is letters, digits and '_', not a digit first");
        }
        SegmentKind kind = SegmentKind::text;
        if (colon != std::string_view::npos) {
            const std::string_view type = text.substr(colon + 1);
            if (type == "int") {
                kind = SegmentKind::integer;
            } else if (type != "str") {
                return fail(offset + colon + 1, "a parameter's type is int or str");
            }
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
        pattern_.segments.push_back({kind, std::string(name)});
    }

    std::string_view text_;
    Pattern pattern_;
    std::size_t params_ = 0;
    std::size_t error_offset_ = 0;
    const char* error_ = nullptr;
};

}  // namespace

std::expected<Pattern, PatternError> compile_pattern(std::string_view text) {
    return Compiler(text).run();
}

}  // namespace trivet::route
