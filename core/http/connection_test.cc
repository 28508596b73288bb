#include "http/connection.h"

#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

TEST_F(ConnectionTest, closes_when_asked_and_waits_for_the_peers_end) {
    io::SimPeer& peer = connect();
    const std::string answer =
        ask(peer, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_FALSE(peer.server_has_closed());
    peer.finish();
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_TRUE(server().is_empty());
}

TEST_F(ConnectionTest, tells_when_the_client_leaves_and_still_answers_a_half_closed_one) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.finish();
    settle();
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(waiting[0]->view.flags & kGone, kGone);
    answer("still there?");
    EXPECT_EQ(body_of(peer.take_received()), "still there?");
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, tells_once_that_a_client_leaves_in_two_steps) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    ask(peer, std::string(kGet) + "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.finish();
    settle();
    EXPECT_EQ(gone, 1);
    peer.reset();
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
}

TEST_F(ConnectionTest, gives_gone_for_an_answer_to_a_broken_connection) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.reset();
    settle();
    EXPECT_EQ(gone, 1);
    EXPECT_TRUE(server().is_empty());
    EXPECT_EQ(server().exchanges_live(), 1u);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionTest, answers_what_came_before_the_peers_end) {
    io::SimPeer& peer = connect();
    peer.send(std::string(kGet) + std::string(kGet));
    peer.finish();
    settle();
    EXPECT_EQ(status_of(peer.take_received(), 1), 200);
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, says_at_debug_level_why_a_connection_ended) {
    io::SimPeer& peer = connect();
    log().set_level(LogLevel::debug);
    ::testing::internal::CaptureStderr();
    peer.finish();
    settle();
    const std::string line = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(line.find("closed: closed by the client"), std::string::npos) << line;
}

TEST_F(ConnectionTest, answers_all_that_was_pipelined_before_the_peers_end) {
    io::SimPeer& peer = connect();
    peer.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) +
              "GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) + "GET /hel");
    peer.finish();
    settle();
    answer("one");
    answer("three");
    const std::string answers = peer.take_received();
    EXPECT_EQ(status_of(answers, 3), 200);
    EXPECT_EQ(response_at(answers, 4), std::string::npos);
    EXPECT_EQ(body_of(answers), "hi");
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionTest, answers_what_was_pipelined_when_the_end_comes_with_the_turn) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) + "GET /hel");
    text(*waiting.front(), "first");
    peer.finish();
    settle();
    const std::string answers = peer.take_received();
    EXPECT_EQ(status_of(answers, 1), 200);
    EXPECT_EQ(body_of(answers), "hi");
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, answers_what_was_pipelined_although_its_answers_are_taken_late) {
    const std::string body(60'000, 'b');
    const std::string request =
        "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + body;
    for (const int count : {18, 19, 40}) {
        io::SimPeer& peer = connect();
        peer.take_max = 0;
        std::string requests;
        for (int index = 0; index < count; ++index) {
            requests += request;
        }
        peer.send(requests);
        peer.finish();
        settle();
        peer.take_max = SIZE_MAX;
        settle();
        const auto last = static_cast<std::size_t>(count) - 1;
        EXPECT_EQ(status_of(peer.take_received(), last), 200) << count;
        EXPECT_TRUE(peer.server_has_closed()) << count;
    }
}

TEST_F(ConnectionTest, hurries_a_send_that_an_answer_waits_for) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    ask(peer, std::string(kGet) + "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(loop().hurries(), 0u);
    answer("second");
    EXPECT_EQ(loop().hurries(), 1u);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(body_of(peer.take_received()), "second");
}

TEST_F(LimitedTest, closes_connections_beyond_the_limit_at_once) {
    connect();
    connect();
    io::SimPeer& third = connect();
    EXPECT_TRUE(third.server_has_closed());
    EXPECT_EQ(server().stats().connections_refused_total, 1u);
}

TEST_F(ConnectionTest, drains) {
    io::SimPeer& idle = connect();
    io::SimPeer& busy = connect();
    io::SimPeer& late = loop().connect();
    ask(idle, kGet);
    ask(busy, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server().drain();
    settle();
    const std::string last = ask(late, kGet);
    EXPECT_NE(last.find("Connection: close"), std::string::npos);
    io::SimPeer& refused = loop().connect();
    settle();
    EXPECT_EQ(ask(refused, kGet), "");
    advance_ms(kDrainGraceMs + 300);
    EXPECT_TRUE(idle.server_has_closed());
    EXPECT_FALSE(busy.server_has_finished());
    answer("finished");
    EXPECT_NE(busy.received().find("Connection: close"), std::string::npos);
    busy.finish();
    late.finish();
    settle();
    EXPECT_TRUE(server().is_empty());
}

TEST_F(ConnectionTest, an_abort_leaves_nothing_but_unanswered_handles) {
    io::SimPeer& busy = connect();
    ask(busy, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    connect();
    server().abort();
    settle();
    EXPECT_TRUE(server().is_empty());
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
}

}  // namespace
}  // namespace trivet::http
