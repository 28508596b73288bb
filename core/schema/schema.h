#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "schema/rules.h"

namespace trivet::schema {

// Nesting of a schema's text.
inline constexpr std::uint32_t kSchemaDepthMax = 128;

struct SchemaError {
    // A schema that asks for what is not checked here is not wrong, and may be checked elsewhere.
    bool is_unsupported = false;
    std::string pointer;  // RFC 6901, into the schema
    std::string message;
};

// A JSON Schema of draft 2020-12, as far as docs/HTTP.md says, compiled. Immutable and shared by
// all threads. Made at start-up alone, for it allocates as it likes.
class Schema {
public:
    static std::expected<Schema, SchemaError> compile(std::string_view text);

    const Rule& rule(std::uint32_t index) const noexcept { return rules_[index]; }
    std::uint32_t root() const noexcept { return root_; }
    const Regex& pattern(std::uint32_t index) const noexcept { return patterns_[index]; }
    bool has_patterns() const noexcept { return !patterns_.empty(); }
    // The schema's own text: values of enum and const.
    const Document& document() const noexcept { return source_->document; }

private:
    friend class Compiler;

    struct Source {
        Memory memory;
        std::string text;
        Document document{memory};
    };

    Schema() : source_(std::make_unique<Source>()) {}

    std::unique_ptr<Source> source_;
    std::vector<Rule> rules_;
    std::vector<Regex> patterns_;
    std::uint32_t root_ = 0;
};

}  // namespace trivet::schema
