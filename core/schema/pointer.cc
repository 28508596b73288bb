#include "schema/pointer.h"

#include "base/ascii.h"
#include "schema/equal.h"

namespace trivet::schema {
namespace {

// The name that a token, percent-coded, stands for.
std::string name_of(std::string_view coded) {
    std::string token;
    for (std::size_t at = 0; at < coded.size(); ++at) {
        if (coded[at] == '%' && at + 2 < coded.size() && hex_value(coded[at + 1]) != kNoHex &&
            hex_value(coded[at + 2]) != kNoHex) {
            token += static_cast<char>(hex_value(coded[at + 1]) * 16 + hex_value(coded[at + 2]));
            at += 2;
        } else {
            token += coded[at];
        }
    }
    std::string name;
    for (std::size_t at = 0; at < token.size(); ++at) {
        if (token[at] == '~' && at + 1 < token.size()) {
            ++at;
            name += token[at] == '1' ? '/' : '~';
        } else {
            name += token[at];
        }
    }
    return name;
}

bool descend(const Document& document, std::string_view token, std::uint32_t& node) {
    if (document[node].kind == Kind::object) {
        node = find_member({&document, node}, {token});
        return node != 0;
    }
    if (document[node].kind != Kind::array) {
        return false;
    }
    std::uint32_t item = node + 1;
    for (std::uint32_t index = 0; index < document[node].size; ++index) {
        if (std::to_string(index) == token) {
            node = item;
            return true;
        }
        item = document.next(item);
    }
    return false;
}

}  // namespace

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char byte : name) {
        if (byte == '~') {
            token += "~0";
        } else if (byte == '/') {
            token += "~1";
        } else {
            token += byte;
        }
    }
    return token;
}

bool find_pointer(const Document& document, std::string_view pointer, std::uint32_t& node) {
    node = 0;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t slash = pointer.find('/');
        const std::string name = name_of(pointer.substr(0, slash));
        if (!descend(document, name, node)) {
            return false;
        }
        pointer = slash == std::string_view::npos ? std::string_view{} : pointer.substr(slash);
    }
    return true;
}

}  // namespace trivet::schema
