#include "proto/proxy/header.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/proxy/writing_test.h"

namespace trivet::proxy {
namespace {

const std::string kAddresses4("\x0a\0\0\1\x0a\0\0\2\x30\x39\0\x50", 12);

using Outcome = std::expected<std::size_t, HeaderError>;

Outcome outcome(std::string_view input) {
    Header header;
    return read_header(input, header);
}

std::vector<std::string> samples() {
    return {"PROXY TCP4 10.0.0.1 10.0.0.2 12345 80\r\n",
            "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n",
            "PROXY UNKNOWN\r\n",
            "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n",
            "PROXY UNKNOWN anything \xff at all\r\n",
            "PROXY TCP4 10.0.0.1 10.0.0.2 12345 65536\r\n",
            "PROXY TCP5 1 2 3 4\r\n",
            "PROXY TCP4 10.0.0.1\n",
            "PROXY " + std::string(200, 'x'),
            "GET / HTTP/1.1\r\n\r\n",
            "PROXYX",
            "proxy TCP4 ",
            "\r\n\r\nGET",
            std::string("\r\n\r\n\0\r\nQUIT\r", 12),
            binary_header(0x20, 0, ""),
            binary_header(0x20, 0xff, "whatever stands here"),
            binary_header(0x21, 0, "also here"),
            binary_header(0x21, 0x11, kAddresses4),
            binary_header(0x21, 0x11, kAddresses4 + entry(5, "id") + entry(0xe0, "")),
            with_checksum(0x21, 0x11, kAddresses4),
            binary_header(0x21, 0x11, kAddresses4 + entry(3, "abcd")),
            binary_header(0x21, 0x11, kAddresses4 + "\x05"),
            binary_header(0x21, 0x21, std::string(36, '\1')),
            binary_header(0x21, 0x31, std::string(216, '/')),
            binary_header(0x21, 0x11, kAddresses4.substr(1)),
            binary_header(0x21, 0x13, kAddresses4),
            binary_header(0x22, 0x11, kAddresses4),
            binary_header(0x11, 0x11, kAddresses4),
            binary_header(0x21, 0x11, kAddresses4 + std::string(5000, 'x'))};
}

TEST(ProxyHeader, how_the_bytes_come_makes_no_difference) {
    for (const std::string& sample : samples()) {
        const Outcome whole = outcome(sample);
        bool is_known = false;
        for (std::size_t size = 0; size <= sample.size(); ++size) {
            // Its own room, so that the address sanitizer sees a byte too many.
            const std::vector<char> room(sample.begin(),
                                         sample.begin() + static_cast<std::ptrdiff_t>(size));
            const Outcome part = outcome({room.data(), room.size()});
            if (part == Outcome(0)) {
                EXPECT_FALSE(is_known) << sample << " " << size;
            } else {
                EXPECT_EQ(part, whole) << sample << " " << size;
                is_known = true;
            }
        }
        EXPECT_TRUE(is_known) << sample;
    }
}

TEST(ProxyHeader, what_follows_is_the_clients) {
    for (const std::string& sample : samples()) {
        const Outcome alone = outcome(sample);
        if (!alone) {
            continue;
        }
        EXPECT_EQ(*alone, sample.size());
        for (const std::string_view behind : {"GET / HTTP/1.1\r\n", "\r\n", "PROXY UNKNOWN\r\n"}) {
            EXPECT_EQ(outcome(sample + std::string(behind)), alone) << sample << behind;
        }
    }
}

TEST(ProxyHeader, refuses_other_protocols_at_their_first_wrong_byte) {
    for (const std::string_view input :
         {std::string_view("G"), std::string_view("\0", 1), std::string_view("PX"),
          std::string_view("PROXYT"), std::string_view("\n"), std::string_view("\r\n\r\n\r"),
          std::string_view("\r\n\r\n\0\r\nQUIT\0", 12), std::string_view(" PROXY"),
          std::string_view("\x16\x03\x01")}) {
        EXPECT_EQ(outcome(input), Outcome(std::unexpect, HeaderError::signature)) << input;
    }
}

TEST(ProxyHeader, is_untouched_by_what_is_refused_or_unfinished) {
    Header header;
    header.source_path = "before";
    for (const std::string& sample : samples()) {
        if (!outcome(sample)) {
            EXPECT_FALSE(read_header(sample, header));
        } else {
            EXPECT_EQ(read_header(sample.substr(0, sample.size() - 1), header), Outcome(0));
        }
        EXPECT_EQ(header.source_path, "before") << sample;
        EXPECT_EQ(header.version, 0) << sample;
    }
}

TEST(ProxyHeader, every_refusal_has_words) {
    for (const HeaderError error :
         {HeaderError::signature, HeaderError::line_size, HeaderError::line, HeaderError::command,
          HeaderError::family, HeaderError::size, HeaderError::extension, HeaderError::checksum}) {
        EXPECT_FALSE(message(error).empty());
    }
}

}  // namespace
}  // namespace trivet::proxy
