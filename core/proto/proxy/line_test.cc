#include "proto/proxy/line.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::proxy {
namespace {

Endpoint endpoint(std::string_view address, std::uint16_t port) {
    return {IpAddress::parse(address).value(), port};
}

Header read(std::string_view line) {
    Header header;
    EXPECT_EQ(read_line(line, header), line.size()) << line;
    EXPECT_EQ(header.version, 1);
    EXPECT_FALSE(header.is_local);
    EXPECT_FALSE(header.is_datagram);
    return header;
}

HeaderError line_refusal(std::string_view line) {
    Header header;
    const auto size = read_line(line, header);
    EXPECT_FALSE(size.has_value()) << line;
    return size ? HeaderError::signature : size.error();
}

// Section 2.1, and its longest lines.
TEST(ProxyLine, reads_addresses_and_ports) {
    const Header v4 = read("PROXY TCP4 255.255.255.255 255.255.255.254 65535 0\r\n");
    EXPECT_EQ(v4.family, Family::ip);
    EXPECT_EQ(v4.source, endpoint("255.255.255.255", 65535));
    EXPECT_EQ(v4.destination, endpoint("255.255.255.254", 0));
    const Header v6 = read(
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"
        " 65535 65535\r\n");
    EXPECT_EQ(v6.family, Family::ip);
    EXPECT_EQ(v6.source, endpoint("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535));
    EXPECT_EQ(v6.destination, endpoint("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 65535));
}

TEST(ProxyLine, a_mapped_address_is_the_ipv4_address) {
    const Header header = read("PROXY TCP6 ::ffff:192.0.2.1 ::FFFF:C000:0202 1 2\r\n");
    EXPECT_EQ(header.source, endpoint("192.0.2.1", 1));
    EXPECT_EQ(header.destination, endpoint("192.0.2.2", 2));
}

TEST(ProxyLine, unknown_says_nothing_whatever_follows) {
    for (const std::string& line :
         {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN \r\n"),
          std::string("PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2\r\n"),
          std::string("PROXY UNKNOWN \0\xff\r \r\r\n", 21),
          "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff " + std::string(59, '6') + "\r\n"}) {
        EXPECT_EQ(read(line).family, Family::unknown);
    }
}

TEST(ProxyLine, a_line_of_107_bytes_is_the_longest) {
    const std::string longest = "PROXY UNKNOWN " + std::string(107 - 16, 'x') + "\r\n";
    ASSERT_EQ(longest.size(), kLineBytesMax);
    EXPECT_EQ(read(longest).family, Family::unknown);
    Header header;
    EXPECT_EQ(read_line(longest.substr(0, kLineBytesMax - 1), header), 0u);
    EXPECT_EQ(line_refusal("PROXY UNKNOWN " + std::string(107 - 15, 'x') + "\r\n"),
              HeaderError::line_size);
    EXPECT_EQ(line_refusal("PROXY TCP4 " + std::string(100'000, '1')), HeaderError::line_size);
}

TEST(ProxyLine, refuses_every_other_way_to_write_one) {
    for (const std::string_view line : {
             "PROXY \r\n",
             "PROXY \n",
             "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY TCP4\r\n",
             "PROXY TCP4 \r\n",
             "PROXY TCP4    \r\n",
             "PROXY TCP4 1.2.3.4\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 \r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8  2\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
             "PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n",
             "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY TCP4 1.2.3.4\t5.6.7.8 1 2\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r \n",
             "PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.256 1 2\r\n",
             "PROXY TCP4 ::1 ::1 1 2\r\n",
             "PROXY TCP4 ::ffff:1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY TCP4 1.2.3.4 ::1 1 2\r\n",
             "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY TCP6 ::1 5.6.7.8 1 2\r\n",
             "PROXY TCP6 [::1] ::1 1 2\r\n",
             "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
             "PROXY TCP6 ::1 ::1 1 65536\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
             "PROXY TCP4 1.2.3.4 5.6.7.8 1 99999999999999999999\r\n",
             "PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY TCP 1.2.3.4 5.6.7.8 1 2\r\n",
             "PROXY UNKNOWN2\r\n",
             "PROXY UNKNOWN a\nb\r\n",
             "PROXY unknown\r\n",
         }) {
        EXPECT_EQ(line_refusal(line), HeaderError::line) << line;
    }
    EXPECT_EQ(line_refusal(std::string_view("PROXY TCP4 1.2.3.4\0 5.6.7.8 1 2\r\n", 33)),
              HeaderError::line);
    EXPECT_EQ(line_refusal(std::string_view("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\0\r\n", 33)),
              HeaderError::line);
}

}  // namespace
}  // namespace trivet::proxy
