#include "http/file_mount.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::http {
namespace {

std::string fault(const FileMountOptions& options) {
    const auto made = make_file_mount(options);
    return made ? "" : made.error();
}

TEST(FileMountTest, names_the_option_that_is_wrong) {
    EXPECT_EQ(fault({.directory = "/usr"}), "");
    EXPECT_EQ(fault({.directory = ""}), "directory: a path must be given");
    EXPECT_EQ(fault({.directory = "/none/such"}),
              "directory: /none/such: No such file or directory");
    EXPECT_EQ(fault({.directory = "/proc/self/exe"}), "directory: /proc/self/exe: Not a directory");
    EXPECT_EQ(fault({.directory = "/usr", .index = "a/b"}),
              "index: the name of a file, without slashes: \"a/b\"");
    EXPECT_EQ(fault({.directory = "/usr", .fallback = "../a"}),
              "fallback: a path below the directory: \"../a\"");
    EXPECT_EQ(fault({.directory = "/usr", .cache_control = "a\r\nb"}),
              "cache_control: no value of a field");
}

TEST(FileMountTest, checks_rules_and_types) {
    const auto with_rule = [](std::string_view pattern, std::string_view value) {
        const url::Param rule{pattern, value};
        return fault({.directory = "/usr", .cache_rules = {&rule, 1}});
    };
    EXPECT_EQ(with_rule("*.js", "no-store"), "");
    EXPECT_EQ(with_rule("", "no-store"), "cache_rules: a pattern has 1 to 256 bytes");
    EXPECT_EQ(with_rule("a", "\n"), "cache_rules: \"a\": no value of Cache-Control");
    const auto with_type = [](std::string_view extension, std::string_view value) {
        const url::Param type{extension, value};
        return fault({.directory = "/usr", .types = {&type, 1}});
    };
    EXPECT_EQ(with_type("x", "text/x"), "");
    EXPECT_EQ(with_type(".x", "text/x"), "types: \".x\": an extension is written without its dot");
    EXPECT_EQ(with_type("x", "text"), "types: \"x\": no media type: \"text\"");
    const std::vector<url::Param> many(kFileRulesMax + 1, url::Param{"a", "b"});
    EXPECT_EQ(fault({.directory = "/usr", .cache_rules = many}), "cache_rules: at most 100");
}

TEST(FileMountTest, a_relative_directory_is_that_of_now) {
    const auto made = make_file_mount({.directory = "."});
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->directory.starts_with('/')) << made->directory;
}

TEST(FileMountTest, the_first_rule_that_matches_counts) {
    const url::Param rules[] = {{"assets/*", "immutable"}, {"*.html", "no-store"}, {"*.js", ""}};
    const auto made = make_file_mount({.directory = "/usr", .cache_rules = rules});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->cache_control_of("assets/a.html"), "immutable");
    EXPECT_EQ(made->cache_control_of("a/b.html"), "no-store");
    EXPECT_EQ(made->cache_control_of("b.js"), "");
    EXPECT_EQ(made->cache_control_of("b.css"), "no-cache");
}

TEST(FileMountTest, own_types_beat_those_that_are_known) {
    const url::Param types[] = {{"js", "text/mine"}, {"sku", "application/x-sku"}};
    const auto made = make_file_mount({.directory = "/usr", .types = types});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->type_of("a.JS"), "text/mine");
    EXPECT_EQ(made->type_of("a.sku"), "application/x-sku");
    EXPECT_EQ(made->type_of("a.css"), "text/css; charset=utf-8");
    EXPECT_EQ(made->type_of("LICENSE"), "application/octet-stream");
}

}  // namespace
}  // namespace trivet::http
