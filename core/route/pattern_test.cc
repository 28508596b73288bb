#include "route/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::route {
namespace {

constexpr const char* kTypes = "4: a parameter's type is int, uuid, path, regex(...) or str";

std::string shown(std::string_view text) {
    const auto pattern = compile_pattern(text);
    if (!pattern) {
        return std::to_string(pattern.error().offset) + ": " + pattern.error().message;
    }
    std::string result;
    for (const Segment& segment : pattern->segments) {
        constexpr const char* kKinds[] = {"", "int ", "uuid ", "regex ", "str ", "path "};
        result += "/" + std::string(kKinds[static_cast<int>(segment.kind)]) + segment.text +
                  (segment.expression.empty() ? "" : " " + segment.expression);
    }
    return result;
}

TEST(Pattern, compiles_literals_and_parameters) {
    EXPECT_EQ(shown("/"), "/");
    EXPECT_EQ(shown("/hello"), "/hello");
    EXPECT_EQ(shown("/users/{id:int}/posts/{post}"), "/users/int id/posts/str post");
    EXPECT_EQ(shown("/{_a1:str}"), "/str _a1");
}

TEST(Pattern, keeps_empty_segments) {
    EXPECT_EQ(shown("/a/"), "/a/");
    EXPECT_EQ(compile_pattern("/a/")->segments.size(), 2u);
    EXPECT_EQ(shown("//a"), "//a");
}

TEST(Pattern, takes_literals_decoded) {
    EXPECT_EQ(shown("/caf\xc3\xa9/a b+c"), "/caf\xc3\xa9/a b+c");
}

TEST(Pattern, must_begin_with_a_slash) {
    EXPECT_EQ(shown(""), "0: a pattern begins with '/'");
    EXPECT_EQ(shown("a"), "0: a pattern begins with '/'");
    EXPECT_EQ(shown("{a}"), "0: a pattern begins with '/'");
}

TEST(Pattern, rejects_unbalanced_braces) {
    EXPECT_EQ(shown("/x/{"), "3: '{' without '}'");
    EXPECT_EQ(shown("/x/{a"), "3: '{' without '}'");
    EXPECT_EQ(shown("/x/{a/b}"), "3: '{' without '}'");
    EXPECT_EQ(shown("/x/a}"), "4: '}' without '{'");
    EXPECT_EQ(shown("/}"), "1: '}' without '{'");
    EXPECT_EQ(shown("/{{a}"),
              "2: a parameter's name is letters, digits and '_', not a digit first");
}

TEST(Pattern, wants_parameters_to_be_whole_segments) {
    EXPECT_EQ(shown("/a{b}"), "2: a parameter must be a whole segment");
    EXPECT_EQ(shown("/{a}b"), "4: a parameter must be a whole segment");
    EXPECT_EQ(shown("/{a}{b}"), "4: a parameter must be a whole segment");
    EXPECT_EQ(shown("/{a}}"), "4: a parameter must be a whole segment");
}

TEST(Pattern, rejects_bad_names_and_types) {
    EXPECT_EQ(shown("/{}"), "2: a parameter without a name");
    EXPECT_EQ(shown("/{:int}"), "2: a parameter without a name");
    for (const char* text : {"/{1a}", "/{a b}", "/{a-b}", "/{ a}", "/{\xc3\xbc}"}) {
        EXPECT_EQ(shown(text),
                  "2: a parameter's name is letters, digits and '_', not a digit first");
    }
    EXPECT_EQ(shown("/{a:float}"), kTypes);
    EXPECT_EQ(shown("/{a:}"), kTypes);
    EXPECT_EQ(shown("/{a:int:str}"), kTypes);
    EXPECT_EQ(shown("/{a}/x/{a:int}"), "8: two parameters of one name");
}

TEST(Pattern, compiles_constraints) {
    EXPECT_EQ(shown("/{a:uuid}/{b:path}"), "/uuid a/path b");
    EXPECT_EQ(shown("/{a:regex([A-Z]{3}[0-9]+)}/x"), "/regex a [A-Z]{3}[0-9]+/x");
    EXPECT_EQ(shown("/{a:regex((a+)+$)}"), "/regex a (a+)+$");
}

TEST(Pattern, ends_an_expression_before_a_slash_or_the_end) {
    EXPECT_EQ(shown("/{a:regex(x/y)}/{b}"), "/regex a x/y/str b");
    EXPECT_EQ(shown("/{a:regex((?:b)}c)}/d"), "/regex a (?:b)}c/d");
    EXPECT_EQ(shown("/{a:regex(x)}/{b:regex(y)}"), "/regex a x/regex b y");
    EXPECT_EQ(shown("/{a:regex(?#:{)}"), "/regex a ?#:{");
    EXPECT_EQ(shown("/{a:regex(x}"), "4: 'regex(' without ')}' at the segment's end");
    EXPECT_EQ(shown("/{a:regex(x)}y"), "4: 'regex(' without ')}' at the segment's end");
    EXPECT_EQ(shown("/{a:regex()}"), "10: an empty regular expression");
    EXPECT_EQ(shown("/{a:regex(b\n)}"), "11: a control byte");
    EXPECT_EQ(shown("/{a:regex}"), kTypes);
    EXPECT_EQ(shown("/{1:regex(a)}"),
              "2: a parameter's name is letters, digits and '_', not a digit first");
    EXPECT_EQ(compile_pattern("/x/{a:regex(b)}")->segments[1].offset, 12u);
}

TEST(Pattern, wants_a_path_last) {
    EXPECT_EQ(shown("/{a:path}/b"), "9: a path parameter takes the rest: nothing can follow it");
    EXPECT_EQ(shown("/{a:path}/"), "9: a path parameter takes the rest: nothing can follow it");
    EXPECT_EQ(shown("/{a:path}b"), "9: a parameter must be a whole segment");
}

TEST(Pattern, rejects_bytes_that_never_match) {
    EXPECT_EQ(shown("/a\x01"), "2: a control byte");
    EXPECT_EQ(shown(std::string_view("/a\0", 3)), "2: a control byte");
    EXPECT_EQ(shown("/a\x7f"), "2: a control byte");
    EXPECT_EQ(shown("/a?b"), "2: a pattern matches paths only, without '?' and '#'");
    EXPECT_EQ(shown("/#"), "1: a pattern matches paths only, without '?' and '#'");
    EXPECT_EQ(shown("/a%20b"), "2: patterns are written decoded, without '%'");
}

TEST(Pattern, is_bounded) {
    std::string params;
    for (std::size_t index = 0; index < kParamsMax; ++index) {
        params += "/{p" + std::to_string(index) + "}";
    }
    EXPECT_TRUE(compile_pattern(params).has_value());
    EXPECT_EQ(compile_pattern(params + "/{q}").error().message, "more than 16 parameters");
    std::string segments;
    for (std::size_t index = 0; index < kSegmentsMax; ++index) {
        segments += "/a";
    }
    EXPECT_TRUE(compile_pattern(segments).has_value());
    EXPECT_EQ(compile_pattern(segments + "/a").error().message, "more than 64 segments");
    EXPECT_TRUE(compile_pattern("/" + std::string(kLiteralBytesMax, 'a')).has_value());
    EXPECT_FALSE(compile_pattern("/" + std::string(kLiteralBytesMax + 1, 'a')).has_value());
}

}  // namespace
}  // namespace trivet::route
