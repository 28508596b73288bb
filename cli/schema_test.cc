#include "schema.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

Setting setting(const char* key, std::uint32_t kind, const char* initial, std::uint64_t low,
                std::uint64_t high, const char* allowed = "x") {
    return {.key = key,
            .variable = "V",
            .value = "",
            .default_value = initial,
            .source = TRIVET_SOURCE_DEFAULT,
            .kind = kind,
            .place = "",
            .allowed = allowed,
            .help = "Help \"me\"",
            .low = low,
            .high = high};
}

TEST(Schema, has_a_rule_for_each_kind) {
    const Setting settings[] = {
        setting("server.a", TRIVET_SETTING_NUMBER, "8000", 0, 9),
        setting("server.b", TRIVET_SETTING_POWER_OF_TWO, "0", 1, 8),
        setting("server.c", TRIVET_SETTING_AUTO, "auto", 1, 64),
        setting("server.d", TRIVET_SETTING_BYTES, "0", 1024, 65'536),
        setting("server.e", TRIVET_SETTING_DURATION, "15000", 1, 86'400'000),
        setting("app.f", TRIVET_SETTING_NAME, "", 0, 0, "one, two"),
        setting("app.g", TRIVET_SETTING_TEXT, "", 0, 0),
    };
    const std::string schema = schema_of(settings);
    for (const char* part :
         {R"("default": 8000, "anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {)",
          R"("default": 0, "anyOf": [{"enum": [0, 1, 2, 4, 8]}, {)",
          R"("default": "auto", "anyOf": [{"const": 0}, {"type": "integer", "minimum": 1,)",
          R"("default": 0, "anyOf": [{"const": 0}, {"type": "integer", "minimum": 1024)",
          R"(GiB|TiB)?$"})", R"(ms|s|min|h|d)?$"})", R"("enum": ["one", "two"])",
          R"("type": "string", "minLength": 1)", R"(Help \"me\". Allowed: one, two)"}) {
        EXPECT_TRUE(has(schema, part)) << part << "\n" << schema;
    }
    EXPECT_LT(schema.find("\"e\""), schema.find("\"app\""));
    EXPECT_GT(schema.find("\"f\""), schema.find("\"app\""));
}

}  // namespace
}  // namespace trivet::cli
