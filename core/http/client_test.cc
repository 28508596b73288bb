#include "http/client.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "http/exchange.h"
#include "proto/http1/request_parser.h"

namespace trivet::http {
namespace {

class ClientTest : public testing::Test {
protected:
    // Begins the exchange over bytes that stay where they are.
    void begin(std::string_view fields) {
        text_ = "GET / HTTP/1.1\r\nHost: a:80\r\n" + std::string(fields) + "\r\n";
        parser_.reset();
        ASSERT_EQ(parser_.feed_head(text_).state, http1::ParseState::head);
        ASSERT_TRUE(exchange_.begin(text_.data(), parser_.head()));
        exchange_.peer = {.address = *IpAddress::parse("10.0.0.1"), .port = 7, .is_known = true};
    }
    void trust(std::string_view block) { ASSERT_TRUE(trust_.proxies.add(block).has_value()); }
    const Client& client() {
        const Client* const found = client_of(exchange_, trust_);
        EXPECT_NE(found, nullptr);
        return *found;
    }
    std::string address() { return std::string(std::string_view(client().address)); }

    Memory memory_;
    BlockPool pool_{memory_};
    http1::HeadLimits limits_{8192, 32768, 100};
    http1::RequestParser parser_{memory_, limits_};
    std::string text_;
    Trust trust_;
    Exchange exchange_{pool_};
};

TEST_F(ClientTest, is_the_far_end_of_the_connection) {
    begin("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n");
    EXPECT_EQ(address(), "10.0.0.1");
    EXPECT_EQ(client().port, 7u);
    EXPECT_EQ(std::string_view(client().scheme), "http");
    EXPECT_EQ(std::string_view(client().host), "a:80");
    EXPECT_EQ(client().flags, 0u);
    EXPECT_EQ(&client(), &client()) << "it is made once";
    exchange_.end();
}

TEST_F(ClientTest, has_no_address_behind_a_unix_socket) {
    begin("");
    exchange_.peer = {};
    EXPECT_EQ(address(), "");
    EXPECT_EQ(client().port, 0u);
    exchange_.end();
    begin("X-Forwarded-For: 192.0.2.1\r\n");
    exchange_.peer = {};
    trust_.policy.trusts_unaddressed = true;
    EXPECT_EQ(address(), "192.0.2.1");
    exchange_.end();
}

TEST_F(ClientTest, is_whom_trusted_proxies_name) {
    trust("10.0.0.0/8");
    begin(
        "X-Forwarded-For: 198.51.100.7, 192.0.2.1\r\nX-Forwarded-For: 10.9.9.9\r\n"
        "x-forwarded-proto: https\r\nX-Forwarded-Host: b\r\n");
    EXPECT_EQ(address(), "192.0.2.1");
    EXPECT_EQ(client().port, 0u) << "it was not said";
    EXPECT_EQ(client().hops, 2u);
    EXPECT_EQ(client().flags, kClientForwarded);
    EXPECT_EQ(std::string_view(client().host), "a:80") << "nobody has said that it is the proxy's";
    exchange_.end();
    trust_.policy.takes_x_host = true;
    begin("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n");
    EXPECT_EQ(std::string_view(client().host), "b");
    EXPECT_EQ(std::string_view(client().scheme), "https");
    exchange_.end();
}

TEST_F(ClientTest, a_field_of_too_many_lines_says_nothing) {
    trust("10.0.0.0/8");
    std::string fields;
    for (int line = 0; line < 17; ++line) fields += "X-Forwarded-For: 192.0.2.1\r\n";
    begin(fields);
    EXPECT_EQ(address(), "10.0.0.1");
    exchange_.end();
    begin(std::string_view(fields).substr(28));
    EXPECT_EQ(address(), "192.0.2.1");
    exchange_.end();
}

TEST_F(ClientTest, is_made_anew_when_the_request_has_moved) {
    begin("");
    const Client* const before = &client();
    ASSERT_TRUE(exchange_.detach());
    text_.assign(text_.size(), '#');
    EXPECT_NE(&client(), before);
    EXPECT_EQ(std::string_view(client().host), "a:80");
    exchange_.end();
}

TEST_F(ClientTest, needs_memory_and_says_so) {
    begin("");
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    while (exchange_.arena.allocate(64, 8) != nullptr) {
    }
    EXPECT_EQ(client_of(exchange_, trust_), nullptr);
    memory_.set_failure_hook(nullptr, nullptr);
    exchange_.end();
}

}  // namespace
}  // namespace trivet::http
