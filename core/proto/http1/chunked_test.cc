#include "proto/http1/chunked.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

std::string chunk_head(std::uint64_t size) {
    char room[kChunkHeadBytesMax];
    const char* const end = write_chunk_head(room, size);
    return {room, static_cast<std::size_t>(end - room)};
}

std::string last_chunk(const std::vector<HeaderView>& trailers) {
    // Exactly the room that was asked for, so that the address sanitizer sees a byte too many.
    std::vector<char> room(last_chunk_size(trailers));
    EXPECT_EQ(write_last_chunk(room.data(), trailers), room.data() + room.size());
    return {room.begin(), room.end()};
}

TEST(Chunked, heads_say_the_size_in_hexadecimal) {
    EXPECT_EQ(chunk_head(1), "1\r\n");
    EXPECT_EQ(chunk_head(10), "a\r\n");
    EXPECT_EQ(chunk_head(65536), "10000\r\n");
    EXPECT_EQ(chunk_head(~std::uint64_t{0}), "ffffffffffffffff\r\n");
}

TEST(Chunked, an_empty_piece_does_not_end_the_content) { EXPECT_EQ(chunk_head(0), ""); }

TEST(Chunked, ends_with_the_last_chunk) {
    EXPECT_EQ(last_chunk({}), kLastChunk);
    EXPECT_EQ(last_chunk({{Str("A"), Str("1")}, {Str("B"), Str("")}}), "0\r\nA: 1\r\nB: \r\n\r\n");
}

TEST(Chunked, what_is_written_reads_back) {
    for (const std::size_t piece_size : {1u, 2u, 15u, 16u, 300u}) {
        std::string content;
        std::string text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (std::size_t piece = 0; piece < 5; ++piece) {
            const std::string bytes(piece_size, static_cast<char>('a' + piece));
            content += bytes;
            text += chunk_head(bytes.size()) + bytes + std::string(kChunkEnd);
        }
        text += last_chunk({{Str("Server-Timing"), Str("db;dur=1")}});
        const Reading reading = read_messages(text);
        ASSERT_EQ(reading.messages.size(), 1u);
        EXPECT_TRUE(reading.messages[0].is_complete);
        EXPECT_EQ(reading.messages[0].body, content);
    }
}

TEST(Chunked, trailers_say_nothing_that_must_stand_in_front) {
    for (const char* name : {"Transfer-Encoding",
                             "content-length",
                             "HOST",
                             "Trailer",
                             "Connection",
                             "Keep-Alive",
                             "Upgrade",
                             "TE",
                             "Content-Type",
                             "Content-Encoding",
                             "Content-Range",
                             "Content-Anything",
                             "If-Match",
                             "If-None-Match",
                             "Range",
                             "Expect",
                             "Max-Forwards",
                             "Cache-Control",
                             "Pragma",
                             "Authorization",
                             "WWW-Authenticate",
                             "Authentication-Info",
                             "Proxy-Authenticate",
                             "Proxy-Connection",
                             "Cookie",
                             "Set-Cookie",
                             "Age",
                             "Date",
                             "Expires",
                             "Location",
                             "Retry-After",
                             "Vary",
                             "Warning",
                             "Via",
                             "Forwarded",
                             "",
                             "a b",
                             "a:",
                             "a\r\nb"}) {
        EXPECT_FALSE(is_trailer_field_allowed(name)) << name;
    }
    for (const char* name : {"Content-Digest", "Repr-Digest", "Server-Timing", "ETag", "X-Checksum",
                             "Grpc-Status", "Content", "Hosts", "If", "Signature"}) {
        EXPECT_TRUE(is_trailer_field_allowed(name)) << name;
    }
}

}  // namespace
}  // namespace trivet::http1
