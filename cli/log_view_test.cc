#include "log_view.h"

#include <gtest/gtest.h>

#include <vector>

namespace trivet::cli {
namespace {

std::vector<std::string> split(const std::vector<std::string>& pieces) {
    std::vector<std::string> lines;
    const auto take = [&](std::string_view line) { lines.emplace_back(line); };
    LineSplitter splitter;
    for (const std::string& piece : pieces) splitter.feed(piece, take);
    splitter.finish(take);
    return lines;
}

TEST(LogView, cuts_lines_wherever_the_pieces_end) {
    EXPECT_EQ(split({"one\ntwo", "", "\n", "\nthr", "ee"}),
              (std::vector<std::string>{"one", "two", "", "three"}));
    EXPECT_TRUE(split({""}).empty());
}

TEST(LogView, hands_on_a_long_line_in_parts) {
    const std::string part(LineSplitter::kLineBytesMax, 'x');
    EXPECT_EQ(split({part + part + "y\nz"}), (std::vector<std::string>{part, part, "y", "z"}));
    EXPECT_EQ(split({part, "y"}), (std::vector<std::string>{part, "y"}));
}

TEST(LogView, keeps_the_last_lines_within_its_limits) {
    Tail tail;
    for (std::size_t index = 0; index < Tail::kLinesMax + 3; ++index) {
        tail.add(std::to_string(index));
    }
    EXPECT_EQ(tail.text().find("… 3 earlier lines\n3\n4\n"), 0u);
    tail.add(std::string(Tail::kBytesMax, 'x'));
    tail.add("last");
    EXPECT_EQ(tail.text(), "… 404 earlier lines\nlast\n");
    tail.clear();
    tail.add("new");
    EXPECT_EQ(tail.text(), "new\n");
}

TEST(LogView, leaves_nothing_that_a_terminal_would_act_upon) {
    EXPECT_EQ(plain_text("\x1b[1;31mred\x1b[0m \x1b]0;title\a|\x1b]8;;u\x1b\\link\x1b(B\x07\r"),
              "red |link");
    EXPECT_EQ(plain_text("a\tb\nc\x7f"), "a\tb\nc");
    EXPECT_EQ(plain_text("cut\x1b"), "cut");
    EXPECT_EQ(plain_text("cut\x1b[3"), "cut");
}

TEST(LogView, replaces_what_is_no_utf8) {
    const std::string good = "ü€𝄞";
    EXPECT_EQ(plain_text(good), good);
    for (const char* bad : {"\xC3", "\xC0", "\xFF", "\x80"}) {
        EXPECT_EQ(plain_text(bad), "\xEF\xBF\xBD") << bad;
    }
    EXPECT_EQ(plain_text("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
    EXPECT_EQ(plain_text("\xC3(").size(), 4u) << "the next byte stays";
}

TEST(LogView, colours_the_time_and_the_level) {
    EXPECT_EQ(coloured("2026-01-31T12:00:00.000Z error no such file"),
              "\x1b[2m2026-01-31T12:00:00.000Z\x1b[0m \x1b[31merror\x1b[0m no such file");
    EXPECT_EQ(coloured("WARNING:root"), "WARNING:root");
    EXPECT_EQ(coloured("[WARN] low"), "\x1b[33m[WARN]\x1b[0m low");
    EXPECT_EQ(coloured("this is an error"), "this is an error");
    EXPECT_EQ(coloured(""), "");
}

TEST(LogView, colours_the_method_and_the_status_of_a_request) {
    EXPECT_EQ(coloured("GET /users 404 2 ms 200"),
              "\x1b[1mGET\x1b[0m /users \x1b[33m404\x1b[0m 2 ms 200");
    EXPECT_EQ(coloured("info: POST /a 500"),
              "\x1b[32minfo:\x1b[0m \x1b[1mPOST\x1b[0m /a \x1b[31m500\x1b[0m");
    EXPECT_EQ(coloured("took 200 ms"), "took 200 ms");
}

TEST(LogView, leaves_coloured_lines_alone) {
    EXPECT_EQ(coloured("\x1b[35mGET\x1b[0m 200"), "\x1b[35mGET\x1b[0m 200");
}

TEST(LogView, marks_its_own_lines) {
    EXPECT_EQ(own_line("hello", false), "trivet dev: hello");
    EXPECT_EQ(own_line("hello", true), "\x1b[36mtrivet dev:\x1b[0m hello");
}

}  // namespace
}  // namespace trivet::cli
