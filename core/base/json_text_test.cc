#include "base/json_text.h"

#include <gtest/gtest.h>

namespace trivet {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_text(out, text);
    return out;
}

TEST(JsonText, escapes_what_must_be) {
    EXPECT_EQ(quoted("a\"b\\c/"), R"("a\"b\\c/")");
    EXPECT_EQ(quoted(std::string_view("\0\n\x1f\x7f", 4)), "\"\\u0000\\u000a\\u001f\x7f\"");
    EXPECT_EQ(quoted("ü€"), "\"ü€\"");
}

TEST(JsonText, replaces_what_is_no_utf8) { EXPECT_EQ(quoted("a\xff\xc3"), "\"a\uFFFD\uFFFD\""); }

TEST(JsonText, separates_items_and_closes_what_it_opened) {
    std::string out;
    {
        JsonParts object = JsonParts::object(out);
        object.member("a", "1");
        {
            JsonParts list = JsonParts::list(object.name("b"));
            list.text("x");
            list.next() += "2";
        }
        JsonParts::list(object.name("c"));
    }
    EXPECT_EQ(out, R"({"a":"1","b":["x",2],"c":[]})");
}

}  // namespace
}  // namespace trivet
