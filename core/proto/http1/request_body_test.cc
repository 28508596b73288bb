#include <gtest/gtest.h>

#include <string>

#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

const std::string kNext = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

// The reading of a request with these framing fields and content, and of one after it. It must be
// the same however the bytes are cut.
Reading read_body(const std::string& fields, const std::string& content) {
    const std::string input = "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + content + kNext;
    const Reading whole = read_messages(input);
    EXPECT_EQ(read_bytewise(input), whole) << input;
    for (std::size_t cut = 1; cut < input.size(); ++cut) {
        EXPECT_EQ(read_messages(input, {cut}), whole) << "cut at " << cut << " of " << input;
    }
    return whole;
}

Reading read_chunks(const std::string& content) {
    return read_body("Transfer-Encoding: chunked\r\n", content);
}

void expect_body(const Reading& reading, const std::string& body) {
    EXPECT_EQ(reading.status, 0) << reading.reason;
    ASSERT_EQ(reading.messages.size(), 2u);
    EXPECT_EQ(reading.messages[0].body, body);
    EXPECT_EQ(reading.messages[1].target, "/next");
}

TEST(RequestBody, counts_a_content_length) {
    expect_body(read_body("Content-Length: 5\r\n", "hello"), "hello");
    expect_body(read_body("content-length: 0\r\n", ""), "");
    expect_body(read_body("Content-Length:005  \r\n", "hello"), "hello");
    expect_body(read_body("Content-Length: 6\r\n", "\r\n\r\n\r\n"), "\r\n\r\n\r\n");
}

TEST(RequestBody, is_absent_without_framing_fields) {
    const Reading reading = read_body("", "");
    expect_body(reading, "");
    EXPECT_FALSE(reading.messages[0].has_content_length);
}

TEST(RequestBody, rejects_two_content_lengths) {
    EXPECT_EQ(read_body("Content-Length: 5\r\nContent-Length: 5\r\n", "hello").status, 400);
    EXPECT_EQ(read_body("Content-Length: 5\r\ncontent-length: 6\r\n", "hello").status, 400);
    EXPECT_EQ(read_body("Content-Length: 5, 5\r\n", "hello").status, 400);
}

TEST(RequestBody, rejects_malformed_content_lengths) {
    for (const char* length : {"", "+5", "-5", "5x", "x", "0x5", "5 5", "5.", "\"5\"", "5;", "5\t6",
                               "18446744073709551616", "99999999999999999999999"}) {
        EXPECT_EQ(read_body("Content-Length: " + std::string(length) + "\r\n", "hello").status, 400)
            << length;
    }
}

