#pragma once

#include <string>
#include <string_view>

#include "base/memory.h"
#include "schema/checker.h"
#include "schema/schema.h"

namespace trivet::schema {

// What a text is by a schema: "good", or what is wrong with it, a mistake a line.
class Checking {
public:
    explicit Checking(std::string_view schema) : schema_(Schema::compile(schema)) {
        if (!schema_) {
            fault_ = schema_.error().pointer + ": " + schema_.error().message +
                     (schema_.error().is_unsupported ? " (unsupported)" : "");
        } else if (schema_->has_patterns() && !checker_.prepare_patterns()) {
            fault_ = "no memory";
        }
    }

    const std::string& fault() const { return fault_; }
    Checker& checker() { return checker_; }
    Memory& memory() { return memory_; }

    std::string operator()(std::string_view text) {
        if (!fault_.empty()) {
            return fault_;
        }
        switch (checker_.check(*schema_, text)) {
            case Verdict::good:
                return checker_.mistakes().empty() ? "good" : "good with mistakes";
            case Verdict::malformed:
                return "malformed at " + std::to_string(checker_.offset());
            case Verdict::deep:
                return "deep at " + std::to_string(checker_.offset());
            case Verdict::memory:
                return "memory";
            case Verdict::wrong:
                break;
        }
        std::string lines;
        for (const Mistake& mistake : checker_.mistakes()) {
            lines += lines.empty() ? "" : "\n";
            lines += std::string(mistake.pointer) + ": " + std::string(mistake.code) + ": " +
                     std::string(mistake.detail);
        }
        return lines;
    }

private:
    std::expected<Schema, SchemaError> schema_;
    std::string fault_;
    Memory memory_;
    Checker checker_{memory_};
};

}  // namespace trivet::schema
