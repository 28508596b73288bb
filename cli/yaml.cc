#include "yaml.h"

#include <algorithm>
#include <array>

namespace trivet::cli {
namespace {

// Words that YAML 1.1 takes for something else than text.
constexpr std::array<std::string_view, 10> kReserved = {"y",   "n",    "yes",   "no",   "on",
                                                        "off", "true", "false", "null", "nan"};

bool is_plain(const std::string& name) {
    const auto is_letter = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    };
    std::string lower = name;
    for (char& byte : lower) {
        if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
    }
    return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, [&](char byte) {
        return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
    }) && std::ranges::find(kReserved, lower) == kReserved.end();
}

bool is_block(const Json& value) { return !value.members.empty() || !value.items.empty(); }

std::string scalar(const Json& value) {
    switch (value.kind) {
        case Json::Kind::null:
            return "null";
        case Json::Kind::boolean:
            return value.is_true ? "true" : "false";
        case Json::Kind::number:
            return value.text;
        case Json::Kind::string:
            return json_quoted(value.text);
        case Json::Kind::array:
            return "[]";
        case Json::Kind::object:
            break;
    }
    return "{}";
}

// The first line of a block stands where the text already ends, behind a hyphen.
void write_block(std::string& out, const Json& value, std::size_t indent) {
    const std::string margin(indent, ' ');
    bool is_first = true;
    for (const JsonMember& member : value.members) {
        out += is_first ? "" : margin;
        is_first = false;
        out += (is_plain(member.name) ? member.name : json_quoted(member.name)) + ":";
        if (!is_block(member.value)) {
            out += " " + scalar(member.value) + "\n";
            continue;
        }
        out += "\n" + std::string(indent + 2, ' ');
        write_block(out, member.value, indent + 2);
    }
    for (const Json& item : value.items) {
        out += is_first ? "- " : margin + "- ";
        is_first = false;
        if (is_block(item)) {
            write_block(out, item, indent + 2);
        } else {
            out += scalar(item) + "\n";
        }
    }
}

}  // namespace

std::string yaml_text(const Json& value) {
    std::string out;
    if (!is_block(value)) return scalar(value) + "\n";
    write_block(out, value, 0);
    return out;
}

}  // namespace trivet::cli
