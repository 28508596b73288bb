#include "openapi/json_reader.h"

#include <algorithm>

#include "base/json_text.h"
#include "schema/text.h"

namespace trivet::openapi {

using schema::Kind;
using schema::Read;

JsonReader::JsonReader(std::string_view text) : document_(memory_) {
    switch (document_.read(text, kNestingMax)) {
        case Read::good:
            break;
        case Read::malformed:
            fault_ = "no JSON from byte " + std::to_string(document_.offset()) + " on";
            break;
        case Read::deep:
            fault_ = "nested more than " + std::to_string(kNestingMax) + " deep at byte " +
                     std::to_string(document_.offset());
            break;
        case Read::memory:
            fault_ = "too long for the memory there is";
            break;
    }
}

std::vector<JsonReader::Member> JsonReader::members(Node object) const {
    std::vector<Member> found;
    if (!is_object(object)) {
        return found;
    }
    Node at = object + 1;
    for (std::uint32_t left = document_[object].size; left > 0; --left) {
        const Node value = at + 1;
        std::string name = text(at);
        const auto same = std::ranges::find(found, name, &Member::name);
        if (same != found.end()) {
            same->value = value;
        } else {
            found.push_back({std::move(name), value});
        }
        at = document_.next(value);
    }
    return found;
}

std::vector<JsonReader::Node> JsonReader::items(Node array) const {
    std::vector<Node> found;
    if (kind(array) != Kind::array) {
        return found;
    }
    Node at = array + 1;
    for (std::uint32_t left = document_[array].size; left > 0; --left) {
        found.push_back(at);
        at = document_.next(at);
    }
    return found;
}

JsonReader::Node JsonReader::find(Node object, std::string_view name) const {
    for (const Member& member : members(object)) {
        if (member.name == name) {
            return member.value;
        }
    }
    return 0;
}

std::string JsonReader::text(Node node) const {
    if (kind(node) != Kind::string) {
        return {};
    }
    const schema::Text raw = schema::text_of(document_, node);
    std::string decoded(raw.raw.size(), '\0');
    decoded.resize(schema::decode_text(raw, decoded.data()));
    return decoded;
}

void JsonReader::copy(std::string& out, Node node) const {
    switch (kind(node)) {
        case Kind::object: {
            JsonParts object = JsonParts::object(out);
            for (const Member& member : members(node)) {
                copy(object.name(member.name), member.value);
            }
            break;
        }
        case Kind::array: {
            JsonParts list = JsonParts::list(out);
            for (const Node item : items(node)) {
                copy(list.next(), item);
            }
            break;
        }
        case Kind::string:
            append_json_text(out, text(node));
            break;
        case Kind::null:
        case Kind::boolean:
        case Kind::number:
            out += document_.raw(node);
            break;
    }
}

}  // namespace trivet::openapi
