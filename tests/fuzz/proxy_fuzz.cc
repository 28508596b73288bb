// What a connection begins with, but for the first byte: with 1 in it the rest is carried by a
// header of version 2 that is well-formed up to its addresses, with 2 its checksum is right.
// However the bytes come they say the same; what is read can be written again and reads the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "proto/proxy/binary.h"
#include "proto/proxy/header.h"
#include "proto/proxy/line.h"
#include "proto/proxy/writing_test.h"

namespace trivet::proxy {
namespace {

using fuzz::check;
using Outcome = std::expected<std::size_t, HeaderError>;

Outcome outcome(std::string_view input) {
    Header header;
    return read_header(input, header);
}

// Each prefix in a room of its own, so that the address sanitizer sees a byte too many.
void check_prefixes(std::string_view input, const Outcome& whole) {
    bool is_known = false;
    const std::size_t end = std::min<std::size_t>(input.size(), 300);
    for (std::size_t size = 0; size <= end; ++size) {
        const std::vector<char> room(input.begin(), input.begin() + size);
        const Outcome part = outcome({room.data(), size});
        if (part == Outcome(0)) {
            check(!is_known, "more bytes do not undo an outcome");
            continue;
        }
        is_known = true;
        check(part == whole, "a prefix says the same or nothing");
        check(!part || *part <= size, "no more is taken than came");
    }
}

bool is_within(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

std::string text_of(const IpAddress& address) {
    char text[IpAddress::kTextBytesMax];
    return {text, address.write(text)};
}

std::string line_of(const Header& header) {
    if (header.family == Family::unknown) return "PROXY UNKNOWN\r\n";
    const auto address = [](const IpAddress& value, bool is_mapped) {
        return (is_mapped && value.is_ipv4() ? "::ffff:" : "") + text_of(value);
    };
    const bool is_tcp6 = !header.source.address.is_ipv4() || !header.destination.address.is_ipv4();
    return std::string("PROXY TCP") + (is_tcp6 ? "6 " : "4 ") +
           address(header.source.address, is_tcp6) + " " +
           address(header.destination.address, is_tcp6) + " " + std::to_string(header.source.port) +
           " " + std::to_string(header.destination.port) + "\r\n";
}

void check_line(std::string_view input, const Header& header) {
    check(input.size() <= kLineBytesMax && input.ends_with("\r\n"), "a line is one");
    check(header.family != Family::local && !header.is_local && !header.is_datagram, "of TCP");
    check(header.extensions.unique_id.empty() && !header.extensions.tls, "and nothing else");
    if (header.family == Family::ip) {
        const bool is_tcp6 = input.starts_with("PROXY TCP6 ");
        check(is_tcp6 || input.starts_with("PROXY TCP4 "), "addresses have a family");
        check(input.contains(':') == is_tcp6, "which is that of its text");
    }
    const std::string line = line_of(header);
    Header again;
    check(read_header(line, again) == Outcome(line.size()), "what is read can be written");
    check(again.source == header.source && again.destination == header.destination,
          "and reads the same");
}

std::size_t bytes_of(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]) * 256U + static_cast<unsigned char>(text[at + 1]);
}

void check_entries(std::string_view text, bool is_outer) {
    while (!text.empty()) {
        check(text.size() >= 3 && text.size() >= 3 + bytes_of(text, 1), "an entry has its end");
        if (is_outer && text.front() == 0x20) {
            check_entries(text.substr(8, bytes_of(text, 1) - 5), false);
        }
        text.remove_prefix(3 + bytes_of(text, 1));
    }
}

void check_binary(std::string_view input, const Header& header) {
    check(input.size() <= kBinaryBytesMax, "a header is bounded");
    check(!header.is_local || header.family == Family::unknown, "LOCAL has no addresses");
    const Extensions& extensions = header.extensions;
    for (const std::string_view part :
         {header.source_path, header.destination_path, extensions.alpn, extensions.authority,
          extensions.unique_id, extensions.tls ? extensions.tls->version : "",
          extensions.tls ? extensions.tls->cipher : "",
          extensions.tls ? extensions.tls->common_name : ""}) {
        check(is_within(part, input), "a view points into the input");
    }
    check(!header.source_path.contains('\0'), "a path has no NUL");
    check(!extensions.tls || !extensions.tls->is_verified || extensions.tls->has_certificate,
          "only a certificate is verified");
    if (header.family == Family::unknown) {
        return;
    }
    const std::size_t begin = 16 + (header.family == Family::local ? 216U
                                    : (input[13] & 0x20) != 0      ? 36U
                                                                   : 12U);
    check_entries(input.substr(begin), true);
    if (extensions.checksum_offset) {
        std::string zeroed(input);
        zeroed.replace(begin + *extensions.checksum_offset, 4, 4, '\0');
        check(plain_crc32c(zeroed) == extensions.checksum, "the checksum is right");
    }
}

void check_input(std::string_view input) {
    Header header;
    header.version = 9;
    const Outcome whole = read_header(input, header);
    check_prefixes(input, whole);
    if (!whole) {
        check(!message(whole.error()).empty(), "a refusal has words");
    }
    if (whole == Outcome(0) && input.size() >= 16) {
        check(input.size() < kLineBytesMax || input.front() != 'P', "a line is not waited for");
        check(input.front() == 'P' || 16 + bytes_of(input, 14) <= kBinaryBytesMax,
              "nor is a header that is too large");
    }
    if (!whole || *whole == 0) {
        check(header.version == 9, "nothing is said too early");
        return;
    }
    const std::string_view taken = input.substr(0, *whole);
    if (header.version == 1) {
        check_line(taken, header);
    } else {
        check(header.version == 2, "there are two versions");
        check_binary(taken, header);
    }
}

}  // namespace
}  // namespace trivet::proxy

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 8192) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    if ((data[0] & 3) == 0 || rest.size() > 4000) {
        trivet::proxy::check_input(rest);
        return 0;
    }
    constexpr int kFamilies[] = {0x11, 0x12, 0x21, 0x31};
    const int family = kFamilies[data[0] >> 2 & 3];
    const std::string addresses((family & 0x10) == 0 ? 36 : (family & 0x20) != 0 ? 216 : 12, 'a');
    const std::string text = addresses + std::string(rest);
    trivet::proxy::check_input((data[0] & 2) != 0
                                   ? trivet::proxy::with_checksum(0x21, family, text)
                                   : trivet::proxy::binary_header(0x21, family, text));
    return 0;
}
