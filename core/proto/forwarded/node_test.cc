#include "proto/forwarded/node.h"

#include <gtest/gtest.h>

namespace trivet::forwarded {
namespace {

std::optional<Node> at(std::string_view address, std::optional<std::uint16_t> port = {}) {
    return Node{.address = IpAddress::parse(address).value(), .port = port};
}

// RFC 7239 section 6, and its examples.
TEST(ForwardedNode, reads_addresses) {
    EXPECT_EQ(parse_node("192.0.2.43"), at("192.0.2.43"));
    EXPECT_EQ(parse_node("192.0.2.43:47011"), at("192.0.2.43", 47011));
    EXPECT_EQ(parse_node("[2001:db8:cafe::17]"), at("2001:db8:cafe::17"));
    EXPECT_EQ(parse_node("[2001:db8:cafe::17]:4711"), at("2001:db8:cafe::17", 4711));
    EXPECT_EQ(parse_node("[::ffff:192.0.2.43]:0"), at("192.0.2.43", 0));
    EXPECT_EQ(parse_node("192.0.2.43:_x"), at("192.0.2.43"));
}

TEST(ForwardedNode, reads_who_is_hidden) {
    for (const std::string_view text :
         {"unknown", "Unknown", "_gazonk", "_SEVKISEK", "_a.b_c-D9", "__"}) {
        EXPECT_EQ(parse_node(text), Node{}) << text;
    }
    EXPECT_EQ(parse_node("unknown:80"), (Node{.port = 80}));
    EXPECT_EQ(parse_node("_gazonk:_x"), Node{});
}

TEST(ForwardedNode, refuses_what_is_neither) {
    for (const std::string_view text : {"",
                                        ":",
                                        ":80",
                                        "_",
                                        "_a b",
                                        "_\xc3\xbc",
                                        "example.org",
                                        "1.2.3",
                                        "01.2.3.4",
                                        "1.2.3.4:",
                                        "1.2.3.4:65536",
                                        "1.2.3.4:-1",
                                        "1.2.3.4:08",
                                        "1.2.3.4:80:80",
                                        "1.2.3.4:_",
                                        "[1.2.3.4]",
                                        "[1.2.3.4]:80",
                                        "[::1",
                                        "::1]",
                                        "[::1]80",
                                        "[::1]:",
                                        "[::1]:80:80",
                                        "[]",
                                        "[",
                                        "]",
                                        "[[::1]]",
                                        "[fe80::1%eth0]",
                                        "[::1]]",
                                        "[::1]:]",
                                        " 1.2.3.4",
                                        "1.2.3.4 "}) {
        EXPECT_EQ(parse_node(text), std::nullopt) << text;
        EXPECT_EQ(parse_plain_node(text), std::nullopt) << text;
    }
    for (const std::string_view text :
         {std::string_view("1.2.3.4\0", 8), std::string_view("_\0", 2),
          std::string_view("[::1]\0", 6)}) {
        EXPECT_EQ(parse_node(text), std::nullopt);
        EXPECT_EQ(parse_plain_node(text), std::nullopt);
    }
}

TEST(ForwardedNode, brackets_may_be_absent_where_there_is_no_standard) {
    for (const std::string_view text : {"::1", "2001:db8::17", "::ffff:1.2.3.4"}) {
        EXPECT_EQ(parse_node(text), std::nullopt) << text;
        EXPECT_EQ(parse_plain_node(text), at(text)) << text;
    }
    EXPECT_EQ(parse_plain_node("1.2.3.4"), at("1.2.3.4"));
    EXPECT_EQ(parse_plain_node("1.2.3.4:5"), at("1.2.3.4", 5));
    EXPECT_EQ(parse_plain_node("[::1]:5"), at("::1", 5));
    EXPECT_EQ(parse_plain_node("::1:5"), at("::1:5"));
    EXPECT_EQ(parse_plain_node("unknown"), Node{});
}

}  // namespace
}  // namespace trivet::forwarded