TEST(RequestBody, reports_the_largest_content_length) {
    const Reading reading = read_messages(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\nab");
    ASSERT_EQ(reading.messages.size(), 1u);
    EXPECT_EQ(reading.messages[0].content_length, 18446744073709551615u);
    EXPECT_EQ(reading.messages[0].body, "ab");
    EXPECT_FALSE(reading.messages[0].is_complete);
}

TEST(RequestBody, rejects_content_length_with_transfer_encoding) {
    EXPECT_EQ(read_body("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n").status,
              400);
    EXPECT_EQ(read_body("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n").status,
              400);
    EXPECT_EQ(read_body("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello").status, 400);
    EXPECT_EQ(read_body("Transfer-Encoding:\r\nContent-Length: 5\r\n", "hello").status, 400);
}

TEST(RequestBody, takes_chunked_as_the_only_coding) {
    const std::string last = "0\r\n\r\n";
    const auto status = [&last](const std::string& fields) {
        return read_body(fields, last).status;
    };
    EXPECT_EQ(status("Transfer-Encoding: Chunked\r\n"), 0);
    EXPECT_EQ(status("transfer-encoding:\tCHUNKED  \r\n"), 0);
    EXPECT_EQ(status("Transfer-Encoding: gzip\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: identity\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: gzip, chunked\r\n"), 501);
    EXPECT_EQ(status("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501);
    EXPECT_EQ(status("Transfer-Encoding: xchunked\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: chunked, gzip\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: chunked, chunked\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: chunked;a=b\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: \"chunked\"\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: ,chunked\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: chunked,\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding: gzip,,chunked\r\n"), 400);
    EXPECT_EQ(status("Transfer-Encoding:\r\n"), 400);
}

TEST(RequestBody, rejects_transfer_encoding_in_http_1_0) {
    const Reading reading =
        read_messages("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    EXPECT_EQ(reading.status, 400);
}

TEST(RequestBody, joins_chunks) {
    expect_body(read_chunks("0\r\n\r\n"), "");
    expect_body(read_chunks("5\r\nhello\r\n0\r\n\r\n"), "hello");
    expect_body(read_chunks("1\r\nh\r\n4\r\nello\r\n000\r\n\r\n"), "hello");
    expect_body(read_chunks("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
                "01234567890123456789");
    expect_body(read_chunks("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n");
    expect_body(read_chunks("5;a;b=c;d=\"e\\\"\"\r\nhello\r\n0;x\r\n\r\n"), "hello");
    expect_body(read_chunks("00000000000000000000005\r\nhello\r\n0\r\n\r\n"), "hello");
}

TEST(RequestBody, upgrade_requests_may_be_chunked) {
    const std::string fields =
        "Connection: upgrade\r\nUpgrade: a\r\nTransfer-Encoding: chunked\r\n";
    expect_body(read_body(fields, "5\r\nhello\r\n0\r\n\r\n"), "hello");
}

TEST(RequestBody, gives_trailers_however_they_are_cut) {
    const std::string request =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n0\r\nCheck-Sum: b c\r\nHost: x\r\nEmpty:\r\n\r\n";
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"Check-Sum", "b c"}, {"Host", "x"}, {"Empty", ""}};
    for (std::size_t cut = 0; cut <= request.size(); ++cut) {
        const Reading reading = read_messages(request, {cut});
        ASSERT_EQ(reading.messages.size(), 1u) << cut;
        EXPECT_TRUE(reading.messages[0].is_complete) << cut;
        EXPECT_EQ(reading.messages[0].body, "hello") << cut;
        EXPECT_EQ(reading.messages[0].trailers, expected) << cut;
    }
    EXPECT_EQ(read_bytewise(request).messages[0].trailers, expected);
}

TEST(RequestBody, refuses_trailers_with_431_when_its_sink_does) {
    std::string trailers;
    for (std::size_t index = 0; index < kTestTrailersMax; ++index) {
        trailers += "A: b\r\n";
    }
    EXPECT_EQ(read_chunks("0\r\n" + trailers + "\r\n").status, 0);
    EXPECT_EQ(read_chunks("0\r\n" + trailers + "A: b\r\n\r\n").status, 431);
}

TEST(RequestBody, rejects_malformed_chunks) {
    for (const char* content : {"5\nhello\r\n0\r\n\r\n",
                                "5\r\nhello\n0\r\n\r\n",
                                "5\r\nhellox\r\n0\r\n\r\n",
                                "5\r\nhell\r\n0\r\n\r\n",
                                "5 \r\nhello\r\n0\r\n\r\n",
                                " 5\r\nhello\r\n0\r\n\r\n",
                                "0x5\r\nhello\r\n0\r\n\r\n",
                                "-5\r\n",
                                "+5\r\n",
                                "\r\n",
                                ";a\r\n",
                                "g\r\n",
                                "5;\r\nhello",
                                "5 ;a\r\nhello",
                                "5; a\r\nhello",
                                "5;a\nhello",
                                "5;a\rb\r\nhello",
                                "5;a=\"\n\"\r\nhello",
                                "5;a=\"b\"c\r\nhello",
                                "5\rhello",
                                "0\r\n\n",
                                "0\r\n\rX",
                                "0\r\n X: a\r\n\r\n",
                                "0\r\nA\r\n\r\n",
                                "0\r\nA b: c\r\n\r\n",
                                "0\r\nA: b\n\r\n",
                                "0\r\nA: b\r\n c\r\n\r\n",
                                "0\r\nContent-Length: 5\r\n\r\n",
                                "0\r\nTransfer-Encoding: chunked\r\n\r\n",
                                "0\r\nA: \x01\r\n\r\n"}) {
        EXPECT_EQ(read_chunks(content).status, 400) << content;
    }
}

TEST(RequestBody, rejects_chunk_sizes_that_overflow) {
    EXPECT_EQ(read_chunks("10000000000000000\r\n").status, 400);
    EXPECT_EQ(read_chunks("fffffffffffffffff\r\n").status, 400);
    EXPECT_EQ(read_chunks("ffffffffffffffff\r\n").status, 413);
}

TEST(RequestBody, asks_its_sink_about_each_chunk_before_it_arrives) {
    EXPECT_EQ(read_chunks("1000\r\n").status, 0);
    EXPECT_EQ(read_chunks("1001\r\n").status, 413);
    EXPECT_EQ(read_chunks("1;a=b\r\nx\r\n1000\r\n").status, 413);
    EXPECT_EQ(read_chunks("1\r\nx\r\nfff\r\n").status, 0);
}

TEST(RequestBody, takes_chunked_between_spaces_and_tabs) {
    for (const char* fields :
         {"Transfer-Encoding:\tchunked\t\r\n", "Transfer-Encoding: chunked \t \r\n",
          "Transfer-Encoding:chunked\t\r\n", "Transfer-Encoding:\t \tCHUNKED\r\n"}) {
        expect_body(read_body(fields, "5\r\nhello\r\n0\r\n\r\n"), "hello");
    }
    EXPECT_EQ(
        read_body("Content-Length: 5\r\nTransfer-Encoding: chunked\t\r\n", "0\r\n\r\n").status,
        400);
    EXPECT_EQ(
        read_body("Transfer-Encoding: chunked\t\r\nContent-Length: 5\r\n", "0\r\n\r\n").status,
        400);
    EXPECT_EQ(read_body("Transfer-Encoding: chunked\tx\r\n", "0\r\n\r\n").status, 400);
    for (const char* fields :
         {"Transfer-Encoding: chunked\t, gzip\r\n", "Transfer-Encoding: chunked\t,chunked\r\n",
          "Transfer-Encoding: chunked\t,\r\nTransfer-Encoding: x\r\n",
          "Transfer-Encoding: chunked\t\r\nTransfer-Encoding: chunked\r\n"}) {
        EXPECT_EQ(read_body(fields, "0\r\n\r\n").status, 400) << fields;
    }
}

TEST(RequestBody, bounds_size_digits) {
    EXPECT_EQ(read_chunks(std::string(100, '0') + "5\r\nhello\r\n0\r\n\r\n").status, 400);
    EXPECT_EQ(read_chunks("1\r\na\r\n" + std::string(100, '0')).status, 400);
    EXPECT_EQ(read_chunks(std::string(100, '0') + "1001\r\n").status, 400);
    EXPECT_EQ(read_chunks(std::string(58, '0') + "1001\r\n").status, 413);
    EXPECT_EQ(read_chunks(std::string(59, '0') + "1001\r\n").status, 400);
}

TEST(RequestBody, bounds_chunk_extensions_and_trailers) {
    const auto whole = [](const std::string& content) {
        return read_messages("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                             content);
    };
    std::string content;
    const std::size_t part = 1024;
    for (std::size_t size = 0; size < RequestParser::kChunkExtensionBytesMax; size += part) {
        content += "1;" + std::string(part, 'x') + "\r\na\r\n";
    }
    EXPECT_EQ(whole(content + "0\r\n\r\n").status, 0);
    EXPECT_EQ(whole(content + "0;x\r\n\r\n").status, 400);
    EXPECT_EQ(whole("0\r\nA: " + std::string(511, 'x') + "\r\n\r\n").status, 0);
    EXPECT_EQ(whole("0\r\nA: " + std::string(512, 'x') + "\r\n\r\n").status, 400);
    EXPECT_EQ(whole("0\r\nA:" + std::string(100, ' ') + "\r\n\r\n").status, 400);
}

class NullSink final : public BodySink {
public:
    bool on_body(std::string_view) noexcept override { return true; }
    bool on_chunk(std::uint64_t) noexcept override { return true; }
};

TEST(RequestBody, stays_complete_and_stays_failed) {
    Memory memory;
    RequestParser parser(memory, kTestLimits);
    NullSink sink;
    const std::string_view head =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    ASSERT_EQ(parser.feed_head(head).state, ParseState::head);
    EXPECT_EQ(parser.feed_body("", sink).state, ParseState::need_more);
    const ParseResult result = parser.feed_body("0\r\n\r\nGET", sink);
    EXPECT_EQ(result.state, ParseState::complete);
    EXPECT_EQ(result.consumed, 5u);
    EXPECT_EQ(parser.feed_body("GET", sink).state, ParseState::complete);
    EXPECT_EQ(parser.feed_body("GET", sink).consumed, 0u);

    parser.reset();
    ASSERT_EQ(parser.feed_head(head).state, ParseState::head);
    EXPECT_EQ(parser.feed_body("x", sink).status, 400);
    EXPECT_EQ(parser.feed_body("0\r\n\r\n", sink).status, 400);
}

TEST(RequestBody, is_refused_by_its_sink) {
    const std::string large(kTestBodyBytesMax + 1, 'a');
    EXPECT_EQ(
        read_messages("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4097\r\n\r\n" + large).status,
        413);
    EXPECT_EQ(
        read_messages("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" +
                      large + "\r\n0\r\n\r\n")
            .status,
        413);
}

}  // namespace
}  // namespace trivet::http1
