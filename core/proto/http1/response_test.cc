#include "proto/http1/response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::http1 {
namespace {

std::string written(const ResponseHead& head, const std::vector<HeaderView>& extra = {}) {
    // Exactly the room that was asked for, so that the address sanitizer sees a byte too many.
    std::vector<char> room(response_head_size_max(head, extra));
    const char* end = write_response_head(room.data(), head, extra);
    return {room.data(), static_cast<std::size_t>(end - room.data())};
}

TEST(Response, writes_the_fields_of_the_engine) {
    const ResponseHead head{.content_length = 13,
                            .content_type = "text/plain; charset=utf-8",
                            .date = "Sun, 06 Nov 1994 08:49:37 GMT"};
    EXPECT_EQ(written(head),
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n\r\n");
}

TEST(Response, writes_further_fields_in_order) {
    const std::vector<HeaderView> extra{
        {Str("Set-Cookie"), Str("a=1")}, {Str("X"), Str("")}, {Str("Set-Cookie"), Str("b=2")}};
    EXPECT_EQ(written({.status = 204, .has_body_length = false}, extra),
              "HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nX: \r\nSet-Cookie: b=2\r\n\r\n");
}

TEST(Response, says_what_becomes_of_the_connection_where_it_is_not_the_default) {
    EXPECT_EQ(written({.keep_alive = false}),
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(written({.request_version = 10, .keep_alive = true}),
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(written({.request_version = 10, .keep_alive = false}),
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(Response, fits_into_the_room_it_asks_for) {
    for (unsigned status = 0; status <= 700; ++status) {
        const std::string text = written({.status = static_cast<std::uint16_t>(status),
                                          .request_version = 10,
                                          .content_length = ~std::uint64_t{0}});
        EXPECT_TRUE(text.ends_with("\r\n\r\n"));
        EXPECT_TRUE(text.contains("18446744073709551615"));
    }
}

TEST(Response, knows_the_reason_phrases) {
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(418), "I'm a Teapot");
    EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_phrase(299), "");
    EXPECT_EQ(reason_phrase(99), "");
    EXPECT_EQ(reason_phrase(600), "");
    EXPECT_EQ(written({.status = 299, .has_body_length = false}), "HTTP/1.1 299 \r\n\r\n");
    EXPECT_EQ(written({.status = 599, .has_body_length = false}), "HTTP/1.1 599 \r\n\r\n");
    EXPECT_EQ(written({.status = 9999, .has_body_length = false}),
              "HTTP/1.1 500 Internal Server Error\r\n\r\n");
}

}  // namespace
}  // namespace trivet::http1
