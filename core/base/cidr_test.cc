#include "base/cidr.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet {
namespace {

bool contains(std::string_view block, std::string_view address) {
    return Cidr::parse(block).value().contains(IpAddress::parse(address).value());
}

CidrError refusal(std::string_view text) {
    const auto block = Cidr::parse(text);
    EXPECT_FALSE(block.has_value()) << text;
    return block ? CidrError::full : block.error();
}

TEST(Cidr, holds_what_begins_alike) {
    struct Case {
        std::string_view block;
        std::string_view inside;
        std::string_view outside;
    };
    for (const auto& [block, inside, outside] : {
             Case{"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
             Case{"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
             Case{"172.16.0.0/12", "172.31.255.255", "172.32.0.0"},
             Case{"192.168.1.128/25", "192.168.1.128", "192.168.1.127"},
             Case{"1.2.3.4/32", "1.2.3.4", "1.2.3.5"},
             Case{"1.2.3.4", "1.2.3.4", "1.2.3.5"},
             Case{"1.2.3.4/31", "1.2.3.5", "1.2.3.6"},
             Case{"0.0.0.0/0", "255.255.255.255", "::1"},
             Case{"0.0.0.0/1", "127.255.255.255", "128.0.0.0"},
             Case{"::/0", "ffff::", "1.2.3.4"},
             Case{"::/64", "::1", "0:0:0:1::"},
             Case{"::/80", "::fffe:1.2.3.4", "1.2.3.4"},
             Case{"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
             Case{"2001:db8::/63", "2001:db8:0:1:ffff::", "2001:db8:0:2::"},
             Case{"2001:db8::/64", "2001:db8::ffff:0:0:1", "2001:db8:0:1::"},
             Case{"2001:db8::/65", "2001:db8::7fff:0:0:1", "2001:db8::8000:0:0:1"},
             Case{"::1", "::1", "::"},
             Case{"::1/128", "::1", "::3"},
             Case{"fe80::/10", "febf::1", "fec0::"},
         }) {
        EXPECT_TRUE(contains(block, inside)) << block << " " << inside;
        EXPECT_FALSE(contains(block, outside)) << block << " " << outside;
    }
}

TEST(Cidr, every_prefix_cuts_at_its_bit) {
    for (std::uint32_t bits = 1; bits <= 128; ++bits) {
        const bool is_high = bits <= 64;
        const std::uint64_t last = std::uint64_t{1} << (is_high ? 64 - bits : 128 - bits);
        const auto block = Cidr::parse("::/" + std::to_string(bits)).value();
        const auto at = [is_high](std::uint64_t half) {
            return is_high ? IpAddress::of_ipv6(half, 0) : IpAddress::of_ipv6(0, half);
        };
        EXPECT_TRUE(block.contains(IpAddress())) << bits;
        EXPECT_FALSE(block.contains(at(last))) << bits;
        EXPECT_TRUE(block.contains(at(last >> 1))) << bits;
    }
}

TEST(Cidr, a_mapped_block_is_a_block_of_ipv4) {
    EXPECT_EQ(Cidr::parse("::ffff:10.0.0.0/104"), Cidr::parse("10.0.0.0/8"));
    EXPECT_EQ(Cidr::parse("::ffff:0:0/96"), Cidr::parse("0.0.0.0/0"));
    EXPECT_TRUE(contains("::ffff:1.2.3.4", "1.2.3.4"));
    EXPECT_TRUE(contains("1.2.3.0/24", "::ffff:1.2.3.4"));
    EXPECT_EQ(refusal("::ffff:10.0.0.0/8"), CidrError::host_bits);
    EXPECT_EQ(refusal("::ffff:0:0/95"), CidrError::host_bits);
}

TEST(Cidr, refuses_what_it_cannot_be_sure_of) {
    for (const std::string_view text :
         {"", "/", "/8", "10/8", "10.0.0/8", "010.0.0.0/8", "[::1]/128", "fe80::1%eth0/64", "a/8",
          " 10.0.0.0/8", "localhost"}) {
        EXPECT_EQ(refusal(text), CidrError::address) << text;
    }
    for (const std::string_view text :
         {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
          "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "::/129", "::/4294967296", "::/ 1"}) {
        EXPECT_EQ(refusal(text), CidrError::prefix) << text;
    }
    for (const std::string_view text :
         {"10.0.0.1/8", "10.1.2.3/8", "1.2.3.5/31", "0.0.0.1/0", "::1/127", "1::/15", "1::1/64"}) {
        EXPECT_EQ(refusal(text), CidrError::host_bits) << text;
    }
    EXPECT_EQ(refusal(std::string_view("10.0.0.0/8\0", 11)), CidrError::prefix);
}

TEST(Cidr, a_list_holds_what_its_blocks_hold) {
    CidrList list;
    EXPECT_FALSE(list.contains(IpAddress()));
    EXPECT_FALSE(list.contains(IpAddress::of_ipv4(0)));
    ASSERT_TRUE(list.add("10.0.0.0/8"));
    ASSERT_TRUE(list.add("fd00::/8"));
    EXPECT_EQ(list.add("10.0.0.1/8").error(), CidrError::host_bits);
    EXPECT_EQ(list.size(), 2u);
    EXPECT_TRUE(list.contains(IpAddress::parse("10.1.2.3").value()));
    EXPECT_TRUE(list.contains(IpAddress::parse("fd12::3").value()));
    EXPECT_FALSE(list.contains(IpAddress::parse("11.1.2.3").value()));
    EXPECT_FALSE(list.contains(IpAddress::parse("::").value()));
}

TEST(Cidr, a_list_is_bounded) {
    CidrList list;
    for (std::size_t index = 0; index < kCidrsMax; ++index) {
        ASSERT_TRUE(list.add("10.0.0.0/8"));
    }
    EXPECT_EQ(list.add("11.0.0.0/8").error(), CidrError::full);
    EXPECT_EQ(list.size(), kCidrsMax);
    EXPECT_EQ(list.blocks().size(), kCidrsMax);
}

TEST(Cidr, every_refusal_has_words) {
    for (const CidrError error :
         {CidrError::address, CidrError::prefix, CidrError::host_bits, CidrError::full}) {
        EXPECT_FALSE(message(error).empty());
    }
}

}  // namespace
}  // namespace trivet
