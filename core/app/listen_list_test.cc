#include "app/listen_list.h"

#include <gtest/gtest.h>

namespace trivet::app {
namespace {

std::vector<ListenAddress> addresses_of(std::string_view text) {
    auto parsed = parse_listen_list(text);
    EXPECT_TRUE(parsed.has_value()) << text;
    return parsed.value_or(std::vector<ListenAddress>{});
}

std::string fault_of(std::string_view text) {
    const auto parsed = parse_listen_list(text);
    EXPECT_FALSE(parsed.has_value()) << text;
    return parsed ? std::string() : parsed.error();
}

TEST(ListenList, reads_addresses_and_the_words_behind_them) {
    const std::vector<ListenAddress> expected{
        {.host = "0.0.0.0", .port = 80, .is_plain = true},
        {.host = "::1", .port = 8443},
        {.host = "localhost", .port = 0, .is_proxied = true},
        {.host = "unix:/run/a:1.sock", .is_plain = true, .is_proxied = true},
        {.host = "unix:@name"},
    };
    EXPECT_EQ(addresses_of("0.0.0.0:80 plain, [::1]:8443,localhost:0\tproxy , "
                           "unix:/run/a:1.sock proxy  plain, unix:@name,"),
              expected);
    EXPECT_TRUE(addresses_of("").empty());
    EXPECT_TRUE(addresses_of("  ").empty());
}

TEST(ListenList, writes_what_it_reads) {
    const std::string text = "0.0.0.0:80 plain, [::1]:8443, unix:/run/a.sock plain proxy";
    std::string written;
    for (const ListenAddress& address : addresses_of(text)) {
        written += (written.empty() ? "" : ", ") + to_text(address);
    }
    EXPECT_EQ(written, text);
}

TEST(ListenList, says_what_is_wrong) {
    const std::string port = "it ends with no port";
    const std::string host =
        "it is no IPv4 address, no IPv6 address in brackets, and not localhost";
    EXPECT_EQ(fault_of("0.0.0.0"), "'0.0.0.0': " + port);
    EXPECT_EQ(fault_of("0.0.0.0:65536"), "'0.0.0.0:65536': " + port);
    EXPECT_EQ(fault_of("0.0.0.0:+1"), "'0.0.0.0:+1': " + port);
    EXPECT_EQ(fault_of("0.0.0.0:"), "'0.0.0.0:': " + port);
    EXPECT_EQ(fault_of(":80"), "':80': " + host);
    EXPECT_EQ(fault_of("::1:80"), "'::1:80': " + host);
    EXPECT_EQ(fault_of("[127.0.0.1]:80"), "'[127.0.0.1]:80': " + host);
    EXPECT_EQ(fault_of("example.com:80"), "'example.com:80': " + host);
    EXPECT_EQ(fault_of("1.2.3.4:1, , 1.2.3.4:2"), "'': " + port);
    EXPECT_EQ(fault_of("1.2.3.4:1 tls"),
              "'1.2.3.4:1 tls': the words behind it are plain and "
              "proxy, once each");
    EXPECT_NE(fault_of("1.2.3.4:1 plain plain"), "");
    EXPECT_EQ(fault_of("1.2.3.4:1,1.2.3.4:1 plain"), "'1.2.3.4:1 plain': it is there twice");
    EXPECT_NE(fault_of("unix:/a, unix:/a"), "");
    EXPECT_EQ(fault_of("unix: proxy"), "'unix: proxy': it names no socket");
    EXPECT_EQ(addresses_of("1.2.3.4:0,1.2.3.4:0").size(), 2u) << "the kernel chooses two";
}

TEST(ListenList, has_an_end) {
    std::string text;
    for (std::size_t count = 0; count < kListenAddressesMax; ++count) {
        text += "127.0.0.1:0,";
    }
    EXPECT_EQ(addresses_of(text).size(), kListenAddressesMax);
    EXPECT_EQ(fault_of(text + "127.0.0.1:1"), "'127.0.0.1:1': it is one more than 16");
}

}  // namespace
}  // namespace trivet::app
