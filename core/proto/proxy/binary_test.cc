#include "proto/proxy/binary.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/proxy/writing_test.h"

namespace trivet::proxy {
namespace {

const std::string kFour("\xc0\0\2\1\xc0\0\2\2\x30\x39\1\xbb", 12);
const std::string kSix(
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
    "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1"
    "\0\0\xff\xff",
    36);

Header read_all(const std::string& text) {
    Header header;
    EXPECT_EQ(read_binary(text, header), text.size());
    EXPECT_EQ(header.version, 2);
    return header;
}

HeaderError binary_refusal(const std::string& text) {
    Header header;
    const auto size = read_binary(text, header);
    EXPECT_FALSE(size.has_value());
    return size ? HeaderError::signature : size.error();
}

std::string path_room(std::string_view path) {
    std::string room(path);
    room.resize(108);
    return room;
}

TEST(ProxyBinary, reads_ipv4) {
    for (const int family : {0x11, 0x12}) {
        const std::string text = binary_header(0x21, family, kFour);
        const Header header = read_all(text);
        EXPECT_EQ(header.family, Family::ip);
        EXPECT_EQ(header.is_datagram, family == 0x12);
        EXPECT_FALSE(header.is_local);
        EXPECT_EQ(header.source, (Endpoint{IpAddress::of_ipv4(0xc0000201), 12345}));
        EXPECT_EQ(header.destination, (Endpoint{IpAddress::of_ipv4(0xc0000202), 443}));
    }
}

TEST(ProxyBinary, reads_ipv6) {
    for (const int family : {0x21, 0x22}) {
        const Header header = read_all(binary_header(0x21, family, kSix));
        EXPECT_EQ(header.family, Family::ip);
        EXPECT_EQ(header.is_datagram, family == 0x22);
        EXPECT_EQ(header.source, (Endpoint{IpAddress::of_ipv6(0x20010db800000000, 1), 0}));
        // Mapped: the IPv4 address that it is.
        EXPECT_EQ(header.destination, (Endpoint{IpAddress::of_ipv4(0xc0000201), 65535}));
    }
}

TEST(ProxyBinary, reads_paths_up_to_their_first_nul) {
    const std::string text = binary_header(
        0x21, 0x31, path_room("/run/a.sock") + path_room(std::string_view("/b\0garbage", 10)));
    const Header header = read_all(text);
    EXPECT_EQ(header.family, Family::local);
    EXPECT_EQ(header.source_path, "/run/a.sock");
    EXPECT_EQ(header.destination_path, "/b");
    const std::string full = binary_header(
        0x21, 0x32, std::string(108, 'a') + path_room(std::string_view("\0abstract", 9)));
    const Header other = read_all(full);
    EXPECT_TRUE(other.is_datagram);
    EXPECT_EQ(other.source_path, std::string(108, 'a'));
    EXPECT_EQ(other.destination_path, "");
}

TEST(ProxyBinary, local_passes_over_whatever_it_carries) {
    for (const int family : {0x00, 0x11, 0x21, 0x31, 0x99, 0xff}) {
        for (const std::string& rest : {std::string(), kFour, std::string("\xff\xff\xff")}) {
            const Header header = read_all(binary_header(0x20, family, rest));
            EXPECT_TRUE(header.is_local);
            EXPECT_EQ(header.family, Family::unknown);
            EXPECT_EQ(header.source, Endpoint());
        }
    }
}

TEST(ProxyBinary, an_unspecified_family_says_no_addresses) {
    const Header header = read_all(binary_header(0x21, 0x00, "any size of any address"));
    EXPECT_FALSE(header.is_local);
    EXPECT_EQ(header.family, Family::unknown);
    EXPECT_TRUE(header.extensions.unique_id.empty());
}

TEST(ProxyBinary, reads_extensions_behind_every_family) {
    const std::string paths(216, '/');
    const std::string texts[] = {binary_header(0x21, 0x11, kFour + entry(5, "id")),
                                 binary_header(0x21, 0x22, kSix + entry(5, "id")),
                                 binary_header(0x21, 0x31, paths + entry(5, "id"))};
    for (const std::string& text : texts) {
        EXPECT_EQ(read_all(text).extensions.unique_id, "id");
    }
    EXPECT_EQ(binary_refusal(binary_header(0x21, 0x11, kFour + "\x05")), HeaderError::extension);
    EXPECT_EQ(binary_refusal(binary_header(0x21, 0x11, kFour + std::string("\x05\0\3id", 5))),
              HeaderError::extension);
}

TEST(ProxyBinary, verifies_a_checksum_that_is_there) {
    const std::string text = with_checksum(0x21, 0x11, kFour + entry(5, "id"));
    EXPECT_TRUE(read_all(text).extensions.checksum_offset);
    const std::size_t type = text.size() - 7;  // of another entry no checksum is known
    for (std::size_t at = 16; at < text.size(); ++at) {
        for (int bit = 0; bit < 8 && at != type; ++bit) {
            std::string changed = text;
            changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
            Header header;
            EXPECT_FALSE(read_binary(changed, header)) << at << " " << bit;
        }
    }
}

TEST(ProxyBinary, a_checksum_may_stand_anywhere) {
    std::string text =
        binary_header(0x21, 0x11, kFour + entry(3, four_bytes(0)) + entry(5, "behind"));
    const std::string checksum = four_bytes(plain_crc32c(text));
    text.replace(16 + kFour.size() + 3, 4, checksum);
    EXPECT_EQ(read_all(text).extensions.unique_id, "behind");
    text.back() = 'D';
    EXPECT_EQ(binary_refusal(text), HeaderError::checksum);
}

TEST(ProxyBinary, every_command_and_family_but_those_of_the_protocol_is_refused) {
    const std::string room(216, '\0');
    for (int command = 0; command < 256; ++command) {
        if (command != 0x20 && command != 0x21) {
            EXPECT_EQ(binary_refusal(binary_header(command, 0x11, room)), HeaderError::command);
        }
    }
    for (int family = 0; family < 256; ++family) {
        const bool is_known = family == 0x00 || family == 0x11 || family == 0x12 ||
                              family == 0x21 || family == 0x22 || family == 0x31 || family == 0x32;
        if (!is_known) {
            EXPECT_EQ(binary_refusal(binary_header(0x21, family, room)), HeaderError::family);
        }
    }
}

TEST(ProxyBinary, the_addresses_fit_into_the_size) {
    EXPECT_EQ(binary_refusal(binary_header(0x21, 0x11, kFour.substr(1))), HeaderError::size);
    EXPECT_EQ(binary_refusal(binary_header(0x21, 0x11, "")), HeaderError::size);
    EXPECT_EQ(binary_refusal(binary_header(0x21, 0x21, kSix.substr(1))), HeaderError::size);
    EXPECT_EQ(binary_refusal(binary_header(0x21, 0x31, std::string(215, 'a'))), HeaderError::size);
}

TEST(ProxyBinary, a_header_is_bounded) {
    const std::size_t room = kBinaryBytesMax - 16 - kFour.size() - 3;
    EXPECT_EQ(read_all(binary_header(0x21, 0x11, kFour + entry(4, std::string(room, 'x')))).family,
              Family::ip);
    const std::string larger =
        binary_header(0x21, 0x11, kFour + entry(4, std::string(room + 1, 'x')));
    EXPECT_EQ(binary_refusal(larger), HeaderError::size);
    EXPECT_EQ(binary_refusal(larger.substr(0, 16)), HeaderError::size);
    EXPECT_EQ(binary_refusal(binary_header(0x20, 0x00, std::string(65535, 'x')).substr(0, 16)),
              HeaderError::size);
}

}  // namespace
}  // namespace trivet::proxy
