#include "app/settings_file.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::app {
namespace {

using Type = FileEntry::Type;

constexpr std::string_view kTables[] = {"server", "app"};

std::vector<FileEntry> entries_of(std::string_view toml) {
    auto entries = parse_tables(toml, kTables);
    EXPECT_TRUE(entries) << entries.error().message;
    return entries ? *entries : std::vector<FileEntry>{};
}

std::string fault_of(std::string_view toml) {
    const auto entries = parse_tables(toml, kTables);
    EXPECT_FALSE(entries);
    return entries ? "" : std::to_string(entries.error().line) + ": " + entries.error().message;
}

TEST(SettingsFile, gives_the_entries_of_its_table_in_their_order) {
    const auto entries = entries_of(
        "# the app\n[other]\nport = 1\n\n[server]\nworkers = 4\nhost = \"::1\"\n"
        "backlog = 0x10\n[server.inner]\nx = 1\n");
    ASSERT_EQ(entries.size(), 4u);
    EXPECT_EQ(entries[0].key, "workers");
    EXPECT_EQ(entries[0].type, Type::integer);
    EXPECT_EQ(entries[0].text, "4");
    EXPECT_EQ(entries[0].line, 6u);
    EXPECT_EQ(entries[1].key, "host");
    EXPECT_EQ(entries[1].type, Type::string);
    EXPECT_EQ(entries[1].text, "::1");
    EXPECT_EQ(entries[1].line, 7u);
    EXPECT_EQ(entries[2].text, "16");
    EXPECT_EQ(entries[3].key, "inner");
    EXPECT_EQ(entries[3].type, Type::other);
    EXPECT_EQ(entries[3].line, 9u);
}

TEST(SettingsFile, gives_the_entries_of_several_tables) {
    const auto entries =
        entries_of("[app]\nentry = \"x\"\nbuild = \"y\"\n[server]\nport = 1\n[other]\nz = 1\n");
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(entries[0].table, "server");
    EXPECT_EQ(entries[0].key, "port");
    EXPECT_EQ(entries[1].table, "app");
    EXPECT_EQ(entries[1].key, "entry");
    EXPECT_EQ(entries[2].key, "build");
    EXPECT_EQ(fault_of("[server]\nport = 1\n[[app]]\n"), "3: app is no table");
}

TEST(SettingsFile, reads_a_table_written_as_dotted_keys_or_in_one_line) {
    EXPECT_EQ(entries_of("server.port = 80\nserver.workers = 2\n").size(), 2u);
    EXPECT_EQ(entries_of("server = { port = 80 }").size(), 1u);
}

TEST(SettingsFile, names_the_kind_of_what_is_neither_number_nor_text) {
    const auto entries =
        entries_of("[server]\na = true\nb = 1.5\nc = [1]\nd = {}\ne = 2026-01-01\nf = inf\n");
    ASSERT_EQ(entries.size(), 6u);
    const char* kinds[] = {"a boolean", "a fraction",     "an array",
                           "a table",   "a date or time", "a fraction"};
    for (std::size_t index = 0; index < 6; ++index) {
        EXPECT_EQ(entries[index].type, Type::other);
        EXPECT_EQ(entries[index].text, kinds[index]);
        EXPECT_EQ(entries[index].line, index + 2);
    }
}

TEST(SettingsFile, has_no_entries_without_its_table) {
    EXPECT_TRUE(entries_of("").empty());
    EXPECT_TRUE(entries_of("[other]\nx = 1\n").empty());
    EXPECT_TRUE(entries_of("[server]\n").empty());
}

TEST(SettingsFile, tells_the_line_that_is_no_toml) {
    EXPECT_TRUE(fault_of("[server]\nport = \n").starts_with("2: "));
    EXPECT_TRUE(fault_of("[server]\nport = 1\nport = 2\n").starts_with("3: "));
    EXPECT_TRUE(fault_of("[server]\nhost = \"a\nb\"\n").starts_with("2: "));
    EXPECT_TRUE(fault_of("x = \"\xff\xfe\"\n").starts_with("1: "));
    EXPECT_EQ(fault_of("\nserver = 1\n"), "2: server is no table");
    EXPECT_EQ(fault_of("[[server]]\nport = 1\n"), "1: server is no table");
}

TEST(SettingsFile, tells_what_the_parser_did_not_expect) {
    for (const char* toml : {"[*w[", "[[=", "[s\xc5\x88\x01\nvr", "\xc5\x88 = 1", "a.\xc3\xa9 = 1",
                             "x = \xe2\x80\x85\xc5\x88", "x = \"\"\"\\\n\xc5\x88", "[a", "=", "x",
                             "x = [", "x = {", "x = 1e", "x = 0x", "x = 2026-", "\"", "\xef\xbb"}) {
        EXPECT_TRUE(fault_of(toml).starts_with("1: ") || fault_of(toml).starts_with("2: ")) << toml;
    }
}

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int done = 0; done < times; ++done) result += text;
    return result;
}

TEST(SettingsFile, refuses_what_is_nested_too_deeply) {
    const std::string deep = repeated("x.", 100'000) + "x";
    EXPECT_EQ(fault_of("\n" + deep + " = 1\n"), "2: a key of more than 33 parts");
    EXPECT_EQ(fault_of("[" + deep + "]\n"), "1: a key of more than 33 parts");
    EXPECT_EQ(fault_of("a = \"\\\".\"\n# \"\n" + deep + " = 1\n"),
              "3: a key of more than 33 parts");
    EXPECT_EQ(fault_of("a = \"\"\"\n\n\"\n\"\"\"\nb = ''\nx = { " + deep + " = 1 }\n"),
              "6: a key of more than 33 parts");
    EXPECT_TRUE(fault_of("x = " + repeated("[", 100'000)).starts_with("1: "));
    EXPECT_TRUE(fault_of("x = " + repeated("{x=", 100'000)).starts_with("1: "));
}

TEST(SettingsFile, takes_any_dots_that_are_no_key) {
    const std::string dots(1000, '.');
    EXPECT_EQ(entries_of("[server]\nhost = \"" + dots + "\"\nx = '" + dots + "' # " + dots +
                         "\n# " + dots + "\ny = \"\"\"" + dots + "\n" + dots + "\"\"\"\n")
                  .size(),
              3u);
    EXPECT_EQ(entries_of("[server]\na = [" + repeated("1.5,", 100) + "]\n").size(), 1u);
    EXPECT_EQ(entries_of("[server]\n" + repeated("x.", 32) + "x = 1\n").size(), 1u);
}

TEST(SettingsFile, takes_the_deepest_nesting_there_can_be) {
    const std::string level = "{" + repeated("x.", 32) + "x=";
    const std::string toml = "server = " + repeated(level, 31) + "1" + repeated("}", 31) + "\n";
    EXPECT_EQ(entries_of(toml).size(), 1u);
}

}  // namespace
}  // namespace trivet::app
