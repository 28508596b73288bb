#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

constexpr Reply kText{.status = 200, .content = Content::text, .fields = {}, .body = {}};

class StreamsTest : public ConnectionTest {
protected:
    explicit StreamsTest(const Limits& limits = {}) : ConnectionTest(limits) {}
    void SetUp() override {
        writable = [this](Exchange& exchange) {
            ++told;
            if (on_room) on_room(exchange);
        };
        stream("POST", "/echo", [this](Exchange& exchange) {
            EXPECT_EQ(server().begin(exchange, kText), Status::ok);
            echo(exchange);
        });
        readable = [this](Exchange& exchange) { echo(exchange); };
        ConnectionTest::SetUp();
    }
    void echo(Exchange& exchange) {
        for (;;) {
            const ContentRead part = server().read(exchange);
            if (part.failure != ContentFailure::none) {
                server().break_off(exchange);
                return;
            }
            write(exchange, part.bytes);
            if (part.is_end) {
                server().finish(exchange);
                return;
            }
            if (part.bytes.empty()) return;
        }
    }
    // A request that waits for its answer.
    Exchange& later(io::SimPeer& peer, std::string_view request = kGetLater) {
        ask(peer, request);
        Exchange* exchange = waiting.back();
        waiting.clear();
        return *exchange;
    }
    bool write(Exchange& exchange, std::string_view bytes) {
        bool is_full = false;
        EXPECT_EQ(server().write(exchange, bytes, is_full), Status::ok);
        return is_full;
    }
    LentBytes lend(std::string_view bytes) {
        ++lent;
        return {.bytes = bytes,
                .release = [](void* self) { ++static_cast<StreamsTest*>(self)->released; },
                .user_data = this};
    }
    std::string taken(io::SimPeer& peer) {
        settle();
        return peer.take_received();
    }
    void TearDown() override {
        stop();
        EXPECT_EQ(released, lent);
        EXPECT_EQ(memory().bytes_in_use(), 0u);
    }
    std::function<void(Exchange&)> on_room;
    int told = 0;
    int lent = 0;
    int released = 0;
};

TEST_F(StreamsTest, writes_in_chunks_what_has_no_length) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    const http1::HeaderView field{"X-A", "b"};
    EXPECT_EQ(
        server().begin(
            exchange, {.status = 201, .content = Content::json, .fields = {&field, 1}, .body = {}}),
        Status::ok);
    const std::string head = taken(peer);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 201 Created\r\n"));
    EXPECT_TRUE(head.ends_with("X-A: b\r\nTransfer-Encoding: chunked\r\n\r\n")) << head;
    EXPECT_NE(head.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Content-Length"), std::string::npos);
    write(exchange, "hello");
    EXPECT_EQ(taken(peer), "5\r\nhello\r\n");
    write(exchange, "");
    EXPECT_EQ(taken(peer), "");
    write(exchange, "one ");
    write(exchange, "two");
    EXPECT_EQ(taken(peer), "4\r\none \r\n3\r\ntwo\r\n");
    EXPECT_EQ(server().finish(exchange), Status::ok);
    EXPECT_EQ(taken(peer), "0\r\n\r\n");
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(StreamsTest, holds_to_a_promised_length) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    EXPECT_EQ(server().begin(exchange, kText, 5), Status::ok);
    write(exchange, "hel");
    bool is_full = false;
    EXPECT_EQ(server().write(exchange, "low", is_full), Status::argument);
    EXPECT_EQ(server().write(exchange, lend("low"), is_full), Status::argument);
    write(exchange, "lo");
    EXPECT_EQ(server().finish(exchange), Status::ok);
    const std::string answer = taken(peer);
    EXPECT_NE(answer.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(body_of(answer), "hello");
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(StreamsTest, closes_when_less_than_was_promised_is_written) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText, 5);
    write(exchange, "hel");
    EXPECT_EQ(server().finish(exchange), Status::argument);
    EXPECT_EQ(body_of(taken(peer)), "hel");
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(StreamsTest, ends_with_the_connection_for_http10) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer, "GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    server().begin(exchange, kText);
    write(exchange, "hello");
    server().finish(exchange);
    const std::string answer = taken(peer);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(body_of(answer), "hello");
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(StreamsTest, keeps_http10_open_when_the_length_is_promised) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer, "GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    server().begin(exchange, kText, 5);
    write(exchange, "hello");
    server().finish(exchange);
    EXPECT_NE(taken(peer).find("Connection: keep-alive\r\n"), std::string::npos);
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(StreamsTest, sends_no_content_where_there_is_none) {
    struct Case {
        const char* method;
        std::uint32_t status;
        std::uint64_t length;
        const char* field;  // of the head, or none of the framing fields
    };
    for (const Case& one :
         {Case{"HEAD", 200, kUnknownLength, "Transfer-Encoding: chunked\r\n"},
          Case{"HEAD", 200, 5, "Content-Length: 5\r\n"}, Case{"GET", 204, kUnknownLength, nullptr},
          Case{"GET", 304, 5, nullptr}}) {
        io::SimPeer& peer = connect();
        Exchange& exchange =
            later(peer, std::string(one.method) + " /later HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(server().begin(exchange,
                                 {.status = one.status, .content = {}, .fields = {}, .body = {}},
                                 one.length),
                  Status::ok);
        EXPECT_FALSE(write(exchange, "hello"));
        bool is_full = false;
        EXPECT_EQ(server().write(exchange, lend("hello"), is_full), Status::ok);
        EXPECT_EQ(server().finish(exchange), Status::ok);
        const std::string answer = taken(peer);
        EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
        EXPECT_EQ(answer.find("hello"), std::string::npos) << answer;
        if (one.field != nullptr) {
            EXPECT_NE(answer.find(one.field), std::string::npos) << answer;
        } else {
            EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << answer;
            EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos) << answer;
        }
        EXPECT_EQ(status_of(ask(peer, kGet)), 200);
    }
}

