// Connections that begin with a header of the PROXY protocol.
#include "http/client.h"
#include "http/connection_harness_test.h"
#include "proto/proxy/writing_test.h"

namespace trivet::http {
namespace {

constexpr std::string_view kLine = "PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n";
constexpr std::string_view kGetClient = "GET /client HTTP/1.1\r\nHost: a\r\n\r\n";

// Its proxies are those of 127.0.0.0/8; /client says who has sent the request.
class ProxyTest : public ConnectionTest {
protected:
    explicit ProxyTest(const Limits& limits = {.head = {8192, 1 << 20, 100}})
        : ConnectionTest(limits) {}
    void SetUp() override {
        EXPECT_TRUE(trust_.proxies.add("127.0.0.0/8").has_value());
        route("GET", "/client", [this](Exchange& exchange) { tell(exchange); });
        ConnectionTest::SetUp();
        server().set_listening({.is_proxied = true}, trust_);
    }
    void tell(Exchange& exchange) {
        const Client* const client = client_of(exchange, trust_);
        ASSERT_NE(client, nullptr);
        text(exchange, std::string(client->address) + " " + std::to_string(client->port) + " " +
                           std::string(client->scheme) + " " + std::to_string(client->hops) + " " +
                           std::to_string(client->flags));
    }
    std::string client_behind(std::string_view header) {
        io::SimPeer& peer = connect();
        const std::string told = body_of(ask(peer, std::string(header) + std::string(kGetClient)));
        peer.finish();
        settle();
        return told;
    }

