#include "schema/wording.h"

#include "schema/decimal.h"
#include "schema/text.h"

namespace trivet::schema {
namespace {

std::string_view name_of(Types type) noexcept {
    switch (type) {
        case kNull:
            return "null";
        case kBoolean:
            return "a boolean";
        case kInteger:
            return "an integer";
        case kNumber:
            return "a number";
        case kString:
            return "a string";
        case kArray:
            return "an array";
        default:
            return "an object";
    }
}

void append_string(std::string& out, Text text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (TextCursor cursor(text.raw, text.is_escaped); !cursor.is_at_end();) {
        for (const char byte : cursor.take()) {
            if (byte == '"' || byte == '\\') {
                out += '\\';
                out += byte;
            } else if (static_cast<unsigned char>(byte) < 0x20) {
                out += "\\u00";
                out += kHex[(byte >> 4) & 15];
                out += kHex[byte & 15];
            } else {
                out += byte;
            }
        }
    }
    out += '"';
}

// Whether it can be written anew and stays the same.
bool is_exact(const Decimal& number) noexcept {
    constexpr std::int64_t kFar = 1'000'000;
    return !number.is_cut && number.exponent < kFar && number.exponent > -kFar;
}

// As deep as the schema's text, which is bounded.
void append_json(std::string& out, const Document& document, std::uint32_t node) {
    const Node& value = document[node];
    switch (value.kind) {
        case Kind::string:
            append_string(out, text_of(document, node));
            return;
        case Kind::number: {
            const Decimal number = decimal_of(document.raw(node));
            if (is_exact(number)) {
                out += text_of(number);
            } else {
                out += document.raw(node);
            }
            return;
        }
        case Kind::null:
        case Kind::boolean:
            out += document.raw(node);
            return;
        case Kind::array:
        case Kind::object:
            break;
    }
    const bool is_object = value.kind == Kind::object;
    out += is_object ? '{' : '[';
    std::uint32_t at = node + 1;
    for (std::uint32_t index = 0; index < value.size; ++index) {
        out += index > 0 ? "," : "";
        if (is_object) {
            append_string(out, text_of(document, at));
            out += ':';
            ++at;
        }
        append_json(out, document, at);
        at = document.next(at);
    }
    out += is_object ? '}' : ']';
}

}  // namespace

std::string type_detail(const std::vector<Types>& types) {
    std::string detail = "must be ";
    for (std::size_t index = 0; index < types.size(); ++index) {
        if (index > 0) {
            detail += index + 1 == types.size() ? " or " : ", ";
        }
        detail += name_of(types[index]);
    }
    return detail;
}

std::string count_detail(std::string_view how, std::uint64_t count, std::string_view unit) {
    return "must have " + std::string(how) + " " + std::to_string(count) + " " + std::string(unit) +
           (count == 1 ? "" : "s");
}

std::string enum_detail(const Document& document, std::uint32_t list) {
    std::string detail = "must be one of ";
    std::uint32_t value = list + 1;
    for (std::uint32_t index = 0; index < document[list].size; ++index) {
        detail += index > 0 ? ", " : "";
        if (index == kListedMax) {
            detail += "\xE2\x80\xA6";
            break;
        }
        append_json(detail, document, value);
        value = document.next(value);
    }
    return detail;
}

std::string json_of(const Document& document, std::uint32_t node) {
    std::string json;
    append_json(json, document, node);
    return json;
}

}  // namespace trivet::schema