TEST_F(StreamsTest, ends_with_trailers) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    write(exchange, "hello");
    const http1::HeaderView forbidden{"Content-Length", "5"};
    EXPECT_EQ(server().finish(exchange, {&forbidden, 1}), Status::header);
    const http1::HeaderView smuggled{"X-Sum", "1\r\nX: y"};
    EXPECT_EQ(server().finish(exchange, {&smuggled, 1}), Status::header);
    const http1::HeaderView good[] = {{"X-Sum", "1"}, {"X-Other", "2"}};
    EXPECT_EQ(server().finish(exchange, good), Status::ok);
    std::string trailers;
    EXPECT_EQ(chunks_of(taken(peer), &trailers), "hello");
    EXPECT_EQ(trailers, "X-Sum: 1\r\nX-Other: 2\r\n");
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(StreamsTest, tells_the_writer_to_wait_and_to_go_on) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    const std::string piece(10'000, 'p');
    std::size_t pieces = 0;
    while (!write(exchange, piece)) {
        ASSERT_LT(++pieces, 100u);
        settle();
    }
    EXPECT_GT((pieces + 1) * (piece.size() + 8), kWriteHighBytes - 200) << "the head counts, too";
    EXPECT_LT(pieces * piece.size(), kWriteHighBytes);
    EXPECT_LT(memory().bytes_in_use(), 2 * kWriteHighBytes);
    settle();
    EXPECT_EQ(told, 0);
    on_room = [&](Exchange& writer) {
        write(writer, "last");
        server().finish(writer);
    };
    peer.take_max = 5'000;
    while (told == 0) {
        turn();
    }
    EXPECT_GE(peer.received().size(), (pieces + 1) * piece.size() - kWriteLowBytes);
    EXPECT_EQ(chunks_of(taken(peer)), std::string((pieces + 1) * piece.size(), 'p') + "last");
    EXPECT_EQ(told, 1);
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(StreamsTest, refuses_a_writer_that_does_not_wait) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    const std::string piece(100'000, 'p');
    bool is_full = false;
    Status status = Status::ok;
    int count = 0;
    while ((status = server().write(exchange, piece, is_full)) == Status::ok) {
        ASSERT_LT(++count, 100);
    }
    EXPECT_EQ(status, Status::limit);
    EXPECT_TRUE(is_full);
    EXPECT_EQ(server().write(exchange, lend(piece), is_full), Status::limit);
    EXPECT_LT(memory().bytes_in_use(), kWriteBytesMax + 1'000'000);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(told, 1);
    server().finish(exchange);
    EXPECT_EQ(chunks_of(taken(peer)).size(), static_cast<std::size_t>(count) * piece.size());
}

TEST_F(StreamsTest, sends_lent_bytes_in_place_and_gives_them_back) {
    const std::string large(300'000, 'l');
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    bool is_full = false;
    EXPECT_EQ(server().write(exchange, lend("small"), is_full), Status::ok);
    EXPECT_EQ(released, 1);
    EXPECT_EQ(server().write(exchange, lend(large), is_full), Status::ok);
    EXPECT_TRUE(is_full);
    EXPECT_LT(memory().bytes_in_use(), large.size());
    write(exchange, "more");
    settle();
    EXPECT_EQ(released, 2);
    EXPECT_EQ(told, 1);
    server().finish(exchange);
    EXPECT_EQ(chunks_of(taken(peer)), "small" + large + "more");
}

TEST_F(StreamsTest, gives_lent_bytes_back_when_the_client_leaves) {
    const std::string large(100'000, 'l');
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    Exchange& exchange = later(peer);
    server().begin(exchange, kText, 300'000);
    bool is_full = false;
    for (int index = 0; index < 3; ++index) {
        EXPECT_EQ(server().write(exchange, lend(large), is_full), Status::ok);
    }
    settle();
    EXPECT_EQ(released, 0);
    peer.reset();
    settle();
    EXPECT_EQ(released, 3);
    EXPECT_EQ(server().write(exchange, lend(large), is_full), Status::gone);
    EXPECT_EQ(released, 4);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(StreamsTest, tells_within_the_turn_that_the_client_has_left) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    write(exchange, "hello");
    settle();
    peer.reset();
    turn();
    EXPECT_EQ(gone, 1);
    bool is_full = false;
    EXPECT_EQ(server().write(exchange, "x", is_full), Status::gone);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(StreamsTest, gives_gone_from_whatever_ends_the_answer_of_a_client_that_left) {
    const auto leave = [&](io::SimPeer& peer) {
        peer.reset();
        settle();
    };
    {
        io::SimPeer& peer = connect();
        Exchange& exchange = later(peer);
        leave(peer);
        EXPECT_EQ(server().begin(exchange, kText), Status::gone);
    }
    {
        io::SimPeer& peer = connect();
        Exchange& exchange = later(peer);
        server().begin(exchange, kText);
        leave(peer);
        EXPECT_EQ(server().finish(exchange), Status::gone);
    }
    {
        io::SimPeer& peer = connect();
        Exchange& exchange = later(peer);
        server().begin(exchange, kText);
        leave(peer);
        server().break_off(exchange);
    }
    {
        io::SimPeer& peer = connect();
        Exchange& exchange = later(peer);
        server().begin(exchange, kText);
        leave(peer);
        server().reply_fail(exchange, "it failed");
    }
    EXPECT_EQ(server().exchanges_live(), 0u);
    EXPECT_EQ(gone, 4);
}

TEST_F(StreamsTest, still_writes_to_a_client_that_has_closed_its_side) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    peer.finish();
    settle();
    EXPECT_EQ(gone, 1);
    write(exchange, "hello");
    server().finish(exchange);
    EXPECT_EQ(chunks_of(taken(peer)), "hello");
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(StreamsTest, breaks_off_without_an_end) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    write(exchange, "hello");
    server().break_off(exchange);
    EXPECT_TRUE(taken(peer).ends_with("5\r\nhello\r\n"));
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_EQ(server().exchanges_live(), 0u);

    io::SimPeer& silent = connect();
    server().break_off(later(silent));
    EXPECT_EQ(taken(silent), "");
    EXPECT_TRUE(silent.server_has_finished());

    io::SimPeer& failing = connect();
    Exchange& failed = later(failing);
    server().begin(failed, kText);
    EXPECT_EQ(server().reply_fail(failed, "it failed"), Status::ok);
    EXPECT_FALSE(taken(failing).ends_with("0\r\n\r\n"));
    EXPECT_TRUE(failing.server_has_finished());
}

TEST_F(StreamsTest, keeps_the_order_of_calls) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    bool is_full = false;
    EXPECT_EQ(server().write(exchange, "x", is_full), Status::state);
    EXPECT_EQ(server().write(exchange, lend("x"), is_full), Status::state);
    EXPECT_EQ(server().finish(exchange), Status::state);
    EXPECT_EQ(server().begin(exchange, {.status = 200, .content = {}, .fields = {}, .body = "x"}),
              Status::argument);
    EXPECT_EQ(server().begin(exchange, {.status = 99, .content = {}, .fields = {}, .body = {}}),
              Status::argument);
    EXPECT_EQ(server().begin(exchange, kText), Status::ok);
    EXPECT_EQ(server().begin(exchange, kText), Status::state);
    EXPECT_EQ(server().reply(exchange, kText), Status::state);
    EXPECT_EQ(server().reply_problem(exchange, 500, {}), Status::state);
    EXPECT_EQ(server().finish(exchange), Status::ok);
    EXPECT_EQ(chunks_of(taken(peer)), "");
}

TEST_F(StreamsTest, goes_on_with_what_was_pipelined) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer, std::string(kGetLater) + std::string(kGet));
    server().begin(exchange, kText, 3);
    write(exchange, "one");
    server().finish(exchange);
    const std::string answers = taken(peer);
    EXPECT_EQ(status_of(answers, 1), 200);
    EXPECT_EQ(body_of(answers), "hi");
}

TEST_F(StreamsTest, writes_while_it_reads) {
    const std::string content(500'000, 'e');
    io::SimPeer& peer = connect();
    peer.take_max = 3'000;
    peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
    for (std::size_t at = 0; at < content.size(); at += 5'000) {
        peer.send(content.substr(at, 5'000));
    }
    peer.send(kGet);
    settle();
    const std::string answers = peer.take_received();
    EXPECT_EQ(chunks_of(answers.substr(0, response_at(answers, 1))), content);
    EXPECT_EQ(body_of(answers), "hi");
}

TEST_F(StreamsTest, closes_when_the_content_fails_after_the_answer_began) {
    io::SimPeer& peer = connect();
    ask(peer,
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n");
    EXPECT_TRUE(peer.received().ends_with("2\r\nab\r\n") ||
                !peer.received().ends_with("0\r\n\r\n"));
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(StreamsTest, lets_after_hooks_change_the_head) {
    after = [](Exchange& exchange, Reply& reply) {
        static_cast<void>(exchange.add_field("X-After", "yes"));
        reply.status = 202;
    };
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    exchange.has_after_hooks = true;
    EXPECT_EQ(server().begin(exchange, kText), Status::ok);
    write(exchange, "hello");
    server().finish(exchange);
    const std::string answer = taken(peer);
    EXPECT_EQ(status_of(answer), 202);
    EXPECT_NE(answer.find("X-After: yes\r\n"), std::string::npos);
    EXPECT_EQ(chunks_of(answer), "hello");

    after = [](Exchange&, Reply& reply) { reply.body = "spoilt"; };
    Exchange& spoilt = later(peer);
    spoilt.has_after_hooks = true;
    EXPECT_EQ(server().begin(spoilt, kText), Status::gone);
    EXPECT_EQ(status_of(taken(peer)), 500);
}

TEST_F(StreamsTest, finishes_while_the_server_drains) {
    io::SimPeer& peer = connect();
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    server().drain();
    write(exchange, "hello");
    settle();
    EXPECT_FALSE(peer.server_has_finished());
    server().finish(exchange);
    EXPECT_EQ(chunks_of(taken(peer)), "hello");
    advance_ms(kDrainGraceMs + 300);
    EXPECT_TRUE(server().is_empty());
}

TEST_F(StreamsTest, ends_with_the_server) {
    const std::string large(100'000, 'l');
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    Exchange& exchange = later(peer);
    server().begin(exchange, kText);
    bool is_full = false;
    server().write(exchange, lend(large), is_full);
    server().write(exchange, lend(large), is_full);
    turn();
}

}  // namespace
}  // namespace trivet::http
