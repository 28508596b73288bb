#include "yaml.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

std::string yaml_of(std::string_view text) {
    const auto value = parse_json(text);
    EXPECT_TRUE(value) << value.error();
    return value ? yaml_text(*value) : "";
}

TEST(Yaml, writes_objects_and_lists_as_blocks) {
    EXPECT_EQ(yaml_of(R"({"a":{"b":1.50,"c":[true,null,{"d":"e","f":[[1,2],[]]}]},"g":{}})"),
              "a:\n"
              "  b: 1.50\n"
              "  c:\n"
              "    - true\n"
              "    - null\n"
              "    - d: \"e\"\n"
              "      f:\n"
              "        - - 1\n"
              "          - 2\n"
              "        - []\n"
              "g: {}\n");
}

TEST(Yaml, puts_names_in_quotes_that_could_be_something_else) {
    EXPECT_EQ(yaml_of(R"({"200":1,"$ref":2,"No":3,"/a/{b}":4,"x-y":5,"":6,"a: b":7})"),
              "\"200\": 1\n\"$ref\": 2\n\"No\": 3\n\"/a/{b}\": 4\nx-y: 5\n\"\": 6\n\"a: b\": 7\n");
}

TEST(Yaml, writes_texts_as_json_does) {
    EXPECT_EQ(yaml_of(R"("a\n\"b\" # ü")"), "\"a\\n\\\"b\\\" # ü\"\n");
    EXPECT_EQ(yaml_of("[]"), "[]\n");
}

}  // namespace
}  // namespace trivet::cli
