#include "openapi/path_template.h"

#include "base/json_text.h"
#include "route/host.h"
#include "route/pattern.h"

namespace trivet::openapi {
namespace {

bool is_letter_or_digit(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

// Whether an expression of PCRE2 means the same to ECMA-262, which JSON Schema's patterns follow.
// What only looks as if it did not is left out, too.
bool is_common_regex(std::string_view expression) {
    for (std::size_t at = 0; at + 1 < expression.size(); ++at) {
        const char next = expression[at + 1];
        switch (expression[at]) {
            case '\\':
                if (is_letter_or_digit(next) && !std::string_view("dDwWsSbBntrf").contains(next)) {
                    return false;
                }
                ++at;
                break;
            case '(': {
                if (next == '*') return false;
                const char kind = at + 2 < expression.size() ? expression[at + 2] : ':';
                if (next == '?' && !std::string_view(":=!").contains(kind)) return false;
                break;
            }
            case '[':
                if (next == '[' || next == ']') return false;
                break;
            case '*':
            case '+':
            case '?':
            case '}':
                if (next == '+') return false;
                break;
            default:
                break;
        }
    }
    return true;
}

std::string schema_of(const route::Segment& segment) {
    using Kind = route::SegmentKind;
    std::string out;
    switch (segment.kind) {
        case Kind::integer:
            return R"({"type":"integer","format":"int64"})";
        case Kind::uuid:
            return R"({"type":"string","format":"uuid"})";
        case Kind::regex:
            if (is_common_regex(segment.expression)) {
                out = R"({"type":"string","pattern":)";
                append_json_text(out, "^(?:" + segment.expression + ")$");
                return out += '}';
            }
            [[fallthrough]];
        case Kind::text:
        case Kind::path:
        case Kind::literal:
            return R"({"type":"string","minLength":1})";
    }
    return {};
}

// A literal as it stands in a path: RFC 3986 section 3.3.
void append_literal(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    constexpr std::string_view kPlain = "-._~!$&'()*+,;=:@";
    for (const char letter : text) {
        if (is_letter_or_digit(letter) || kPlain.contains(letter)) {
            out += letter;
        } else {
            const auto byte = static_cast<unsigned char>(letter);
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
}

}  // namespace

PathTemplate path_template(std::string_view pattern) {
    PathTemplate path;
    const auto compiled = route::compile_pattern(pattern);
    if (!compiled) {
        return path;
    }
    for (const route::Segment& segment : compiled->segments) {
        path.text += '/';
        path.shape += '/';
        if (segment.kind == route::SegmentKind::literal) {
            append_literal(path.text, segment.text);
            append_literal(path.shape, segment.text);
            continue;
        }
        path.text += '{' + segment.text + '}';
        path.shape += "{}";
        path.parameters.push_back({segment.text, schema_of(segment)});
    }
    return path;
}

std::string server_of_host(std::string_view host) {
    std::string out;
    const auto compiled = route::compile_host(host);
    if (!compiled) {
        return out;
    }
    std::string url = "/";
    for (const auto& label : compiled->labels) {
        url += url == "/" ? '/' : '.';
        url += label.is_param ? '{' + label.text + '}' : label.text;
    }
    {
        JsonParts server = JsonParts::object(out);
        server.member("url", url);
        if (!compiled->is_exact()) {
            JsonParts variables = JsonParts::object(server.name("variables"));
            for (const auto& label : compiled->labels) {
                if (label.is_param) {
                    JsonParts::object(variables.name(label.text)).member("default", label.text);
                }
            }
        }
    }
    return out;
}

}  // namespace trivet::openapi
