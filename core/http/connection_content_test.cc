#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

constexpr std::string_view kStream = "POST /stream HTTP/1.1\r\nHost: a\r\n";
constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n\r\n";

std::string with_length(std::size_t size) {
    return std::string(kStream) + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

std::string with_chunks() { return std::string(kStream) + std::string(kChunked); }

// A handler that reads when it is told to, or all along and then gives it back.
class ContentTest : public ConnectionTest {
protected:
    explicit ContentTest(const Limits& limits = {}) : ConnectionTest(limits) {}
    void SetUp() override {
        stream("POST", "/stream", [this](Exchange& exchange) { begin_reading(exchange); });
        stream("POST", "/small", [this](Exchange& exchange) { begin_reading(exchange); }, 10);
        stream("POST", "/deaf", [this](Exchange& exchange) { text(exchange, "not read"); });
        readable = [this](Exchange& exchange) {
            ++told;
            if (reads_all) read_on(exchange);
        };
        ConnectionTest::SetUp();
    }
    void begin_reading(Exchange& exchange) {
        reading = &exchange;
        generation = exchange.generation;
        content.clear();
        failure = ContentFailure::none;
        if (reads_all) read_on(exchange);
    }
    // Reads until nothing is there; answers at the end.
    void read_on(Exchange& exchange) {
        for (;;) {
            const ContentRead part = server().read(exchange);
            content += part.bytes;
            failure = part.failure;
            if (part.failure != ContentFailure::none) {
                if (part.failure != ContentFailure::gone) server().reply_fail(exchange, "content");
                return;
            }
            if (part.is_end) {
                for (const http1::HeaderView& field : exchange.trailer_fields()) {
                    content += "|" + std::string(std::string_view(field.name)) + "=" +
                               std::string(std::string_view(field.value));
                }
                text(exchange, content);
                return;
            }
            if (part.bytes.empty()) return;
        }
    }
    bool is_live() { return server().find(reading->slot, generation) == reading; }

    Exchange* reading = nullptr;
    std::uint32_t generation = 0;
    std::string content;
    ContentFailure failure = ContentFailure::none;
    bool reads_all = true;
    int told = 0;
};

TEST_F(ContentTest, delivers_the_head_before_the_content) {
    io::SimPeer& peer = connect();
    EXPECT_EQ(ask(peer, with_length(5)), "");
    ASSERT_NE(reading, nullptr);
    EXPECT_EQ(std::string_view(reading->view.path), "/stream");
    EXPECT_EQ(ask(peer, "he"), "");
    EXPECT_EQ(content, "he");
    EXPECT_EQ(body_of(ask(peer, "llo")), "hello");
    EXPECT_EQ(told, 2);
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(ContentTest, reads_the_same_however_the_bytes_are_split) {
    const std::string requests =
        with_length(11) + "hello world" + with_chunks() +
        "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1 \r\nAuthorization: 9\r\nX-B:\r\n\r\n" +
        with_length(0) + "POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz" +
        with_chunks() + "1\r\nz\r\n0\r\n\r\n" + std::string(kGet);
    const std::string expected = ask(connect(), requests);
    EXPECT_NE(expected.find("\r\n\r\nhello world"), std::string::npos);
    EXPECT_NE(expected.find("\r\n\r\nabcde|X-Sum=1|X-B="), std::string::npos) << expected;
    ASSERT_EQ(status_of(expected, 5), 200) << expected;
    expect_however_cut(requests, expected);
}

TEST_F(ContentTest, holds_no_more_than_a_window_of_what_is_not_read) {
    reads_all = false;
    io::SimPeer& peer = connect();
    ask(peer, with_length(1'000'000));
    std::string sent;
    for (int index = 0; index < 100; ++index) {
        const std::string piece(10'000, static_cast<char>('a' + index % 26));
        peer.send(piece);
        sent += piece;
    }
    settle();
    EXPECT_GE(reading->content->unread(), kContentWindowBytes);
    EXPECT_LE(reading->content->unread(), kContentWindowBytes + 10'000);
    EXPECT_LT(memory().bytes_in_use(), 4 * kContentWindowBytes);
    while (content.size() < sent.size()) {
        const ContentRead part = server().read(*reading);
        ASSERT_FALSE(part.bytes.empty()) << content.size();
        content += part.bytes;
        settle();
        EXPECT_LE(reading->content->unread(), kContentWindowBytes + 10'000);
    }
    EXPECT_EQ(content, sent);
    EXPECT_TRUE(server().read(*reading).is_end);
    text(*reading, "done");
    settle();
    EXPECT_EQ(body_of(peer.take_received()), "done");
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(ContentTest, goes_on_receiving_after_an_answer_that_left_a_full_window_unread) {
    reads_all = false;
    io::SimPeer& peer = connect();
    ask(peer, with_length(150'000));
    for (int index = 0; index < 15; ++index) {
        peer.send(std::string(10'000, 'x'));
    }
    settle();
    text(*reading, "enough");
    EXPECT_EQ(body_of(ask(peer, kGet)), "hi");
    EXPECT_FALSE(peer.server_has_finished());
}

TEST_F(ContentTest, is_told_to_continue_when_the_handler_begins_to_read) {
    reads_all = false;
    io::SimPeer& peer = connect();
    EXPECT_EQ(ask(peer, std::string(kStream) + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
              "");
    server().read(*reading);
    settle();
    EXPECT_EQ(peer.take_received(), "HTTP/1.1 100 Continue\r\n\r\n");
    server().read(*reading);
    EXPECT_EQ(ask(peer, "ok"), "");
    EXPECT_EQ(server().read(*reading).bytes, "ok");
    text(*reading, "read");
    settle();
    EXPECT_EQ(body_of(peer.take_received()), "read");
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(ContentTest, is_not_told_to_continue_when_content_has_come) {
    io::SimPeer& peer = connect();
    const std::string head =
        std::string(kStream) + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    EXPECT_TRUE(ask(peer, head + "o").empty());
    EXPECT_TRUE(ask(peer, "k").starts_with("HTTP/1.1 200 "));
    reads_all = false;
    ask(peer, head);
    ask(peer, "o");
    server().read(*reading);
    settle();
    EXPECT_EQ(peer.take_received(), "");
    server().reply(*reading, {});
}

TEST_F(ContentTest, goes_on_when_content_came_without_a_word_to_continue) {
    reads_all = false;
    io::SimPeer& peer = connect();
    ask(peer, std::string(kStream) + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    ask(peer, "ab");
    text(*reading, "not read");
    settle();
    EXPECT_EQ(peer.take_received().find("Connection: close"), std::string::npos);
    EXPECT_EQ(body_of(ask(peer, "cd" + std::string(kGet))), "hi");
    EXPECT_FALSE(peer.server_has_finished());
}

TEST_F(ContentTest, closes_when_it_answers_who_waits_to_be_told_to_continue) {
    io::SimPeer& peer = connect();
    const std::string answer =
        ask(peer,
            "POST /deaf HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ContentTest, refuses_content_that_is_announced_to_be_too_long) {
    io::SimPeer& peer = connect();
    const std::string answer =
        ask(peer, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    EXPECT_EQ(status_of(answer), 413);
    EXPECT_EQ(reading, nullptr);
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ContentTest, fails_content_in_chunks_that_becomes_too_long) {
    for (const std::string_view more : {"6\r\nabcdef\r\n", "6\r\n", "fffffff\r\n"}) {
        io::SimPeer& peer = connect();
        ask(peer, "POST /small HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked) + "5\r\n12345\r\n");
        EXPECT_EQ(content, "12345");
        const std::string answer = ask(peer, more);
        EXPECT_EQ(failure, ContentFailure::limit) << more;
        EXPECT_EQ(status_of(answer), 413) << more;
        EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
        EXPECT_TRUE(peer.server_has_finished());
        EXPECT_EQ(ask(peer, kGet), "");
    }
}

TEST_F(ContentTest, fails_chunks_that_are_malformed) {
    io::SimPeer& peer = connect();
    ask(peer, with_chunks() + "2\r\nab\r\n");
    EXPECT_EQ(status_of(ask(peer, "zz\r\n")), 400);
    EXPECT_EQ(failure, ContentFailure::malformed);
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ContentTest, discards_what_follows_a_failure_until_the_handler_answers) {
    reads_all = false;
    io::SimPeer& peer = connect();
    ask(peer, with_chunks() + "zz\r\n");
    EXPECT_EQ(server().read(*reading).failure, ContentFailure::malformed);
    const std::size_t before = memory().bytes_in_use();
    for (int index = 0; index < 200; ++index) {
        peer.send(std::string(10'000, 'x'));
    }
    settle();
    EXPECT_LE(memory().bytes_in_use(), before);
    server().reply_fail(*reading, "it failed");
    turn();
    turn();
    EXPECT_EQ(status_of(peer.take_received()), 400);
    settle();
    EXPECT_TRUE(peer.server_has_closed()) << "too much came";
}

TEST_F(ContentTest, fails_for_want_of_memory_with_503) {
    io::SimPeer& peer = connect();
    ask(peer, with_length(100'000));
    memory().set_failure_hook([](void*, std::size_t size) { return size > 50'000; }, nullptr);
    const std::string answer = ask(peer, std::string(60'000, 'x'));
    memory().set_failure_hook(nullptr, nullptr);
    EXPECT_EQ(failure, ContentFailure::memory);
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ContentTest, tells_the_reader_that_the_client_has_left) {
    for (const bool is_reset : {true, false}) {
        io::SimPeer& peer = connect();
        ask(peer, with_length(10) + "half");
        told = 0;
        gone = 0;
        is_reset ? peer.reset() : peer.finish();
        turn();
        EXPECT_EQ(gone, 1);
        EXPECT_EQ(told, 1);
        EXPECT_EQ(failure, ContentFailure::gone);
        ASSERT_TRUE(is_live());
        EXPECT_EQ(server().read(*reading).failure, ContentFailure::gone);
        EXPECT_EQ(server().reply(*reading, {}), is_reset ? Status::gone : Status::ok);
        settle();
        EXPECT_FALSE(is_live());
        EXPECT_TRUE(peer.server_has_closed());
    }
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ContentTest, tells_of_a_client_that_leaves_while_it_is_held_back) {
    reads_all = false;
    io::SimPeer& peer = connect();
    ask(peer, with_length(1'000'000));
    for (int index = 0; index < 20; ++index) {
        peer.send(std::string(10'000, 'x'));
    }
    settle();
    ASSERT_LT(reading->content->unread(), 200'000u) << "it is held back";
    gone = 0;
    peer.finish();
    settle();
    EXPECT_EQ(gone, 0) << "what it sent before it closed its side is still to be read";
    peer.reset();
    turn();
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(server().read(*reading).failure, ContentFailure::gone);
    EXPECT_EQ(server().reply(*reading, {}), Status::gone);
    settle();
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ContentTest, reads_past_what_an_answered_handler_left_unread) {
    for (const std::string& request :
         {"POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
              std::string(100'000, 'x'),
          "POST /deaf HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked) + "186a0\r\n" +
              std::string(100'000, 'x') + "\r\n0\r\nX: y\r\n\r\n"}) {
        io::SimPeer& peer = connect();
        EXPECT_EQ(body_of(ask(peer, request.substr(0, 100))), "not read");
        for (std::size_t at = 100; at < request.size(); at += 10'000) {
            EXPECT_EQ(ask(peer, request.substr(at, 10'000)), "");
        }
        EXPECT_EQ(body_of(ask(peer, kGet)), "hi");
        EXPECT_FALSE(peer.server_has_finished());
    }
}

// A client that sends all before it reads would wait for ever.
TEST_F(ContentTest, reads_past_content_although_its_large_answer_is_not_taken) {
    reads_all = false;
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    ask(peer, with_length(200'000));
    text(*reading, std::string(2 * kOutputBytesMax, 'y'));
    settle();
    const std::size_t before = memory().bytes_in_use();
    for (int index = 0; index < 20; ++index) {
        peer.send(std::string(10'000, 'x'));
    }
    settle();
    EXPECT_LE(memory().bytes_in_use(), before + BlockPool::kBlockBytes);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(body_of(peer.take_received()).size(), 2 * kOutputBytesMax);
    EXPECT_EQ(body_of(ask(peer, kGet)), "hi");
}

TEST_F(ContentTest, closes_when_too_much_is_left_unread) {
    io::SimPeer& counted = connect();
    const std::string answer =
        ask(counted, "POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(counted.server_has_finished());

    io::SimPeer& chunked = connect();
    const std::string piece = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
    EXPECT_EQ(ask(chunked, "POST /deaf HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked) + piece)
                  .find("Connection:"),
              std::string::npos);
    for (int index = 0; index < 40; ++index) {
        ask(chunked, piece);
    }
    EXPECT_TRUE(chunked.server_has_finished());
    EXPECT_FALSE(chunked.server_has_closed());
    chunked.finish();
    settle();
    EXPECT_TRUE(chunked.server_has_closed());
}

TEST_F(ContentTest, closes_when_what_is_left_unread_is_malformed_or_does_not_come) {
    io::SimPeer& malformed = connect();
    ask(malformed, "POST /deaf HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked));
    EXPECT_EQ(ask(malformed, "zz\r\n"), "");
    EXPECT_TRUE(malformed.server_has_finished());

    io::SimPeer& silent = connect();
    ask(silent, "POST /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    EXPECT_FALSE(silent.server_has_finished());
    advance_ms(kSkipMs + 500);
    EXPECT_TRUE(silent.server_has_finished());
    advance_ms(kLingerMs + 500);
    EXPECT_TRUE(silent.server_has_closed());
}

TEST_F(ContentTest, gives_trailers_with_content_that_was_gathered) {
    io::SimPeer& peer = connect();
    ask(peer, "POST /later HTTP/1.1\r\nHost: a\r\n" + std::string(kChunked) +
                  "1\r\na\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n");
    ASSERT_EQ(waiting.size(), 1u);
    const auto fields = waiting[0]->trailer_fields();
    ASSERT_EQ(fields.size(), 1u);
    EXPECT_EQ(std::string_view(fields[0].name), "X-Sum");
    EXPECT_EQ(std::string_view(fields[0].value), "7");
    const ContentRead whole = server().read(*waiting[0]);
    EXPECT_EQ(whole.bytes, "a");
    EXPECT_TRUE(whole.is_end);
    const ContentRead rest = server().read(*waiting[0]);
    EXPECT_EQ(rest.bytes, "");
    EXPECT_TRUE(rest.is_end);
    answer("done");
}

TEST_F(ContentTest, drops_trailers_beyond_the_limit) {
    std::string trailers;
    std::string expected = "x";
    for (std::size_t index = 0; index < 100; ++index) {
        const std::string name = "X-" + std::to_string(index);
        trailers += name + ": y\r\n";
        expected += index < Trailers::kTrailersMax ? "|" + name + "=y" : "";
    }
    const std::string answer =
        ask(connect(), with_chunks() + "1\r\nx\r\n0\r\n" + trailers + "\r\n");
    EXPECT_EQ(body_of(answer), expected);
}

TEST_F(ContentTest, says_so_when_there_is_no_memory_for_trailers) {
    io::SimPeer& peer = connect();
    ask(peer, with_chunks() + "1\r\nx\r\n");
    memory().set_failure_hook([](void*, std::size_t size) { return size == sizeof(Trailers); },
                              nullptr);
    EXPECT_EQ(status_of(ask(peer, "0\r\nX-A: y\r\n\r\n")), 503);
    memory().set_failure_hook(nullptr, nullptr);
    EXPECT_EQ(failure, ContentFailure::memory);
}

TEST_F(ConnectionTest, says_continue_only_when_it_will_read) {
    io::SimPeer& peer = connect();
    const std::string head =
        "POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    EXPECT_EQ(ask(peer, head), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(status_of(ask(peer, "ok")), 200);
    EXPECT_EQ(status_of(ask(peer, head + "ok")), 200);
    const std::string refused = ask(
        peer,
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(status_of(refused), 404);
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ConnectionTest, reads_past_the_content_of_a_request_it_has_no_route_for) {
    io::SimPeer& peer = connect();
    const std::string answers =
        ask(peer, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
                      std::string(kGet));
    EXPECT_EQ(status_of(answers), 404);
    EXPECT_EQ(status_of(answers, 1), 200);
}

}  // namespace
}  // namespace trivet::http
