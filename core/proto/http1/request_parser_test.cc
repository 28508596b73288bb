#include "proto/http1/request_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

ReadMessage read_one(const std::string& input) {
    const Reading reading = read_messages(input);
    EXPECT_EQ(reading.status, 0) << reading.reason;
    EXPECT_EQ(reading.messages.size(), 1u);
    EXPECT_EQ(reading.end, input.size());
    return reading.messages.empty() ? ReadMessage{} : reading.messages.front();
}

ReadMessage read_with(const std::string& fields, const char* version = "1.1") {
    return read_one("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + fields + "\r\n");
}

TEST(RequestParser, reports_the_parts_of_a_head) {
    const ReadMessage message =
        read_one("GET /hello?x=1 HTTP/1.1\r\nHost: a.example:80\r\nX-Two:b c\r\n\r\n");
    EXPECT_EQ(message.method, "GET");
    EXPECT_EQ(message.target, "/hello?x=1");
    EXPECT_EQ(message.version, 11);
    ASSERT_EQ(message.fields.size(), 2u);
    EXPECT_EQ(message.fields[0], std::pair(std::string("Host"), std::string("a.example:80")));
    EXPECT_EQ(message.fields[1], std::pair(std::string("X-Two"), std::string("b c")));
    EXPECT_EQ(message.head_size, 58u);
    EXPECT_TRUE(message.keep_alive);
    EXPECT_FALSE(message.chunked);
    EXPECT_FALSE(message.has_content_length);
}

TEST(RequestParser, trims_white_space_around_values_only) {
    const ReadMessage message =
        read_with("A: \t b\t c \t \r\nB:\r\nC:   \r\nD:\t\xc3\xbc\r\nE: \"q\"\r\n");
    ASSERT_EQ(message.fields.size(), 6u);
    EXPECT_EQ(message.fields[1].second, "b\t c");
    EXPECT_EQ(message.fields[2].second, "");
    EXPECT_EQ(message.fields[3].second, "");
    EXPECT_EQ(message.fields[4].second, "\xc3\xbc");
    EXPECT_EQ(message.fields[5].second, "\"q\"");
}

TEST(RequestParser, knows_the_methods_of_http) {
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
                               "PROPFIND", "M-SEARCH", "QUERY", "UNLINK"}) {
        EXPECT_EQ(read_one(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n").method, method);
    }
}

TEST(RequestParser, keeps_http_1_1_alive_unless_told_to_close) {
    EXPECT_TRUE(read_with("").keep_alive);
    EXPECT_TRUE(read_with("Connection: keep-alive\r\n").keep_alive);
    EXPECT_TRUE(read_with("Connection: closed, x-close\r\n").keep_alive);
    EXPECT_FALSE(read_with("Connection: close\r\n").keep_alive);
    EXPECT_FALSE(read_with("connection: x, , CLOSE \r\n").keep_alive);
    EXPECT_FALSE(read_with("Connection: close\r\nConnection: keep-alive\r\n").keep_alive);
}

TEST(RequestParser, closes_http_1_0_unless_told_to_keep_alive) {
    EXPECT_FALSE(read_with("", "1.0").keep_alive);
    EXPECT_TRUE(read_with("Connection: Keep-Alive\r\n", "1.0").keep_alive);
    EXPECT_FALSE(read_with("Connection: keep-alive, close\r\n", "1.0").keep_alive);
    EXPECT_EQ(read_one("GET / HTTP/1.0\r\n\r\n").version, 10);
}

TEST(RequestParser, sees_expect_from_http_1_1_only) {
    EXPECT_TRUE(read_with("Expect: 100-Continue\r\n").expects_continue);
    EXPECT_FALSE(read_with("Expect: 100-continue\r\n", "1.0").expects_continue);
    EXPECT_FALSE(read_with("").expects_continue);
}

TEST(RequestParser, treats_an_upgrade_as_a_plain_request) {
    const Reading reading = read_messages(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2"
        "\r\n\r\nabGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(reading.messages.size(), 2u);
    EXPECT_TRUE(reading.messages[0].has_upgrade);
    EXPECT_EQ(reading.messages[0].body, "ab");
    EXPECT_FALSE(reading.messages[1].has_upgrade);
    EXPECT_EQ(reading.messages[1].target, "/2");
}

TEST(RequestParser, takes_every_form_of_target) {
    for (const char* target : {"/", "*", "//a", "http://h/p?q", "https://h", "/a?b=c&d=/?"}) {
        const std::string input = "OPTIONS " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        EXPECT_EQ(read_one(input).target, target);
    }
}

TEST(RequestParser, reads_pipelined_requests_one_at_a_time) {
    Memory memory;
    RequestParser parser(memory, kTestLimits);
    const std::string_view one = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string_view both = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n";
    const ParseResult result = parser.feed_head(both);
    EXPECT_EQ(result.state, ParseState::head);
    EXPECT_EQ(result.consumed, one.size());
    EXPECT_EQ(parser.head().head_size, one.size());
}

TEST(RequestParser, skips_empty_lines_before_a_request) {
    Memory memory;
    RequestParser parser(memory, kTestLimits);
    EXPECT_FALSE(parser.started());
    ParseResult result = parser.feed_head("\r\n\r");
    EXPECT_EQ(result.state, ParseState::need_more);
    EXPECT_EQ(result.consumed, 3u);
    EXPECT_FALSE(parser.started());
    result = parser.feed_head("\nGET / HTTP/1.1\r\nHost: a\r\n\r\nX");
    EXPECT_EQ(result.state, ParseState::head);
    EXPECT_TRUE(parser.started());
    EXPECT_EQ(result.consumed, 28u);
    EXPECT_EQ(parser.head().head_size, 27u);
    EXPECT_EQ(parser.head().method.offset, 0u);
    EXPECT_EQ(parser.head().target.offset, 4u);
    parser.reset();
    EXPECT_FALSE(parser.started());
}

TEST(RequestParser, consumes_nothing_from_nothing) {
    Memory memory;
    RequestParser parser(memory, kTestLimits);
    EXPECT_EQ(parser.feed_head("").state, ParseState::need_more);
    EXPECT_EQ(parser.feed_head("GET / HT").state, ParseState::need_more);
    EXPECT_EQ(parser.feed_head("").state, ParseState::need_more);
    EXPECT_EQ(parser.feed_head("TP/1.0\r\n\r\n").state, ParseState::head);
}

TEST(RequestParser, stays_failed_until_reset) {
    Memory memory;
    RequestParser parser(memory, kTestLimits);
    EXPECT_EQ(parser.feed_head("G\x01").status, 400);
    const ParseResult again = parser.feed_head("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(again.state, ParseState::error);
    EXPECT_EQ(again.status, 400);
    EXPECT_NE(again.reason, nullptr);
    parser.reset();
    EXPECT_EQ(parser.feed_head("GET / HTTP/1.0\r\n\r\n").state, ParseState::head);
}

}  // namespace
}  // namespace trivet::http1
