#include "base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>

namespace trivet {
namespace {

std::string written(const IpAddress& address) {
    char text[IpAddress::kTextBytesMax];
    return {text, address.write(text)};
}

std::string rewritten(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address ? written(*address) : "none";
}

TEST(IpAddress, reads_ipv4) {
    EXPECT_EQ(IpAddress::parse("127.0.0.1"), IpAddress::of_ipv4(0x7f000001));
    EXPECT_EQ(IpAddress::parse("0.0.0.0"), IpAddress::of_ipv4(0));
    EXPECT_EQ(IpAddress::parse("255.255.255.255"), IpAddress::of_ipv4(0xffffffff));
    EXPECT_EQ(IpAddress::parse("1.2.3.4"), IpAddress::of_ipv4(0x01020304));
}

TEST(IpAddress, refuses_every_loose_ipv4) {
    for (const std::string_view text :
         {"",          "1",          "1.2",       "1.2.3",      "1.2.3.4.5",        "1.2.3.",
          ".1.2.3",    "1..2.3",     "1.2.3.4.",  "256.1.1.1",  "1.2.3.256",        "01.2.3.4",
          "1.2.3.04",  "0x7f.0.0.1", "1.2.3.4 ",  " 1.2.3.4",   "1.2.3.-4",         "+1.2.3.4",
          "1.2.3.4/8", "1.2.3.4:80", "1.2.3.4%1", "2130706433", "1.2.3.4294967297", "1,2,3,4",
          "a.b.c.d"}) {
        EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
    }
    EXPECT_EQ(IpAddress::parse(std::string_view("1.2.3.4\0", 8)), std::nullopt);
    EXPECT_EQ(IpAddress::parse(std::string_view("1.2\0.3.4", 8)), std::nullopt);
    EXPECT_EQ(IpAddress::parse("1.2.3." + std::string(10000, '4')), std::nullopt);
}

TEST(IpAddress, reads_ipv6) {
    EXPECT_EQ(IpAddress::parse("::"), IpAddress());
    EXPECT_EQ(IpAddress::parse("::1"), IpAddress::of_ipv6(0, 1));
    EXPECT_EQ(IpAddress::parse("1::"), IpAddress::of_ipv6(std::uint64_t{1} << 48, 0));
    EXPECT_EQ(IpAddress::parse("1:2:3:4:5:6:7:8"),
              IpAddress::of_ipv6(0x0001000200030004, 0x0005000600070008));
    EXPECT_EQ(IpAddress::parse("2001:DB8::aBcD"), IpAddress::of_ipv6(0x20010db800000000, 0xabcd));
    EXPECT_EQ(IpAddress::parse("1:2:3:4:5:6:7::"),
              IpAddress::of_ipv6(0x0001000200030004, 0x0005000600070000));
    EXPECT_EQ(IpAddress::parse("::2:3:4:5:6:7:8"),
              IpAddress::of_ipv6(0x0000000200030004, 0x0005000600070008));
    EXPECT_EQ(IpAddress::parse("64:ff9b::192.0.2.33"),
              IpAddress::of_ipv6(0x0064ff9b00000000, 0xc0000221));
    EXPECT_EQ(IpAddress::parse("1:2:3:4:5:6:7.8.9.10"),
              IpAddress::of_ipv6(0x0001000200030004, 0x000500060708090a));
}

TEST(IpAddress, refuses_every_loose_ipv6) {
    for (const std::string_view text : {":",
                                        ":::",
                                        "1",
                                        "1:",
                                        ":1",
                                        "1:2",
                                        "1:2:3:4:5:6:7",
                                        "1:2:3:4:5:6:7:",
                                        ":2:3:4:5:6:7:8",
                                        "1:2:3:4:5:6:7:8:9",
                                        "1::2::3",
                                        "1:::2",
                                        "::1:",
                                        "12345::",
                                        "g::",
                                        "::1%eth0",
                                        "fe80::1%1",
                                        "[::1]",
                                        "::1/64",
                                        "::01234",
                                        "1:2:3:4::5:6:7:8",
                                        "::1:2:3:4:5:6:7:8",
                                        "1.2.3.4::",
                                        "::1.2.3",
                                        "::1.2.3.4.5",
                                        "::01.2.3.4",
                                        "1:2:3:4:5:6:7:1.2.3.4",
                                        "1:2:3:4:5:6::7:1.2.3.4",
                                        "::1.2.3.4:5",
                                        "::-1",
                                        ":: 1",
                                        "1.2.3.4:5::"}) {
        EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
    }
    EXPECT_EQ(IpAddress::parse(std::string_view("::1\0", 4)), std::nullopt);
    EXPECT_EQ(IpAddress::parse(std::string(10000, ':')), std::nullopt);
}

TEST(IpAddress, a_mapped_address_is_the_ipv4_address) {
    EXPECT_EQ(IpAddress::parse("::ffff:1.2.3.4"), IpAddress::parse("1.2.3.4"));
    EXPECT_EQ(IpAddress::parse("0:0:0:0:0:FFFF:0102:0304"), IpAddress::parse("1.2.3.4"));
    EXPECT_TRUE(IpAddress::parse("::ffff:0:0")->is_ipv4());
    EXPECT_FALSE(IpAddress::parse("::fffe:1.2.3.4")->is_ipv4());
    EXPECT_FALSE(IpAddress::parse("::1.2.3.4")->is_ipv4());
    EXPECT_FALSE(IpAddress::parse("1::ffff:1.2.3.4")->is_ipv4());
}

TEST(IpAddress, knows_loopback) {
    for (const std::string_view text :
         {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.1.2.3"}) {
        EXPECT_TRUE(IpAddress::parse(text)->is_loopback()) << text;
    }
    for (const std::string_view text :
         {"126.255.255.255", "128.0.0.0", "::", "::2", "::127.0.0.1", "1::1", "0.0.0.1"}) {
        EXPECT_FALSE(IpAddress::parse(text)->is_loopback()) << text;
    }
}

TEST(IpAddress, writes_the_text_of_rfc_5952) {
    EXPECT_EQ(rewritten("2001:0db8::0001"), "2001:db8::1");               // 4.1
    EXPECT_EQ(rewritten("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");        // 4.2.1
    EXPECT_EQ(rewritten("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");  // 4.2.2
    EXPECT_EQ(rewritten("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");          // 4.2.3
    EXPECT_EQ(rewritten("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    EXPECT_EQ(rewritten("2001:DB8::ABCD"), "2001:db8::abcd");  // 4.3
    EXPECT_EQ(rewritten("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(rewritten("0:0:0:0:0:0:0:0"), "::");
    EXPECT_EQ(rewritten("0:0:0:0:0:0:0:1"), "::1");
    EXPECT_EQ(rewritten("1:0:0:0:0:0:0:0"), "1::");
    EXPECT_EQ(rewritten("0:1:0:1:0:1:0:1"), "0:1:0:1:0:1:0:1");
    EXPECT_EQ(rewritten("0:0:1:1:1:1:0:0"), "::1:1:1:1:0:0");
    EXPECT_EQ(rewritten("1:1:1:1:1:1:0:0"), "1:1:1:1:1:1::");
    EXPECT_EQ(rewritten("0:0:1:1:1:1:1:1"), "::1:1:1:1:1:1");
    EXPECT_EQ(rewritten("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").size(),
              IpAddress::kTextBytesMax);
    EXPECT_EQ(rewritten("255.255.255.255"), "255.255.255.255");
}

// Which groups are zero is all that the shortening looks at.
TEST(IpAddress, every_pattern_of_zeros_reads_back_and_agrees_with_the_system) {
    for (unsigned zeros = 0; zeros < 256; ++zeros) {
        std::uint8_t bytes[16] = {};
        std::uint64_t halves[2] = {};
        for (unsigned group = 0; group < 8; ++group) {
            if ((zeros >> group & 1) == 0) {
                bytes[group * 2 + 1] = 9;
                halves[group / 4] |= std::uint64_t{9} << (48 - group % 4 * 16);
            }
        }
        const IpAddress address = IpAddress::of_ipv6(halves[0], halves[1]);
        const std::string text = written(address);
        EXPECT_EQ(IpAddress::parse(text), address) << text;
        char system_text[INET6_ADDRSTRLEN];
        ASSERT_NE(inet_ntop(AF_INET6, bytes, system_text, sizeof system_text), nullptr);
        if (halves[0] != 0 || (halves[1] >> 32) != 0) {  // others look like IPv4 to the system
            EXPECT_EQ(text, system_text);
        }
    }
}

}  // namespace
}  // namespace trivet
