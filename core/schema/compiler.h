#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"

namespace trivet::schema {

// Makes rules of a schema's text. Start-up only.
class Compiler {
public:
    explicit Compiler(Schema& schema) : schema_(schema), document_(schema.document()) {}

    // False: error() says why.
    bool run();
    const SchemaError& error() const noexcept { return error_; }

private:
    // Schemas that are being made at once.
    static constexpr std::uint32_t kOpenMax = 512;

    // Leaves the token that it has put behind path_.
    class Step;
    struct Keyword {
        std::string_view name;
        Check check;
        Types types;
        std::string_view how;
        std::string_view unit{};
    };

    bool fail(std::string message);
    bool unsupported(std::string message);

    // The rule of the schema at `node`, which may be one that is being made.
    bool compile(std::uint32_t node, std::uint32_t& rule);
    bool compile_object(std::uint32_t node, Rule& rule);
    bool compile_keyword(std::string_view name, std::uint32_t value, Rule& rule);
    bool compile_type(std::uint32_t value, Rule& rule);
    bool compile_bound(const Keyword& keyword, std::uint32_t value, Rule& rule);
    bool compile_count(const Keyword& keyword, std::uint32_t value, Rule& rule);
    bool compile_unique(std::uint32_t value, Rule& rule);
    bool compile_enum(std::uint32_t value, Rule& rule);
    bool compile_const(std::uint32_t value, Rule& rule);
    bool compile_pattern(std::uint32_t value, Rule& rule);
    bool compile_format(std::uint32_t value, Rule& rule);
    bool compile_properties(std::uint32_t value, Rule& rule);
    bool compile_required(std::uint32_t value, Rule& rule);
    bool compile_all(std::uint32_t value, std::vector<std::uint32_t>& rules);
    bool compile_prefix(std::uint32_t value, Rule& rule);
    bool compile_branches(std::string_view name, Combine combine, std::uint32_t value, Rule& rule);
    bool compile_not(std::uint32_t value, Rule& rule);
    bool compile_reference(std::uint32_t value, Rule& rule);

    std::string text(std::uint32_t node) const;

    static void make_table(Rule& rule);

    Schema& schema_;
    const Document& document_;
    std::map<std::uint32_t, std::uint32_t> made_;  // rules by their nodes
    std::uint32_t open_ = 0;
    std::string path_;
    SchemaError error_;
};

}  // namespace trivet::schema
