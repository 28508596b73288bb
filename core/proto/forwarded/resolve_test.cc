#include "proto/forwarded/resolve.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::forwarded {
namespace {

using Lines = std::vector<std::string_view>;

const CidrList& proxies() {
    static const CidrList list = [] {
        CidrList made;
        EXPECT_TRUE(made.add("10.0.0.0/8"));
        EXPECT_TRUE(made.add("fd00::/8"));
        return made;
    }();
    return list;
}

struct Request {
    std::string_view peer = "10.0.0.1";
    Lines forwarded;
    Lines x_for;
    Lines x_proto;
    Lines x_host;
    Lines x_port;
};

Resolution resolved(const Request& request, const Policy& policy) {
    return resolve(IpAddress::parse(request.peer), proxies(),
                   {.forwarded = request.forwarded,
                    .x_for = request.x_for,
                    .x_proto = request.x_proto,
                    .x_host = request.x_host,
                    .x_port = request.x_port},
                   policy);
}

constexpr Policy kForwarded{.kind = Kind::forwarded};
constexpr Policy kEither{.kind = Kind::either};
constexpr Policy kAllX{.takes_x_host = true, .takes_x_port = true};

void expect(const Resolution& resolution, std::string_view client, End end,
            std::string_view scheme = {}, std::string_view host = {}) {
    EXPECT_EQ(resolution.client, IpAddress::parse(client)) << client;
    EXPECT_EQ(static_cast<int>(resolution.end), static_cast<int>(end)) << client;
    EXPECT_EQ(resolution.scheme, scheme) << client;
    EXPECT_EQ(resolution.host, host) << client;
}

TEST(ForwardedResolve, a_peer_that_is_not_trusted_is_the_client) {
    const Request request{.peer = "192.0.2.1",
                          .forwarded = {"for=1.2.3.4;proto=https;host=evil"},
                          .x_for = {"1.2.3.4"},
                          .x_proto = {"https"},
                          .x_host = {"evil"},
                          .x_port = {"1"}};
    for (const Policy& policy : {kForwarded, kEither, kAllX}) {
        const Resolution resolution = resolved(request, policy);
        expect(resolution, "192.0.2.1", End::direct);
        EXPECT_EQ(resolution.hops, 0);
        EXPECT_EQ(resolution.port, std::nullopt);
    }
}

TEST(ForwardedResolve, one_proxy_says_who_connected_and_how) {
    const Resolution resolution = resolved(
        {.forwarded = {R"(for="192.0.2.1:1234";proto=https;host="a.example:8443")"}}, kForwarded);
    expect(resolution, "192.0.2.1", End::client, "https", "a.example:8443");
    EXPECT_EQ(resolution.client_port, 1234);
    EXPECT_EQ(resolution.hops, 1);
    const Resolution other = resolved(
        {.x_for = {"192.0.2.1"}, .x_proto = {"https"}, .x_host = {"a.example"}, .x_port = {"8443"}},
        kAllX);
    expect(other, "192.0.2.1", End::client, "https", "a.example");
    EXPECT_EQ(other.port, 8443);
    EXPECT_EQ(other.client_port, std::nullopt);
}

TEST(ForwardedResolve, several_proxies_lead_to_the_first_address_that_is_none) {
    expect(resolved(
               {.forwarded = {"for=9.9.9.9;proto=http;host=evil, for=192.0.2.1;proto=https;host=a",
                              "for=10.0.0.3;proto=http, for=10.0.0.2"}},
               kForwarded),
           "192.0.2.1", End::client, "https", "a");
    expect(resolved({.x_for = {"9.9.9.9, 192.0.2.1", "10.0.0.3, fd00::2"},
                     .x_proto = {"ftp, https, http, http"},
                     .x_host = {"evil,a,b", "c"}},
                    kAllX),
           "192.0.2.1", End::client, "https", "a");
}

TEST(ForwardedResolve, what_an_element_does_not_say_the_one_behind_it_says) {
    expect(resolved({.forwarded = {"for=192.0.2.1, for=10.0.0.2;proto=https;host=a"}}, kForwarded),
           "192.0.2.1", End::client, "https", "a");
    // A list that a proxy set anew.
    expect(
        resolved({.x_for = {"192.0.2.1, 10.0.0.2"}, .x_proto = {"https"}, .x_host = {"a"}}, kAllX),
        "192.0.2.1", End::client, "https", "a");
}

TEST(ForwardedResolve, nothing_in_front_of_a_believed_element_matters) {
    const std::string_view fronts[] = {
        "for=9.9.9.9;proto=http;host=evil", "for=\"", "for=\"\\",           "\"",
        "for=10.0.0.9;host=evil",           ",,,",    "for=10.0.0.9, by=\""};
    for (const std::string_view front : fronts) {
        const std::string line = std::string(front) + ", for=\"[2001:db8::1]\";proto=https";
        expect(resolved({.forwarded = {line}}, kForwarded), "2001:db8::1", End::client, "https");
        expect(resolved({.forwarded = {front, "for=\"[2001:db8::1]\";proto=https"}}, kForwarded),
               "2001:db8::1", End::client, "https");
    }
    for (const std::string_view front : {"9.9.9.9", "10.0.0.9", "\"", "x y", ",", "unknown"}) {
        const std::string line = std::string(front) + ", 192.0.2.1";
        expect(resolved({.x_for = {line}, .x_proto = {"http,https"}, .x_host = {"evil, a"}}, kAllX),
               "192.0.2.1", End::client, "https", "a");
    }
}

TEST(ForwardedResolve, a_malformed_element_ends_the_way) {
    for (const std::string_view bad : {"for=1.2.3", "for=9.9.9.9;for=9.9.9.9", "9.9.9.9",
                                       "for=9.9.9.9;host=\"a b\"", "for=\"9"}) {
        const std::string line =
            "for=9.9.9.9, " + std::string(bad) + "; , for=10.0.0.2;proto=https";
        const Resolution resolution = resolved({.forwarded = {line}}, kForwarded);
        expect(resolution, "10.0.0.2", End::malformed, "https");
        EXPECT_EQ(resolution.hops, 1);
        expect(resolved({.forwarded = {bad}}, kForwarded), "10.0.0.1", End::malformed);
    }
    for (const std::string_view bad :
         {"9.9.9", "9.9.9.9 8.8.8.8", "[::1", "example.org", "\"9.9.9.9\""}) {
        const std::string line = "9.9.9.9, " + std::string(bad) + ", 10.0.0.2";
        expect(resolved({.x_for = {line}, .x_proto = {"https, http"}}, kAllX), "10.0.0.2",
               End::malformed, "http");
    }
}

TEST(ForwardedResolve, a_list_beside_the_addresses_ends_alone) {
    expect(resolved({.x_for = {"192.0.2.1, 10.0.0.2"},
                     .x_proto = {"https, gopher"},
                     .x_host = {"evil, a b"},
                     .x_port = {"1, 65536"}},
                    kAllX),
           "192.0.2.1", End::client);
    const Resolution resolution = resolved({.x_for = {"192.0.2.1, 10.0.0.2"},
                                            .x_proto = {"x, https"},
                                            .x_host = {"a/b, a"},
                                            .x_port = {"-1, 8443"}},
                                           kAllX);
    expect(resolution, "192.0.2.1", End::client, "https", "a");
    EXPECT_EQ(resolution.port, 8443);
}

TEST(ForwardedResolve, who_is_hidden_has_no_address) {
    for (const std::string_view hidden : {"for=unknown", "for=_gazonk", "proto=https", "by=_me"}) {
        const std::string line = "for=9.9.9.9, " + std::string(hidden) + ";host=a, for=10.0.0.2";
        expect(resolved({.forwarded = {line}}, kForwarded), "10.0.0.2", End::hidden,
               hidden.starts_with("proto") ? "https" : "", "a");
    }
    expect(
        resolved({.x_for = {"9.9.9.9, unknown, 10.0.0.2"}, .x_proto = {"http,https,http"}}, kAllX),
        "10.0.0.2", End::hidden, "https");
}

TEST(ForwardedResolve, when_all_are_proxies_the_first_is_the_client) {
    expect(resolved({.forwarded = {"for=10.0.0.9, for=10.0.0.2"}}, kForwarded), "10.0.0.9",
           End::exhausted);
    expect(resolved({.x_for = {"10.0.0.9", "10.0.0.2"}}, kAllX), "10.0.0.9", End::exhausted);
    expect(resolved({}, kForwarded), "10.0.0.1", End::exhausted);
    expect(resolved({}, kAllX), "10.0.0.1", End::exhausted);
}

TEST(ForwardedResolve, a_proxy_may_say_only_how) {
    expect(resolved({.x_proto = {"ftp, https"}, .x_host = {"a"}}, kAllX), "10.0.0.1",
           End::exhausted, "https", "a");
}

TEST(ForwardedResolve, only_the_kind_that_is_trusted_is_read) {
    const Request request{.forwarded = {"for=1.1.1.1;proto=https;host=a"},
                          .x_for = {"2.2.2.2"},
                          .x_proto = {"http"},
                          .x_host = {"b"},
                          .x_port = {"81"}};
    expect(resolved(request, kForwarded), "1.1.1.1", End::client, "https", "a");
    const Resolution usual = resolved(request, Policy{});
    expect(usual, "2.2.2.2", End::client, "http");
    EXPECT_EQ(usual.port, std::nullopt);
    expect(resolved(request, Policy{.takes_x_proto = false}), "2.2.2.2", End::client);
}

TEST(ForwardedResolve, two_kinds_are_believed_as_far_as_they_agree) {
    expect(resolved({.forwarded = {"for=1.1.1.1;proto=https;host=a"},
                     .x_for = {"1.1.1.1"},
                     .x_proto = {"https"},
                     .x_host = {"A"}},
                    kEither),
           "1.1.1.1", End::client, "https", "a");
    // A proxy that adds X-Forwarded-For and passes on what a client made up.
    expect(resolved({.forwarded = {"for=9.9.9.9;proto=https;host=evil"}, .x_for = {"1.1.1.1"}},
                    kEither),
           "10.0.0.1", End::contradiction);
    expect(resolved({.forwarded = {"for=1.1.1.1;proto=https;host=evil"},
                     .x_for = {"1.1.1.1"},
                     .x_proto = {"http"}},
                    kEither),
           "1.1.1.1", End::client);
    // And one that adds Forwarded.
    expect(resolved({.forwarded = {"for=1.1.1.1"}, .x_for = {"9.9.9.9"}}, kEither), "10.0.0.1",
           End::contradiction);
}

TEST(ForwardedResolve, with_either_kind_one_alone_counts) {
    expect(resolved({.forwarded = {"for=1.1.1.1;host=a"}}, kEither), "1.1.1.1", End::client, "",
           "a");
    expect(resolved({.x_for = {"1.1.1.1"}, .x_proto = {"https"}, .x_host = {"a"}}, kEither),
           "1.1.1.1", End::client, "https");
    expect(resolved({.forwarded = {"for=1.1.1.1"}, .x_proto = {"https"}}, kEither), "1.1.1.1",
           End::client);
}

TEST(ForwardedResolve, hops_are_bounded) {
    std::string forwarded = "for=192.0.2.1;host=evil";
    std::string x_for = "192.0.2.1";
    std::string x_proto = "https";
    for (int hop = 0; hop < 1000; ++hop) {
        forwarded += ", for=10.0.0.2";
        x_for += ", 10.0.0.2";
        x_proto += ", http";
    }
    const Resolution resolution = resolved({.forwarded = {forwarded}}, kForwarded);
    expect(resolution, "10.0.0.2", End::hops);
    EXPECT_EQ(resolution.hops, kForwarded.hops_max);
    const Resolution other = resolved({.x_for = {x_for}, .x_proto = {x_proto}}, kAllX);
    expect(other, "10.0.0.2", End::hops, "http");
    EXPECT_EQ(other.hops, kAllX.hops_max);
    expect(resolved({.x_for = {"192.0.2.1, 10.0.0.2"}}, {.hops_max = 2}), "192.0.2.1", End::client);
    expect(resolved({.x_for = {"192.0.2.1, 10.0.0.2"}, .x_proto = {"https"}}, {.hops_max = 0}),
           "10.0.0.1", End::hops);
    expect(resolved({.x_proto = {"https"}}, {.hops_max = 0}), "10.0.0.1", End::exhausted);
}

TEST(ForwardedResolve, a_peer_without_address_is_trusted_when_told) {
    const Lines lines{"192.0.2.1"};
    const Resolution untrusted = resolve(std::nullopt, proxies(), {.x_for = lines}, {});
    EXPECT_EQ(untrusted.client, std::nullopt);
    EXPECT_EQ(untrusted.end, End::direct);
    const Resolution trusted =
        resolve(std::nullopt, proxies(), {.x_for = lines}, {.trusts_unaddressed = true});
    EXPECT_EQ(trusted.client, IpAddress::parse("192.0.2.1"));
}

}  // namespace
}  // namespace trivet::forwarded
