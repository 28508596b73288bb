#include "proto/forwarded/element.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::forwarded {
namespace {

using Texts = std::vector<std::string_view>;

Texts elements(const Texts& lines, bool has_strings = true) {
    Texts found;
    ElementCursor cursor(lines, has_strings);
    for (std::string_view element; cursor.next(element);) {
        found.push_back(element);
    }
    return found;
}

TEST(ForwardedElement, the_last_comes_first) {
    EXPECT_EQ(elements({"a, b,c"}), (Texts{"c", "b", "a"}));
    EXPECT_EQ(elements({"a", "b, c", "d"}), (Texts{"d", "c", "b", "a"}));
    EXPECT_EQ(elements({}), Texts{});
}

TEST(ForwardedElement, empty_ones_are_passed_over) {
    EXPECT_EQ(elements({"", ",", " , \t,,", ",a,,b ,", ""}), (Texts{"b", "a"}));
    EXPECT_EQ(elements({std::string(100'000, ',')}), Texts{});
}

TEST(ForwardedElement, a_comma_in_a_string_ends_nothing) {
    EXPECT_EQ(elements({R"(a="x,y", b="1\",2", c)"}), (Texts{"c", R"(b="1\",2")", R"(a="x,y")"}));
    EXPECT_EQ(elements({R"(a="\\", b=",\\\"")"}), (Texts{R"(b=",\\\"")", R"(a="\\")"}));
    EXPECT_EQ(elements({R"(a="x,y")"}, false), (Texts{R"(y")", R"(a="x)"}));
}

// What a client left open in front cannot swallow what a proxy added.
TEST(ForwardedElement, the_last_is_whole_whatever_stands_in_front) {
    for (const std::string& front :
         {std::string(R"(for=")"), std::string(R"(for="a\)"), std::string(R"(")"),
          std::string(R"("")"), std::string(R"("\")"), std::string(R"(\)"), std::string(R"(x=",")"),
          std::string("\0\"", 2), std::string(R"(for="1.2.3.4", by=")"), std::string(99, '\\')}) {
        for (const std::string_view added :
             {R"(for=192.0.2.1;proto=https)", R"(for="[2001:db8::1]:80";proto="https")",
              R"(x="a,b\"c\\";for=_x)"}) {
            const std::string line = front + ", " + std::string(added);
            EXPECT_EQ(elements({line}).at(0), added) << line;
        }
    }
}

TEST(ForwardedElement, of_a_string_without_beginning_all_is_given) {
    EXPECT_EQ(elements({"z", R"(a, b, c")"}), (Texts{R"(a, b, c")", "z"}));
    EXPECT_EQ(elements({R"(a\"b, c")"}), (Texts{R"(a\"b, c")"}));
}

TEST(ForwardedElement, reads_the_examples_of_rfc_7239) {
    const auto first = parse_element(R"(for="_gazonk")").value();
    EXPECT_EQ(first.node, Node{});
    const auto second = parse_element(R"(For="[2001:db8:cafe::17]:4711")").value();
    EXPECT_EQ(second.node->address, IpAddress::parse("2001:db8:cafe::17"));
    EXPECT_EQ(second.node->port, 4711);
    const auto third = parse_element("for=192.0.2.60;proto=http;by=203.0.113.43").value();
    EXPECT_EQ(third.node->address, IpAddress::parse("192.0.2.60"));
    EXPECT_EQ(third.scheme, "http");
    EXPECT_EQ(third.host, "");
}

TEST(ForwardedElement, reads_what_proxies_write) {
    const auto element =
        parse_element(
            R"(by=_me ; HOST="example.org:8443"; proto=HTTPS;;secret="a;b,\"c";for=unknown;)")
            .value();
    EXPECT_EQ(element.node, Node{});
    EXPECT_EQ(element.host, "example.org:8443");
    EXPECT_EQ(element.scheme, "https");
    EXPECT_EQ(parse_element("host=example.org").value().host, "example.org");
    EXPECT_EQ(parse_element("proto=ftp").value().scheme, "");
    EXPECT_FALSE(parse_element("proto=http").value().node);
    EXPECT_FALSE(parse_element("").value().node);
}

TEST(ForwardedElement, refuses_what_is_malformed) {
    for (const std::string_view text : {
             "for",
             "for=",
             "=1",
             "for =1.2.3.4",
             "for= 1.2.3.4",
             "for=1.2.3.4 x=1",
             "for=1.2.3.4:80",
             "for=[::1]",
             R"(for="::1")",
             R"(for="1.2.3.4)",
             R"(for=1.2.3.4")",
             R"(for="")",
             R"(for="1.2.3.4"x)",
             R"(for=""1.2.3.4"")",
             R"(for="1.2.3\.4")",
             R"(for="1.2.3.4\")",
             R"(for="1.2.3.4\)",
             "for=example.org",
             "for=1.2.3.4,for=1.2.3.4",
             "for=1.2.3.4;for=1.2.3.4",
             "for=1.2.3.4;FOR=1.2.3.5",
             "proto=http;proto=https",
             "host=a;host=a",
             "by=_a;by=_a",
             R"(host="a b")",
             R"(host="")",
             R"(host="a/b")",
             R"(host="user@a")",
             R"(host="a:99999")",
             R"(host="a\b")",
             "proto=1",
             R"(proto="a b")",
             R"(proto="")",
             "x=\"\x01\"",
             "x=\"\\\x01\"",
             "x=\"\x7f\"",
             "f\xc3\xbcr=1",
         }) {
        EXPECT_FALSE(parse_element(text)) << text;
    }
    EXPECT_FALSE(parse_element(std::string_view("for=1.2.3.4\0", 12)));
    EXPECT_FALSE(parse_element(std::string_view("x=\"\0\"", 5)));
}

TEST(ForwardedElement, schemes_that_begin_as_http_are_http) {
    EXPECT_EQ(scheme_named("http"), "http");
    EXPECT_EQ(scheme_named("WS"), "http");
    EXPECT_EQ(scheme_named("Https"), "https");
    EXPECT_EQ(scheme_named("wss"), "https");
    for (const std::string_view name : {"", "httpx", "https ", "ftp", "http,https", "on"}) {
        EXPECT_EQ(scheme_named(name), "") << name;
    }
}

}  // namespace
}  // namespace trivet::forwarded
