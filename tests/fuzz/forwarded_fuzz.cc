// The first bytes choose a policy, how the rest is cut into lines, and where it is split in two:
// what a client sends, and what is shown to each reader of addresses. Whatever a client sends, the
// element that a trusted proxy adds behind it says who the client is; addresses agree with the
// system's.

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/authority.h"
#include "base/cidr.h"
#include "base/ip_address.h"
#include "check.h"
#include "cuts.h"
#include "proto/forwarded/element.h"
#include "proto/forwarded/resolve.h"

namespace trivet::forwarded {
namespace {

using fuzz::check;
using Lines = std::vector<std::string_view>;

std::string text_of(const IpAddress& address) {
    char text[IpAddress::kTextBytesMax];
    return {text, address.write(text)};
}

void check_address(const std::string& text) {
    const auto address = IpAddress::parse(text);
    std::uint8_t bytes[16] = {};
    const bool is_ipv4 = inet_pton(AF_INET, text.c_str(), bytes) == 1;
    const bool is_read = is_ipv4 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
    const bool has_nul = text.contains('\0');
    check(address.has_value() == (is_read && !has_nul), "the system reads the same addresses");
    if (!address) return;
    std::uint64_t halves[2] = {};
    for (unsigned index = 0; index < 16; ++index) {
        halves[index / 8] = halves[index / 8] << 8 | bytes[index];
    }
    check(*address == (is_ipv4 ? IpAddress::of_ipv4(static_cast<std::uint32_t>(halves[0] >> 32))
                               : IpAddress::of_ipv6(halves[0], halves[1])),
          "as the same numbers");
    const std::string written = text_of(*address);
    check(IpAddress::parse(written) == address, "what is written reads back");
    char system_text[INET6_ADDRSTRLEN];
    if (address->high() != 0 || is_ipv4) {  // else the system may see IPv4 at its end
        inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes, system_text, sizeof system_text);
        check(written == system_text, "the system writes the same text");
    }
}

// Bit by bit.
bool is_inside(const IpAddress& address, const IpAddress& base, unsigned bits) {
    for (unsigned bit = 0; bit < bits; ++bit) {
        const auto of = [bit](const IpAddress& whole) {
            return (bit < 64 ? whole.high() >> (63 - bit) : whole.low() >> (127 - bit)) & 1;
        };
        if (of(address) != of(base)) return false;
    }
    return address.is_ipv4() == base.is_ipv4();
}

void check_block(const std::string& text, std::string_view address_text) {
    const auto block = Cidr::parse(text);
    if (!block) {
        check(!message(block.error()).empty(), "a refusal has words");
        return;
    }
    const std::size_t slash = text.find('/');
    const auto base = IpAddress::parse(text.substr(0, slash)).value();
    unsigned bits = slash == std::string::npos
                        ? 128
                        : static_cast<unsigned>(std::stoul(text.substr(slash + 1)));
    if (slash != std::string::npos && !text.contains(':')) bits += 96;
    check(block->contains(base), "a block holds its first address");
    for (unsigned bit = 0; bit < 128; ++bit) {
        const std::uint64_t flip = std::uint64_t{1} << (63 - bit % 64);
        const auto near = IpAddress::of_ipv6(base.high() ^ (bit < 64 ? flip : 0),
                                             base.low() ^ (bit < 64 ? 0 : flip));
        check(block->contains(near) == is_inside(near, base, bits), "a block ends at its prefix");
    }
    const auto mapped = IpAddress::of_ipv4(static_cast<std::uint32_t>(base.low()));
    check(block->contains(mapped) == is_inside(mapped, base, bits), "blocks of IPv6 have no IPv4");
    if (const auto address = IpAddress::parse(address_text)) {
        check(block->contains(*address) == is_inside(*address, base, bits), "and holds no others");
    }
}

const CidrList& proxies() {
    static const CidrList list = [] {
        CidrList made;
        check(made.add("10.0.0.0/8").has_value() && made.add("fd00::/8").has_value(), "blocks");
        return made;
    }();
    return list;
}

const IpAddress kPeer = IpAddress::of_ipv4(0x0a000001);
const IpAddress kClient = IpAddress::of_ipv6(0x20010db800000000, 1);

void check_resolution(const Resolution& resolution, const Policy& policy) {
    check(resolution.client.has_value(), "a peer with an address has one");
    check(resolution.hops <= policy.hops_max, "hops are bounded");
    check(resolution.scheme.empty() || resolution.scheme == "http" || resolution.scheme == "https",
          "schemes are known");
    check(resolution.host.empty() || is_authority(resolution.host), "a host is an authority");
    const bool is_proxy = proxies().contains(*resolution.client);
    check((resolution.end == End::client) == !is_proxy, "the way ends at the first that is none");
}

Lines cut(std::string_view text, std::uint8_t seed) {
    Lines lines;
    std::size_t begin = 0;
    for (const std::size_t at : fuzz::make_cuts(seed, text.size())) {
        lines.push_back(text.substr(begin, at - begin));
        begin = at;
    }
    lines.push_back(text.substr(begin));
    return lines;
}

// The whole field and its lines are what the client sent; the proxy adds to the last one, or a
// line.
void check_spoofing(const Lines& sent, const Policy& policy, bool adds_line) {
    const std::string last = std::string(sent.back()) + ", ";
    const std::string added = R"(x="a,\"b,\\";for="[2001:db8::1]:7";proto=https;host="a:1")";
    const std::string joined = last + added;
    const std::string joined_x = last + "2001:db8::1";
    const std::string joined_proto = last + "https";
    Lines forwarded = sent;
    Lines x_for = sent;
    Lines x_proto = sent;
    if (adds_line) {
        forwarded.push_back(added);
        x_for.push_back("2001:db8::1");
        x_proto.push_back("https");
    } else {
        forwarded.back() = joined;
        x_for.back() = joined_x;
        x_proto.back() = joined_proto;
    }
    Policy one = policy;
    one.hops_max = 1;
    one.kind = Kind::forwarded;
    const Resolution read = resolve(kPeer, proxies(), {.forwarded = forwarded, .x_for = sent}, one);
    check(read.client == kClient && read.client_port == 7 && read.end == End::client,
          "no client can hide what Forwarded says of him");
    check(read.scheme == "https" && read.host == "a:1", "nor how he came");
    one.kind = Kind::x_forwarded;
    one.takes_x_proto = true;
    const Resolution other =
        resolve(kPeer, proxies(), {.forwarded = sent, .x_for = x_for, .x_proto = x_proto}, one);
    check(other.client == kClient && other.scheme == "https" && other.end == End::client,
          "nor what X-Forwarded-For does");
    one.kind = Kind::either;
    const Resolution both =
        resolve(kPeer, proxies(), {.forwarded = sent, .x_for = x_for, .x_proto = x_proto}, one);
    check(both.client == kClient || both.client == kPeer, "nor be another with either kind");
}

