#include "app/banner.h"

#include <gtest/gtest.h>

namespace trivet::app {
namespace {

TEST(Banner, says_who_serves_where_and_how) {
    EXPECT_EQ(format_banner({.version = "1.2.3",
                             .runtime = "Python 3.11.2",
                             .host = "127.0.0.1",
                             .port = 8000,
                             .workers = 4,
                             .engine = "io_uring (kernel 6.1)"}),
              "trivet 1.2.3 \xC2\xB7 Python 3.11.2 \xC2\xB7 http://127.0.0.1:8000 \xC2\xB7 "
              "4 workers \xC2\xB7 io_uring (kernel 6.1)\n");
}

TEST(Banner, says_that_the_listener_was_there_before) {
    EXPECT_EQ(format_banner({.host = "::", .port = 80, .is_activated = true}),
              "trivet \xC2\xB7 http://[::]:80 \xC2\xB7 inherited listener\n");
}

TEST(Banner, names_a_unix_socket_as_it_is_configured) {
    EXPECT_EQ(format_banner({.host = "unix:/run/app.sock", .workers = 2}),
              "trivet \xC2\xB7 unix:/run/app.sock \xC2\xB7 2 workers\n");
    EXPECT_EQ(format_url("unix:@app", 0), "unix:@app");
}

TEST(Banner, leaves_out_what_there_is_not) {
    EXPECT_EQ(format_banner({.version = "1.2.3", .engine = "epoll"}),
              "trivet 1.2.3 \xC2\xB7 epoll\n");
    EXPECT_EQ(format_banner({}), "trivet\n");
}

TEST(Banner, counts_in_singular_and_plural) {
    EXPECT_EQ(format_banner({.workers = 1, .threads = 2}),
              "trivet \xC2\xB7 1 worker \xC2\xB7 2 threads\n");
}

TEST(Banner, puts_brackets_around_an_ipv6_address) {
    EXPECT_EQ(format_url("::1", 80), "http://[::1]:80");
    EXPECT_EQ(format_url("[::1]", 80), "http://[::1]:80");
    EXPECT_EQ(format_url("localhost", 0), "http://localhost:0");
}

}  // namespace
}  // namespace trivet::app