    Trust trust_;
};

TEST_F(ProxyTest, requests_come_from_whom_the_header_names) {
    EXPECT_EQ(client_behind(kLine), "192.0.2.7 4711 http 1 2");
    EXPECT_EQ(client_behind("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"),
              "2001:db8::1 1 http 1 2");
    const std::string addresses("\xc0\x00\x02\x07\xcb\x00\x71\x01\x12\x67\x01\xbb", 12);
    EXPECT_EQ(client_behind(proxy::binary_header(0x21, 0x11, addresses)),
              "192.0.2.7 4711 http 1 2");
    // PP2_TYPE_SSL with PP2_CLIENT_SSL: the proxy has taken TLS off.
    const std::string tls = proxy::entry(0x20, std::string("\x01\x00\x00\x00\x00", 5));
    EXPECT_EQ(client_behind(proxy::binary_header(0x21, 0x11, addresses + tls)),
              "192.0.2.7 4711 https 1 2");
}

TEST_F(ProxyTest, of_a_proxy_that_speaks_for_itself_they_are_its_own) {
    for (const std::string& header :
         {std::string("PROXY UNKNOWN\r\n"), proxy::binary_header(0x20, 0x00, ""),
          proxy::binary_header(0x21, 0x00, "")}) {
        EXPECT_EQ(client_behind(header), "127.0.0.1 40000 http 0 0") << header;
    }
    const std::string paths(216, '\0');
    EXPECT_EQ(client_behind(proxy::binary_header(0x21, 0x31, paths)), " 0 http 1 2");
}

TEST_F(ProxyTest, every_request_of_the_connection_is_the_clients) {
    io::SimPeer& peer = connect();
    EXPECT_EQ(body_of(ask(peer, std::string(kLine) + std::string(kGetClient))),
              "192.0.2.7 4711 http 1 2");
    EXPECT_EQ(body_of(ask(peer, kGetClient)), "192.0.2.7 4711 http 1 2");
    EXPECT_EQ(status_of(ask(peer, kLine)), 501) << "a second header is an odd request";
}

TEST_F(ProxyTest, fields_of_a_client_that_is_no_proxy_are_not_believed) {
    io::SimPeer& peer = connect();
    EXPECT_EQ(body_of(ask(peer, std::string(kLine) + "GET /client HTTP/1.1\r\nHost: a\r\n"
                                                     "X-Forwarded-For: 198.51.100.1\r\n\r\n")),
              "192.0.2.7 4711 http 1 2");
    // Of a second proxy that the first one carries they are.
    io::SimPeer& other = connect();
    EXPECT_EQ(body_of(ask(other,
                          "PROXY TCP4 127.0.0.2 203.0.113.1 1 443\r\n"
                          "GET /client HTTP/1.1\r\nHost: a\r\n"
                          "X-Forwarded-For: 198.51.100.1\r\n\r\n")),
              "198.51.100.1 0 http 2 2");
}

TEST_F(ProxyTest, it_does_not_matter_how_the_header_is_cut) {
    expect_however_cut(std::string(kLine) + std::string(kGetClient), [&] {
        io::SimPeer& peer = connect();
        return ask(peer, std::string(kLine) + std::string(kGetClient));
    }());
}

TEST_F(ProxyTest, without_a_header_the_connection_is_closed_and_no_handler_runs) {
    for (const std::string_view bytes :
         {kGetClient, std::string_view("PROXY TCP4 1.2.3 203.0.113.1 4711 443\r\n"),
          std::string_view("PROXY \r\n"), std::string_view("\r\n")}) {
        io::SimPeer& peer = connect();
        const std::uint64_t refused = server().stats().connections_refused_total;
        EXPECT_EQ(ask(peer, std::string(bytes) + std::string(kGetClient)), "");
        EXPECT_TRUE(peer.server_has_closed()) << bytes;
        EXPECT_EQ(server().stats().connections_refused_total, refused + 1);
    }
    EXPECT_EQ(server().stats().requests_total, 0u);
}

TEST_F(ProxyTest, whoever_is_no_trusted_proxy_is_refused) {
    io::SimPeer& peer = loop().connect();
    peer.address = {0, 0xffff'c633'6401};  // 198.51.100.1
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(server().stats().connections_refused_total, 1u);
    io::SimPeer& local = loop().connect();
    local.address = {};  // a Unix socket
    settle();
    EXPECT_TRUE(local.server_has_closed());
    trust_.policy.trusts_unaddressed = true;
    io::SimPeer& trusted = loop().connect();
    trusted.address = {};
    settle();
    EXPECT_EQ(body_of(ask(trusted, std::string(kLine) + std::string(kGetClient))),
              "192.0.2.7 4711 http 1 2");
}

TEST_F(ProxyTest, a_client_that_leaves_within_the_header_leaves_nothing_behind) {
    io::SimPeer& peer = connect();
    EXPECT_EQ(ask(peer, kLine.substr(0, 20)), "");
    peer.finish();
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_TRUE(server().is_empty());
    io::SimPeer& broken = connect();
    ask(broken, kLine.substr(0, 20));
    broken.reset();
    settle();
    EXPECT_TRUE(server().is_empty());
}

TEST_F(ProxyTest, a_drain_awaits_the_header_no_longer_than_otherwise) {
    io::SimPeer& peer = connect();
    ask(peer, kLine.substr(0, 20));
    server().drain();
    settle();
    EXPECT_EQ(body_of(ask(peer, std::string(kLine.substr(20)) + std::string(kGetClient))),
              "192.0.2.7 4711 http 1 2");
    peer.finish();
    settle();
    EXPECT_TRUE(server().is_empty());
}

class LimitedProxyTest : public ProxyTest {
protected:
    LimitedProxyTest()
        : ProxyTest({.head = {8192, 1 << 20, 100},
                     .connections_per_address_max = 2,
                     .head_timeout_ms = 1000,
                     .idle_timeout_ms = 3000}) {}
};

TEST_F(LimitedProxyTest, the_header_has_the_time_of_a_head) {
    io::SimPeer& peer = connect();
    advance_ms(500);
    EXPECT_EQ(ask(peer, kLine.substr(0, 20)), "");
    advance_ms(600);
    EXPECT_TRUE(peer.server_has_closed());
    // Behind it the connection may be idle.
    io::SimPeer& idle = connect();
    ask(idle, kLine);
    advance_ms(2000);
    EXPECT_FALSE(idle.server_has_closed());
    advance_ms(1500);
    EXPECT_TRUE(idle.server_has_closed());
}

TEST_F(LimitedProxyTest, clients_are_counted_by_the_address_that_is_told) {
    std::vector<io::SimPeer*> peers;
    for (int count = 0; count < 3; ++count) {
        peers.push_back(&connect());
        ask(*peers.back(), kLine);
    }
    EXPECT_FALSE(peers[0]->server_has_closed());
    EXPECT_FALSE(peers[1]->server_has_closed());
    EXPECT_TRUE(peers[2]->server_has_closed()) << "one too many of 192.0.2.7";
    io::SimPeer& other = connect();
    ask(other, "PROXY TCP4 192.0.2.8 203.0.113.1 4711 443\r\n");
    EXPECT_FALSE(other.server_has_closed());
    peers[0]->finish();
    settle();
    io::SimPeer& again = connect();
    EXPECT_EQ(body_of(ask(again, std::string(kLine) + std::string(kGetClient))),
              "192.0.2.7 4711 http 1 2");
}

}  // namespace
}  // namespace trivet::http
