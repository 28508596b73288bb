#include "http/problem.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::http {
namespace {

std::string problem(std::uint32_t status, std::string_view detail) {
    Memory memory;
    BlockPool pool(memory);
    Buffer out(pool);
    EXPECT_TRUE(append_problem(out, status, detail));
    return std::string(out.view());
}

std::string escaped(std::string_view detail) {
    const std::string text = problem(400, detail);
    const std::string begin =
        R"({"type":"about:blank","title":"Bad Request","status":400,"detail":")";
    EXPECT_EQ(text.substr(0, begin.size()), begin);
    return text.substr(begin.size(), text.size() - begin.size() - 2);
}

TEST(Problem, names_the_status_and_leaves_out_an_empty_detail) {
    EXPECT_EQ(problem(404, ""), R"({"type":"about:blank","title":"Not Found","status":404})");
    EXPECT_EQ(problem(499, ""), R"({"type":"about:blank","title":"Error","status":499})");
}

TEST(Problem, escapes_what_json_does_not_take) {
    EXPECT_EQ(escaped("say \"hi\" \\ there"), R"(say \"hi\" \\ there)");
    EXPECT_EQ(escaped(std::string_view("\n\t\0\x1f\x7f", 5)), "\\u000a\\u0009\\u0000\\u001f\x7f");
}

TEST(Problem, keeps_utf8_and_replaces_what_is_none) {
    const std::string replacement = "\xEF\xBF\xBD";
    for (const char* good :
         {"\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF",
          "\xED\x9F\xBF", "\xE0\xA0\x80", "\xF0\x90\x80\x80", "\xC2\x80", "\xDF\xBF"}) {
        EXPECT_EQ(escaped(good), good);
    }
    EXPECT_EQ(escaped("a\xFFz"), "a" + replacement + "z");
    EXPECT_EQ(escaped("\xC3"), replacement);
    EXPECT_EQ(escaped("\xC0\xAF"), replacement + replacement);
    EXPECT_EQ(escaped("\xE0\x80\x80"), replacement + replacement + replacement);
    EXPECT_EQ(escaped("\xED\xA0\x80"), replacement + replacement + replacement);
    EXPECT_EQ(escaped("\xF4\x90\x80\x80"), replacement + replacement + replacement + replacement);
    EXPECT_EQ(escaped("\xF0\x80\x80\x80"), replacement + replacement + replacement + replacement);
    EXPECT_EQ(escaped("\xF5z"), replacement + "z");
    EXPECT_EQ(escaped("\xE2\x82"), replacement + replacement);
}

TEST(Problem, says_when_memory_is_out) {
    Memory memory;
    BlockPool pool(memory);
    Buffer out(pool);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(append_problem(out, 400, "x"));
}

}  // namespace
}  // namespace trivet::http
