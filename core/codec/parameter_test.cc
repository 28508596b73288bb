#include "codec/parameter.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::codec {
namespace {

// "type|name=value|name='quoted'", with "!" behind it when the field is malformed.
std::string listed(std::string_view field) {
    ParameterCursor cursor(field);
    std::string text(cursor.type());
    ParameterCursor::Parameter parameter;
    while (cursor.next(parameter)) {
        const std::string quote = parameter.is_quoted ? "'" : "";
        text +=
            '|' + std::string(parameter.name) + '=' + quote + std::string(parameter.value) + quote;
    }
    return text + (cursor.is_malformed() ? "!" : "");
}

TEST(Parameter, lists_tokens_and_quoted_strings) {
    EXPECT_EQ(listed("form-data"), "form-data");
    EXPECT_EQ(listed(" a/b \t; x=1 ;\ty=\"2; 3\";z=\"\" "), "a/b|x=1|y='2; 3'|z=''");
    EXPECT_EQ(listed(""), "");
}

TEST(Parameter, a_quote_is_escaped_and_other_backslashes_stand_for_themselves) {
    EXPECT_EQ(listed(R"(a; b="\"c\\"; d="C:\e")"), R"(a|b='\"c\\'|d='C:\e')");
    EXPECT_EQ(listed(R"(a; b="\)"), "a!");
    EXPECT_EQ(listed(R"(a; b="\")"), "a!");
}

TEST(Parameter, malformed_ones_end_the_list) {
    EXPECT_EQ(listed("a;"), "a!");
    EXPECT_EQ(listed("a; b=1;"), "a|b=1!");
    EXPECT_EQ(listed("a; b=1; c"), "a|b=1!");
    EXPECT_EQ(listed("a; b = 1"), "a!");
    EXPECT_EQ(listed("a; b="), "a!");
    EXPECT_EQ(listed("a; =b"), "a!");
    EXPECT_EQ(listed("a; b=\"1"), "a!");
    EXPECT_EQ(listed("a; b=\"1\"x"), "a|b='1'!");
    EXPECT_EQ(listed("a; b=1 c=2"), "a|b=1!");
    EXPECT_EQ(listed("a;; b=1"), "a!");
    EXPECT_EQ(listed("a; b=1/2"), "a|b=1!");
}

}  // namespace
}  // namespace trivet::codec
