#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

TEST_F(ConnectionTest, answers_and_stays_open) {
    io::SimPeer& peer = connect();
    for (int round = 0; round < 3; ++round) {
        const std::string answer = ask(peer, kGet);
        EXPECT_EQ(status_of(answer), 200);
        EXPECT_EQ(body_of(answer), "hi");
        EXPECT_NE(answer.find("Content-Length: 2\r\n"), std::string::npos);
        EXPECT_EQ(answer.find("Connection:"), std::string::npos);
        EXPECT_NE(answer.find("Date: "), std::string::npos);
    }
    EXPECT_FALSE(peer.server_has_finished());
    EXPECT_EQ(server().stats().requests_total, 3u);
}

TEST_F(ConnectionTest, keeps_http10_open_only_when_asked) {
    io::SimPeer& peer = connect();
    const std::string answer = ask(peer, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(answer.find("Connection: keep-alive\r\n"), std::string::npos);
    EXPECT_FALSE(peer.server_has_finished());
}

TEST_F(ConnectionTest, answers_head_without_content_and_stays_in_step) {
    io::SimPeer& peer = connect();
    const std::string answers =
        ask(peer, std::string("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n") + std::string(kGet));
    EXPECT_EQ(status_of(answers), 200);
    EXPECT_EQ(response_at(answers, 1), answers.find("\r\n\r\n") + 4);
    EXPECT_EQ(body_of(answers), "hi");
}

TEST_F(ConnectionTest, answers_options_and_405_with_allow) {
    io::SimPeer& peer = connect();
    const std::string options = ask(peer, "OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(options), 204);
    EXPECT_NE(options.find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
    EXPECT_EQ(options.find("Content-Length"), std::string::npos);
    const std::string wrong = ask(peer, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(wrong), 405);
    EXPECT_NE(wrong.find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
    EXPECT_NE(wrong.find(R"({"type":"about:blank","title":"Method Not Allowed","status":405})"),
              std::string::npos);
    EXPECT_EQ(status_of(ask(peer, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")), 204);
}

TEST_F(ConnectionTest, stops_reading_while_its_answers_are_not_taken) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    const std::string body(60'000, 'b');
    const std::string request =
        "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + body;
    for (int index = 0; index < 60; ++index) {
        peer.send(request);
    }
    settle();
    EXPECT_LT(memory().bytes_in_use(), 8u << 20);
    EXPECT_LT(server().stats().requests_total, 40u);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(server().stats().requests_total, 60u);
    EXPECT_EQ(status_of(peer.take_received(), 59), 200);
}

}  // namespace
}  // namespace trivet::http
