#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "json.h"

namespace trivet::cli {

// What is wrong with a document, and where: thrown below client_source(), which catches it.
struct DocumentError {
    std::string place;  // #/paths/~1tasks/get
    std::string what;
};

// A value of a document and its place there, a JSON Pointer in a fragment (RFC 6901).
struct Node {
    const Json* json = nullptr;
    std::string place;

    bool is(Json::Kind kind) const { return json->kind == kind; }
    // The member of that name; none where there is none, or this is no object.
    std::optional<Node> find(std::string_view name) const;
    std::string string_at(std::string_view name) const { return json->string_at(name); }
    bool is_true_at(std::string_view name) const;
    Node item(std::size_t index) const;
    Node member(const JsonMember& member) const;
    [[noreturn]] void fail(const std::string& what) const;
};

// A whole document. Owned by client_source(); finds what references lead to.
class Document {
public:
    explicit Document(const Json& root) : root_(root) {}

    Node root() const { return {&root_, "#"}; }
    // What a chain of $ref leads to; the node itself where it has none.
    Node resolved(Node node);
    // What the $ref of a node leads to.
    Node target_of(const Node& node);

private:
    const Json* member_of(const Json& object, const std::string& name);

    const Json& root_;
    // Members by name, of objects that references have led through: thousands may.
    std::unordered_map<const Json*, std::unordered_map<std::string_view, const Json*>> index_;
};

}  // namespace trivet::cli