void check_fields(std::string_view text, std::uint8_t seed, const Policy& policy) {
    const Lines lines = cut(text, seed);
    const Fields fields{
        .forwarded = lines, .x_for = lines, .x_proto = lines, .x_host = lines, .x_port = lines};
    check_resolution(resolve(kPeer, proxies(), fields, policy), policy);
    const Resolution direct = resolve(kClient, proxies(), fields, policy);
    check(direct.client == kClient && direct.end == End::direct && direct.scheme.empty() &&
              direct.host.empty() && !direct.port && direct.hops == 0,
          "who is no proxy says nothing");
    check_spoofing(lines, policy, (seed & 1) != 0);
    std::size_t size = 0;
    ElementCursor cursor(lines, (seed & 2) != 0);
    for (std::string_view element; cursor.next(element);) {
        check(!element.empty(), "no element is empty");
        size += element.size();
        static_cast<void>(parse_element(element));
    }
    check(size <= text.size(), "no byte is read twice");
}

}  // namespace
}  // namespace trivet::forwarded

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using trivet::forwarded::Kind;
    if (size < 3 || size > 4096) {
        return 0;
    }
    const std::string text(reinterpret_cast<const char*>(data) + 3, size - 3);
    const std::size_t middle = data[2] % (text.size() + 1);
    trivet::forwarded::check_address(text);
    trivet::forwarded::check_block(text.substr(0, middle), text.substr(middle));
    const trivet::forwarded::Policy policy{.kind = static_cast<Kind>(data[0] % 3),
                                           .takes_x_proto = (data[0] & 4) == 0,
                                           .takes_x_host = (data[0] & 8) != 0,
                                           .takes_x_port = (data[0] & 16) != 0,
                                           .hops_max = static_cast<std::uint8_t>(data[0] >> 5)};
    trivet::forwarded::check_fields(text, data[1], policy);
    return 0;
}
