#include "http/server.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "http/harness_test.h"

namespace trivet::http {
namespace {

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

// Fails the n-th allocation, or all from the n-th on. Counts from 1.
struct FailingMemory {
    static bool fail(void* context, std::size_t) {
        auto& self = *static_cast<FailingMemory*>(context);
        const bool is_failing =
            ++self.count == self.first || (self.is_lasting && self.count > self.first);
        self.has_failed = self.has_failed || is_failing;
        return is_failing;
    }
    std::uint64_t first = 0;
    bool is_lasting = false;
    std::uint64_t count = 0;
    bool has_failed = false;
};

class Script : public ServerHarness {
public:
    explicit Script(const Limits& limits = {}) : ServerHarness(limits) {
        route("GET", "/hello", [this](Exchange& exchange) { answer(exchange, "hi"); });
        route("*", "/body", [this](Exchange& exchange) { answer(exchange, exchange.view.body); });
        route("GET", "/users/{name}",
              [this](Exchange& exchange) { answer(exchange, exchange.view.params[0].value); });
        route("*", "/later", [this](Exchange& exchange) {
            waiting.push_back({exchange.slot, exchange.generation});
        });
        route("GET", "/boom", [this](Exchange& exchange) {
            if (at_boom) {
                at_boom();
            }
            server().reply_fail(exchange, "boom");
        });
        route("GET", "/items", [this](Exchange& exchange) {
            const auto query = exchange.query_items();
            const auto cookies = exchange.cookie_items();
            answer(exchange,
                   query && cookies ? std::to_string(query->size() + cookies->size()) : "none");
        });
        stream("POST", "/stream", [this](Exchange& exchange) {
            if (server().begin(exchange, {.status = 200, .fields = {}, .body = {}}) == Status::ok) {
                echo(exchange);
            }
        });
        readable = [this](Exchange& exchange) { echo(exchange); };
        start();
    }
    // Writes what it reads, and something lent with each piece.
    void echo(Exchange& exchange) {
        static const std::string large(OutputQueue::kLentBytesMin, 'l');
        for (;;) {
            const ContentRead part = server().read(exchange);
            if (part.failure != ContentFailure::none) {
                server().break_off(exchange);
                return;
            }
            bool is_full = false;
            if (server().write(exchange, part.bytes, is_full) != Status::ok) return;
            if (part.is_end) {
                const http1::HeaderView trailer{"X-Sum", "1"};
                server().finish(exchange, {&trailer, 1});
                return;
            }
            if (part.bytes.empty()) return;
            ++lent;
            if (server().write(
                    exchange,
                    {.bytes = large,
                     .release = [](void* self) { ++static_cast<Script*>(self)->released; },
                     .user_data = this},
                    is_full) != Status::ok) {
                return;
            }
        }
    }
    void answer(Exchange& exchange, std::string_view body) {
        server().reply(exchange,
                       {.status = 200, .content = Content::text, .fields = {}, .body = body});
    }
    void answer_waiting() {
        for (const auto& [slot, generation] : std::exchange(waiting, {})) {
            // A request that fell to a failure has no handle any more.
            if (Exchange* exchange = server().find(slot, generation)) {
                answer(*exchange, "late");
            }
        }
        settle();
    }
    // A bit of everything a connection does; whatever comes of it, nothing may be left in the end.
    void run() {
        io::SimPeer& bystander = connect();
        io::SimPeer& plain = connect();
        ask(plain, kGet);
        ask(plain, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
        ask(plain, std::string("llo") + std::string(kGet) + std::string(kGet).substr(0, 10));
        ask(plain, kGet.substr(10));
        io::SimPeer& chunked = connect();
        ask(chunked,
            "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        ask(chunked, "fff\r\n" + std::string(4095, 'x') + "\r\n0\r\n\r\n");
        io::SimPeer& late = connect();
        std::string fields;
        for (int index = 0; index < 40; ++index) {
            fields += "X-" + std::to_string(index) + ": y\r\n";
        }
        ask(late, "GET /later HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + std::string(kGet));
        answer_waiting();
        io::SimPeer& leaver = connect();
        ask(leaver, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        leaver.reset();
        settle();
        answer_waiting();
        io::SimPeer& other = connect();
        ask(other, "GET /users/J%C3%BCrgen HTTP/1.1\r\nHost: a\r\n\r\n");
        ask(other,
            "GET /items?a=%41&b=2 HTTP/1.1\r\nHost: a\r\nCookie: c=d\r\nCookie: \"e\"=f\r\n\r\n");
        ask(other, "GET /boom HTTP/1.1\r\nHost: a\r\n\r\n");
        ask(other, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        ask(other, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
        ask(other, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
        ask(other, "BAD\r\n\r\n");
        io::SimPeer& streaming = connect();
        const std::string head = "POST /stream HTTP/1.1\r\nHost: a\r\n";
        ask(streaming, head + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        ask(streaming, "hello");
        io::SimPeer& chunks = connect();
        ask(chunks, head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel");
        ask(chunks, "lo\r\nfff\r\n" + std::string(4095, 'x'));
        ask(chunks, "\r\n0\r\nX-A: b\r\n\r\n" + std::string(kGet));
        io::SimPeer& stream_leaver = connect();
        ask(stream_leaver, head + "Content-Length: 50000\r\n\r\n" + std::string(3000, 'x'));
        stream_leaver.reset();
        settle();
        memory().set_failure_hook(nullptr, nullptr);
        loop().faults = {};
        bystander_status = status_of(ask(bystander, kGet));
        for (io::SimPeer* peer :
             {&bystander, &plain, &chunked, &late, &other, &streaming, &chunks}) {
            peer->finish();
        }
        settle();
        advance_ms(kLingerMs + 500);
    }
    struct Handle {
        std::uint32_t slot;
        std::uint32_t generation;
    };
    std::vector<Handle> waiting;
    int lent = 0;
    int released = 0;
    int bystander_status = 0;
    std::function<void()> at_boom;
};

void expect_nothing_left(Script& script, std::uint64_t n) {
    EXPECT_TRUE(script.server().is_empty()) << "a connection is stuck after failure " << n;
    EXPECT_EQ(script.server().exchanges_live(), 0u) << "an exchange leaks after failure " << n;
    EXPECT_EQ(script.lent, script.released) << "lent bytes leak after failure " << n;
}

TEST(Server, survives_the_failure_of_any_allocation) {
    bool has_failed = true;
    std::uint64_t n = 0;
    while (has_failed && ++n < 1000) {
        Script script;
        FailingMemory failing{.first = n};
        script.memory().set_failure_hook(FailingMemory::fail, &failing);
        script.run();
        expect_nothing_left(script, n);
        has_failed = failing.has_failed;
        if (n > 1) {  // the first failure is the bystander's own
            EXPECT_EQ(script.bystander_status, 200) << n;
        }
    }
    EXPECT_GT(n, 10u);
    EXPECT_FALSE(has_failed);
}

TEST(Server, survives_the_end_of_all_memory_at_any_point) {
    bool has_failed = true;
    for (std::uint64_t n = 1; has_failed && n < 1000; ++n) {
        Script script;
        FailingMemory failing{.first = n, .is_lasting = true};
        script.memory().set_failure_hook(FailingMemory::fail, &failing);
        script.run();
        expect_nothing_left(script, n);
        has_failed = failing.has_failed;
        io::SimPeer& after = script.connect();
        EXPECT_EQ(status_of(script.ask(after, kGet)), 200)
            << "does not recover after failure " << n;
    }
    EXPECT_FALSE(has_failed);
}

// Runs the script with the n-th operation of a kind failing, for n = 1, 2, 3 … until none fails.
void fail_each(std::uint64_t io::SimFaults::* fault) {
    bool has_failed = true;
    std::uint64_t n = 0;
    while (has_failed) {
        ASSERT_LT(++n, 1000u);
        Script script;
        script.loop().faults.*fault = n;
        script.run();
        has_failed = script.loop().failures() > 0;
        expect_nothing_left(script, n);
        if (n > 1 || fault != &io::SimFaults::open) {
            EXPECT_EQ(script.bystander_status, 200) << n;
        }
        io::SimPeer& after = script.connect();
        EXPECT_EQ(status_of(script.ask(after, kGet)), 200)
            << "does not recover after failure " << n;
    }
    EXPECT_GT(n, 3u);
}

TEST(Server, survives_the_failure_of_any_accept) { fail_each(&io::SimFaults::accept); }
TEST(Server, survives_the_failure_of_any_open) { fail_each(&io::SimFaults::open); }
TEST(Server, survives_the_failure_of_any_receive) { fail_each(&io::SimFaults::receive); }
TEST(Server, survives_the_failure_of_any_send) { fail_each(&io::SimFaults::send); }
TEST(Server, survives_the_failure_of_any_submission) { fail_each(&io::SimFaults::submission); }

TEST(Server, answers_503_when_there_is_no_memory_for_the_content) {
    Script script;
    io::SimPeer& peer = script.connect();
    script.ask(peer, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    // Only what is larger than a block fails, so that there is memory to say so.
    script.memory().set_failure_hook([](void*, std::size_t size) { return size > 50'000; },
                                     nullptr);
    const std::string answer = script.ask(peer, std::string(99'999, 'x'));
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_TRUE(peer.server_has_finished());
    script.memory().set_failure_hook(nullptr, nullptr);
}

TEST(Server, ends_a_request_once_when_there_is_no_memory_even_for_a_failure) {
    Script script;
    io::SimPeer& peer = script.connect();
    FailingMemory failing{.first = 1, .is_lasting = true};
    script.at_boom = [&] { script.memory().set_failure_hook(FailingMemory::fail, &failing); };
    script.ask(peer, "GET /boom?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    script.memory().set_failure_hook(nullptr, nullptr);
    script.at_boom = nullptr;
    EXPECT_TRUE(failing.has_failed);
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(script.server().exchanges_live(), 0u);
    // Two requests at once have two exchanges.
    script.ask(script.connect(), "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    script.ask(script.connect(), "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(script.waiting.size(), 2u);
    EXPECT_NE(script.waiting[0].slot, script.waiting[1].slot);
    script.answer_waiting();
}

TEST(Server, a_refused_reply_leaves_the_request_unanswered) {
    Script script;
    io::SimPeer& peer = script.connect();
    script.ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    Exchange* exchange = script.server().find(script.waiting[0].slot, script.waiting[0].generation);
    ASSERT_NE(exchange, nullptr);
    EXPECT_EQ(script.server().reply(*exchange, {.status = 99, .fields = {}, .body = {}}),
              Status::argument);
    EXPECT_EQ(script.server().reply_problem(*exchange, 200, ""), Status::argument);
    EXPECT_EQ(script.server().reply_redirect(*exchange, 200, "/"), Status::argument);
    EXPECT_EQ(script.server().reply_redirect(*exchange, 302, "/\r\nX: y"), Status::header);
    EXPECT_EQ(script.server().reply_redirect(*exchange, 302, "/next"), Status::ok);
    script.settle();
    const std::string answer = peer.take_received();
    EXPECT_EQ(status_of(answer), 302);
    EXPECT_NE(answer.find("Location: /next\r\n"), std::string::npos);
    EXPECT_EQ(script.server().find(script.waiting[0].slot, script.waiting[0].generation), nullptr);
}

TEST(Server, tells_the_client_nothing_of_why_a_handler_failed) {
    Script script;
    io::SimPeer& peer = script.connect();
    const std::string answer = script.ask(peer, "GET /boom HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(answer), 500);
    EXPECT_EQ(answer.find("boom"), std::string::npos);
    EXPECT_EQ(script.server().stats().handler_failures_total, 1u);
}

TEST(Server, writes_one_line_for_a_failed_handler) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
    io::SimLoop loop;
    Memory memory;
    Log log(pipe[1], LogLevel::error);
    route::Router router;
    struct Failing final : Dispatcher {
        void on_request(Exchange& exchange) noexcept override {
            server->reply_fail(exchange, "ValueError: first\nsecond " + std::string(5000, 'x'));
        }
        void on_gone(Exchange&) noexcept override {}
        Server* server = nullptr;
    } failing;
    ASSERT_TRUE(router
                    .add({.methods = "GET",
                          .host = {},
                          .pattern = "/{path}",
                          .site = {},
                          .name = {},
                          .value = 1})
                    .has_value());
    router.freeze();
    Server server(loop, memory, {}, router, log, failing, {}, 0, 77);
    failing.server = &server;
    server.listen(3);
    loop.connect().send("GET /a%0Ab HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int turn = 0; turn < 5; ++turn) {
        loop.dispatch();
        server.flush_output();
    }
    char bytes[8192];
    const ssize_t size = ::read(pipe[0], bytes, sizeof bytes);
    ASSERT_GT(size, 0);
    const std::string line(bytes, static_cast<std::size_t>(size));
    EXPECT_NE(line.find("request 77 GET /a\\nb failed: ValueError: first\\nsecond xxx"),
              std::string::npos)
        << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST(Server, logs_a_failing_accept_once_a_second) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
    io::SimLoop loop;
    Memory memory;
    Log log(pipe[1], LogLevel::warn);
    route::Router router;
    router.freeze();
    struct None final : Dispatcher {
        void on_request(Exchange&) noexcept override {}
        void on_gone(Exchange&) noexcept override {}
    } none;
    Server server(loop, memory, {}, router, log, none, {}, 0, 1);
    for (int count = 0; count < 5; ++count) {
        server.on_accept_error(EMFILE);
    }
    loop.advance_ms(1000);
    server.on_accept_error(EMFILE);
    char bytes[4096];
    const ssize_t size = ::read(pipe[0], bytes, sizeof bytes);
    ASSERT_GT(size, 0);
    EXPECT_EQ(std::count(bytes, bytes + size, '\n'), 2);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST(Server, gives_requests_ids_in_order_and_new_handles) {
    Script script;
    io::SimPeer& peer = script.connect();
    script.ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto first = script.waiting[0];
    EXPECT_EQ(script.server().find(first.slot, first.generation)->view.id, 1u);
    script.answer_waiting();
    script.ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto second = script.waiting[0];
    EXPECT_EQ(second.slot, first.slot);
    EXPECT_NE(second.generation, first.generation);
    EXPECT_EQ(script.server().find(second.slot, second.generation)->view.id, 2u);
    EXPECT_EQ(script.server().find(first.slot, first.generation), nullptr);
    EXPECT_GT(script.server().generation_end(), second.generation);
    script.answer_waiting();
}

TEST(Server, ends_with_connections_and_requests_still_open) {
    Script script;
    io::SimPeer& peer = script.connect();
    script.ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    script.ask(script.connect(), "GET /he");
    EXPECT_EQ(script.server().stats().connections, 2u);
}

TEST(Server, refuses_what_is_too_much_at_once_and_says_when_to_come_again) {
    Script script({.requests_max = 2});
    const std::string later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
    script.ask(script.connect(), later);
    script.ask(script.connect(), later);
    io::SimPeer& third = script.connect();
    const std::string refused = script.ask(third, later);
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(refused.find("Connection: close"), std::string::npos);
    EXPECT_EQ(status_of(script.ask(third, later)), 503) << "the connection is as good as before";
    io::SimPeer& fourth = script.connect();
    const std::string head = "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_TRUE(script.ask(fourth, head).ends_with("\r\n\r\n"));
    const std::string closed =
        script.ask(fourth, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    EXPECT_EQ(status_of(closed), 503);
    EXPECT_TRUE(fourth.server_has_finished()) << "the content is not read";
    EXPECT_EQ(script.server().stats().requests_shed_total, 4u);
    script.answer_waiting();
    EXPECT_EQ(status_of(script.ask(third, kGet)), 200);
}

TEST(Server, requests_whose_content_has_yet_to_come_take_no_room_of_others) {
    Script script({.requests_max = 2});
    const std::string head = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    std::vector<io::SimPeer*> slow;
    for (int count = 0; count < 4; ++count) {
        slow.push_back(&script.connect());
        EXPECT_EQ(script.ask(*slow.back(), head + "he"), "");
    }
    const std::string later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(script.ask(script.connect(), later), "");
    EXPECT_EQ(body_of(script.ask(*slow[0], "llo")), "hello");
    EXPECT_EQ(script.ask(script.connect(), later), "");
    const std::string shed = script.ask(*slow[1], "llo");
    EXPECT_EQ(status_of(shed), 503) << "there are too many when it would be delivered";
    EXPECT_EQ(shed.find("Connection: close"), std::string::npos);
    script.answer_waiting();
    EXPECT_EQ(body_of(script.ask(*slow[2], "llo")), "hello");
    EXPECT_EQ(body_of(script.ask(*slow[1], head + "hello")), "hello");
    EXPECT_EQ(script.server().stats().requests_shed_total, 1u);
}

TEST(Server, closes_connections_of_an_address_that_has_too_many) {
    Script script({.connections_per_address_max = 2});
    const auto connect_from = [&](io::PeerAddress address) -> io::SimPeer& {
        io::SimPeer& peer = script.loop().connect();
        peer.address = address;
        script.settle();
        return peer;
    };
    const io::PeerAddress one{0, 0xffff'c000'0201};
    const io::PeerAddress network{0x2001'0db8'0000'0001, 0};
    io::SimPeer& first = connect_from(one);
    EXPECT_FALSE(connect_from(one).server_has_closed());
    EXPECT_TRUE(connect_from(one).server_has_closed());
    EXPECT_FALSE(connect_from({0, 0xffff'c000'0202}).server_has_closed());
    EXPECT_FALSE(connect_from(network).server_has_closed());
    EXPECT_FALSE(connect_from(network).server_has_closed());
    EXPECT_TRUE(connect_from(network).server_has_closed());
    EXPECT_EQ(script.server().stats().connections_refused_total, 2u);
    first.finish();
    script.settle();
    EXPECT_FALSE(connect_from(one).server_has_closed()) << "one has left";
    for (int count = 0; count < 5; ++count) {
        EXPECT_EQ(script.connect().server_has_closed(), count >= 2) << "loopback like any other";
        EXPECT_FALSE(connect_from({}).server_has_closed()) << "no address";
    }
}

// There a proxy may stand, which has many connections.
TEST(Server, the_default_bound_of_an_address_is_not_for_loopback) {
    Script script(Limits{});
    for (std::uint32_t count = 0; count <= kConnectionsPerAddressMax; ++count) {
        ASSERT_FALSE(script.connect().server_has_closed()) << count;
    }
    io::PeerAddress far{0, 0xffff'c000'0201};
    std::uint32_t refused = 0;
    for (std::uint32_t count = 0; count <= kConnectionsPerAddressMax; ++count) {
        io::SimPeer& peer = script.loop().connect();
        peer.address = far;
        script.settle();
        refused += peer.server_has_closed() ? 1 : 0;
    }
    EXPECT_EQ(refused, 1u);
}

TEST(Server, closes_a_connection_after_so_many_requests) {
    Script script({.requests_per_connection_max = 3});
    io::SimPeer& peer = script.connect();
    for (int count = 0; count < 2; ++count) {
        EXPECT_EQ(script.ask(peer, kGet).find("Connection:"), std::string::npos);
    }
    EXPECT_NE(script.ask(peer, kGet).find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(peer.server_has_finished());
}

}  // namespace
}  // namespace trivet::http
