#include "app/env_file.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::app {
namespace {

using Pair = std::pair<std::string, std::string>;

std::vector<Pair> pairs_of(std::string_view text) {
    const auto entries = parse_env(text);
    EXPECT_TRUE(entries) << entries.error().line << ": " << entries.error().message;
    std::vector<Pair> pairs;
    for (const EnvEntry& entry : entries ? *entries : std::vector<EnvEntry>{}) {
        pairs.emplace_back(entry.name, entry.value);
    }
    return pairs;
}

std::string fault_of(std::string_view text) {
    const auto entries = parse_env(text);
    EXPECT_FALSE(entries) << text;
    return entries ? "" : std::to_string(entries.error().line) + ": " + entries.error().message;
}

TEST(EnvFile, reads_one_entry_a_line) {
    EXPECT_EQ(pairs_of("# comment\n\nA=1\n  export B_2 = two words \r\nexport=3\nC=\n_d=x"),
              (std::vector<Pair>{
                  {"A", "1"}, {"B_2", "two words"}, {"export", "3"}, {"C", ""}, {"_d", "x"}}));
    EXPECT_TRUE(pairs_of("").empty());
    EXPECT_TRUE(pairs_of("\n \n\t# nothing").empty());
    EXPECT_EQ(pairs_of("\xef\xbb\xbf"
                       "A=1\n"),
              (std::vector<Pair>{{"A", "1"}}));
}

TEST(EnvFile, knows_where_each_entry_stands) {
    const auto entries = parse_env("\nA=\"1\n2\"\nB=3\n");
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2u);
    EXPECT_EQ((*entries)[0].line, 2u);
    EXPECT_EQ((*entries)[1].line, 4u);
}

TEST(EnvFile, ends_a_plain_value_at_a_comment) {
    EXPECT_EQ(pairs_of("A=x#y # z\nB=#c\nC= # c\nD=a # b # c\nE=it's \"it\"\nF=${A}\\n\n"),
              (std::vector<Pair>{{"A", "x#y"},
                                 {"B", "#c"},
                                 {"C", ""},
                                 {"D", "a"},
                                 {"E", "it's \"it\""},
                                 {"F", "${A}\\n"}}));
}

TEST(EnvFile, takes_single_quotes_as_they_stand_and_escapes_in_double_ones) {
    EXPECT_EQ(pairs_of("A='a\\n \"#\" $b' # c\nB=\"a\\n\\t\\r\\\\\\\"\\$ \\x '#'\"\nC=\"one\n"
                       "two\"\nD=''\nE=\"\"\r\n"),
              (std::vector<Pair>{{"A", "a\\n \"#\" $b"},
                                 {"B", "a\n\t\r\\\"$ \\x '#'"},
                                 {"C", "one\ntwo"},
                                 {"D", ""},
                                 {"E", ""}}));
}

TEST(EnvFile, refuses_what_is_no_entry) {
    for (const char* text : {"A", "A\n=1", "=1", "A: 1", "my-key=1", "1A=1", "export A",
                             "export =1", "A B=1", "{\n}", "\x01=1"}) {
        EXPECT_EQ(fault_of(text), "1: this is no NAME=VALUE") << text;
    }
    EXPECT_EQ(fault_of("A=1\nB='x\ny\n"), "2: the quotes are never closed");
    EXPECT_EQ(fault_of("A=\"x\\\""), "1: the quotes are never closed");
    EXPECT_EQ(fault_of("A=\"x\\"), "1: the quotes are never closed");
    for (const char* text : {"A='x'y", "A=\"x\" y", "A='x'#y", "A='' ''"}) {
        EXPECT_EQ(fault_of(text), "1: there is something behind the closing quote") << text;
    }
    EXPECT_EQ(fault_of(std::string_view("A=1\nB=\0", 7)), "2: there is a NUL byte");
}

TEST(EnvFile, is_bounded) {
    std::string text;
    for (std::size_t index = 0; index < kEnvEntriesMax; ++index) text += "A=1\n";
    EXPECT_EQ(pairs_of(text).size(), kEnvEntriesMax);
    EXPECT_EQ(fault_of(text + "A=1\n"), "1001: more than 1000 entries");
}

}  // namespace
}  // namespace trivet::app
