#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "schema/document.h"

namespace trivet::openapi {

// Of a part, which the document nests a few levels deeper.
inline constexpr std::uint32_t kNestingMax = 48;

// One JSON text that was read as a whole, for parts of documents. Start-up only. The text outlives
// it. Nodes are numbers; that of the whole text is 0.
class JsonReader {
public:
    using Node = std::uint32_t;
    struct Member {
        std::string name;  // decoded
        Node value;
    };

    // What is wrong with the text stands in fault(), and nothing else may be asked then.
    explicit JsonReader(std::string_view text);

    const std::string& fault() const noexcept { return fault_; }
    schema::Kind kind(Node node) const noexcept { return document_[node].kind; }
    bool is_object(Node node) const noexcept { return kind(node) == schema::Kind::object; }
    // Of an object, each name once: the last member of a name is the one that counts.
    std::vector<Member> members(Node object) const;
    std::vector<Node> items(Node array) const;
    // The member's value; 0 when there is none.
    Node find(Node object, std::string_view name) const;
    // Of a string, decoded; empty for other values.
    std::string text(Node node) const;
    // Writes a value as compactly as it can be.
    void copy(std::string& out, Node node) const;

private:
    Memory memory_;
    schema::Document document_;
    std::string fault_;
};

}  // namespace trivet::openapi
