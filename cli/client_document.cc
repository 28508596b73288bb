#include "client_document.h"

#include <algorithm>
#include <charconv>

#include "client_text.h"

namespace trivet::cli {
namespace {

constexpr int kReferencesMax = 32;
// Of a place in a message.
constexpr std::size_t kPlaceBytesMax = 400;

std::string escaped_token(std::string_view name) {
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

int hex_value(char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::size_t value = kDigits.find(static_cast<char>(byte | 0x20));
    if (byte >= '0' && byte <= '9') return byte - '0';
    return value == std::string_view::npos || value < 10 ? -1 : static_cast<int>(value);
}

// A token of a pointer in a fragment: percent-encoded, and ~ and / escaped.
std::string decoded_token(std::string_view token) {
    std::string bytes;
    for (std::size_t at = 0; at < token.size(); ++at) {
        const bool is_encoded = token[at] == '%' && at + 2 < token.size() &&
                                hex_value(token[at + 1]) >= 0 && hex_value(token[at + 2]) >= 0;
        if (!is_encoded) {
            bytes += token[at];
            continue;
        }
        bytes += static_cast<char>(hex_value(token[at + 1]) * 16 + hex_value(token[at + 2]));
        at += 2;
    }
    std::string name;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const bool is_escape = bytes[at] == '~' && at + 1 < bytes.size();
        if (is_escape && (bytes[at + 1] == '0' || bytes[at + 1] == '1')) {
            name += bytes[++at] == '0' ? '~' : '/';
        } else {
            name += bytes[at];
        }
    }
    return name;
}

}  // namespace

std::optional<Node> Node::find(std::string_view name) const {
    const Json* found = json->find(name);
    if (found == nullptr) return std::nullopt;
    return Node{found, place + "/" + escaped_token(name)};
}

bool Node::is_true_at(std::string_view name) const {
    const Json* found = json->find(name);
    return found != nullptr && found->kind == Json::Kind::boolean && found->is_true;
}

Node Node::item(std::size_t index) const {
    return {&json->items[index], place + "/" + std::to_string(index)};
}

Node Node::member(const JsonMember& member) const {
    return {&member.value, place + "/" + escaped_token(member.name)};
}

void Node::fail(const std::string& what) const {
    throw DocumentError{plain_line(place, kPlaceBytesMax), plain_line(what, kPlaceBytesMax)};
}

const Json* Document::member_of(const Json& object, const std::string& name) {
    if (object.kind == Json::Kind::array) {
        std::size_t index = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
        const bool is_index = error == std::errc() && end == name.data() + name.size();
        return is_index && index < object.items.size() ? &object.items[index] : nullptr;
    }
    const auto [at, is_new] = index_.try_emplace(&object);
    if (is_new) {
        for (const JsonMember& member : object.members) {
            at->second.insert_or_assign(member.name, &member.value);
        }
    }
    const auto found = at->second.find(name);
    return found == at->second.end() ? nullptr : found->second;
}

Node Document::target_of(const Node& node) {
    const std::string reference = node.string_at("$ref");
    if (!reference.starts_with("#/")) {
        node.fail("the reference '" + reference +
                  "' does not lead into this document: only #/… does");
    }
    Node at = root();
    for (std::size_t begin = 2; begin <= reference.size();) {
        const std::size_t end = std::min(reference.find('/', begin), reference.size());
        const std::string name =
            decoded_token(std::string_view(reference).substr(begin, end - begin));
        const Json* found = member_of(*at.json, name);
        if (found == nullptr) node.fail("the reference '" + reference + "' leads nowhere");
        at = {found, at.place + "/" + escaped_token(name)};
        begin = end + 1;
    }
    return at;
}

Node Document::resolved(Node node) {
    for (int count = 0; node.find("$ref"); ++count) {
        if (count == kReferencesMax) node.fail("the references lead in a circle");
        node = target_of(node);
    }
    return node;
}

}  // namespace trivet::cli
