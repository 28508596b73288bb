#include "route/host.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::route {
namespace {

std::string shape(std::string_view text) {
    const auto host = compile_host(text);
    return host ? host->shape() : std::to_string(host.error().offset) + ": " + host.error().message;
}

// The labels as they came and, when it is not the same, the name in lower case; "malformed".
std::string parsed(std::string_view field) {
    HostName name;
    if (!name.parse(field)) {
        return "malformed";
    }
    std::string text;
    for (std::size_t index = 0; index < name.label_count(); ++index) {
        EXPECT_EQ(name.label(index).size(), name.raw_label(index).size());
        text.append("[").append(name.raw_label(index)).append("]");
    }
    return text + std::string(name.text());
}

TEST(Host, compiles_labels_and_parameters) {
    EXPECT_EQ(shape("api.example.com"), "api.example.com");
    EXPECT_EQ(shape("API.Example.COM."), "api.example.com");
    EXPECT_EQ(shape("{tenant}.example.com"), "{}.example.com");
    EXPECT_EQ(shape("{a}.{_b1}"), "{}.{}");
    EXPECT_EQ(shape("localhost"), "localhost");
    EXPECT_EQ(shape("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(shape("[2001:DB8::1]"), "[2001:db8::1]");
    EXPECT_EQ(shape("xn--bcher-kva.example"), "xn--bcher-kva.example");
    EXPECT_EQ(compile_host("{a}.b.{c}")->literal_count, 1u);
    EXPECT_TRUE(compile_host("a.b")->is_exact());
    EXPECT_TRUE(compile_host("[::1]")->is_exact());
    EXPECT_FALSE(compile_host("{a}")->is_exact());
}

TEST(Host, says_what_is_malformed) {
    EXPECT_EQ(shape(""), "0: an empty label");
    EXPECT_EQ(shape("."), "0: an empty label");
    EXPECT_EQ(shape("a..b"), "2: an empty label");
    EXPECT_EQ(shape(".a"), "0: an empty label");
    EXPECT_EQ(shape("a.b c"), "2: a label is letters, digits, '-' and '_', or one parameter");
    EXPECT_EQ(shape("a:80"), "0: a label is letters, digits, '-' and '_', or one parameter");
    EXPECT_EQ(shape("*.a"), "0: a label is letters, digits, '-' and '_', or one parameter");
    EXPECT_EQ(shape("x{a}.b"), "0: a label is letters, digits, '-' and '_', or one parameter");
    EXPECT_EQ(shape("b\xc3\xbc.de"), "0: internationalised names are written as ASCII (xn--...)");
    EXPECT_EQ(shape("{a:int}.b"), "0: a host's parameter is a name only, without a type");
    EXPECT_EQ(shape("{}.b"), "0: a host's parameter is a name only, without a type");
    EXPECT_EQ(shape("{a}.b.{a}"), "6: two parameters of one name");
    EXPECT_EQ(shape("[::1"), "0: not an IPv6 address in brackets");
    EXPECT_EQ(shape("[]"), "0: not an IPv6 address in brackets");
    EXPECT_EQ(shape("[::1]:80"), "0: not an IPv6 address in brackets");
    EXPECT_EQ(shape(std::string(kLabelBytesMax + 1, 'a')), "0: a label longer than 63 bytes");
}

TEST(HostName, leaves_out_port_case_and_the_last_dot) {
    EXPECT_EQ(parsed("api.example.com"), "[api][example][com]api.example.com");
    EXPECT_EQ(parsed("API.Example.com:8080"), "[API][Example][com]api.example.com");
    EXPECT_EQ(parsed("a.b.:80"), "[a][b]a.b");
    EXPECT_EQ(parsed("a.b."), "[a][b]a.b");
    EXPECT_EQ(parsed("a:"), "[a]a");
    EXPECT_EQ(parsed("a_b-c.1"), "[a_b-c][1]a_b-c.1");
}

TEST(HostName, reads_addresses) {
    EXPECT_EQ(parsed("127.0.0.1:80"), "[127][0][0][1]127.0.0.1");
    EXPECT_EQ(parsed("[::1]"), "[::1]");
    EXPECT_EQ(parsed("[2001:DB8::A]:443"), "[2001:db8::a]");
    for (const char* field :
         {"[", "[]", "[::1", "[::1]x", "[::1]80", "[::1]:8x", "[g]", "[::1]]"}) {
        EXPECT_EQ(parsed(field), "malformed") << field;
    }
}

TEST(HostName, rejects_what_is_no_name) {
    for (const char* field : {"", ".", ":80", "..", "a..b", ".a", "a b", "a,b", "a/b", "a@b", "a:b",
                              "a:80:80", "a%41", "b\xc3\xbc", "{a}", "a.b..", "a..:80"}) {
        EXPECT_EQ(parsed(field), "malformed") << field;
    }
    EXPECT_EQ(parsed(std::string_view("a\0b", 3)), "malformed");
}

TEST(HostName, is_bounded) {
    EXPECT_NE(parsed(std::string(kLabelBytesMax, 'a')), "malformed");
    EXPECT_EQ(parsed(std::string(kLabelBytesMax + 1, 'a')), "malformed");
    EXPECT_EQ(parsed(std::string(kLabelBytesMax + 1, 'a') + ".b"), "malformed");
    std::string longest = "a";
    while (longest.size() < kHostBytesMax) {
        longest += ".a";
    }
    ASSERT_EQ(longest.size(), kHostBytesMax);
    HostName name;
    for (const char* end : {"", ".", ":1", ".:1"}) {
        EXPECT_TRUE(name.parse(longest + end)) << end;
        EXPECT_EQ(name.text(), longest);
        EXPECT_EQ(name.label_count(), kLabelsMax);
        EXPECT_EQ(name.label(kLabelsMax - 1), "a");
    }
    EXPECT_FALSE(name.parse(longest + "a"));
    EXPECT_FALSE(name.parse(longest + ".a"));
    EXPECT_FALSE(name.parse(longest + ".."));
    EXPECT_TRUE(compile_host(longest).has_value());
    EXPECT_FALSE(compile_host(longest + "a").has_value());
}

}  // namespace
}  // namespace trivet::route
