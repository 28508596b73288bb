#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "http/coded_test.h"
#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

struct Named {
    codec::Coding coding;
    std::string name;
};

const std::vector<Named> kNamed = {
    {codec::Coding::gzip, "gzip"}, {codec::Coding::brotli, "br"}, {codec::Coding::zstd, "zstd"}};

class EncodingHarness : public ServerHarness {
public:
    EncodingHarness() {
        for (const Named& named : kNamed) {
            coding_.offer(named.coding, codec::level_range(named.coding).usual);
        }
        coding_.types.add_usual();
    }
    ~EncodingHarness() override { stop(); }

    // GET /: whole, `body` with `fields`. GET /pieces: what step() writes.
    void serve(bool is_tagged = false) {
        rules_ = std::make_unique<RulesChain>(AnswerRules{&coding_, is_tagged ? &tags_ : nullptr});
        const auto whole = [this](Exchange& exchange) {
            const Status replied = server().reply(
                exchange,
                {.status = 200, .content = Content::json, .fields = fields, .body = body});
            EXPECT_TRUE(replied == Status::ok || (may_fail && replied == Status::memory));
        };
        route("GET", "/", whole);
        route("POST", "/", whole);
        route("GET", "/pieces", [this](Exchange& exchange) {
            slot_ = exchange.slot;
            exchange.answer.is_plain = is_plain;
            generation_ = exchange.generation;
            begun_ = server().begin(
                exchange, {.status = 200, .content = Content::text, .fields = fields}, length);
        });
        chains = {nullptr, rules_.get(), rules_.get(), rules_.get()};
        start();
    }
    static std::string request(std::string_view line, std::string_view accepted,
                               std::string_view more = {}) {
        return std::string(line) +
               " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + std::string(accepted) + "\r\n" +
               std::string(more) + "\r\n";
    }
    static std::string field(std::string_view answer, std::string_view name) {
        const std::size_t at = answer.find("\r\n" + std::string(name) + ": ");
        if (at == std::string_view::npos || at > answer.find("\r\n\r\n")) {
            return "-";
        }
        const std::size_t begin = at + name.size() + 4;
        return std::string(answer.substr(begin, answer.find('\r', begin) - begin));
    }
    static std::string content_of(std::string_view answer) {
        return std::string(answer.substr(answer.find("\r\n\r\n") + 4));
    }
    Exchange* exchange() { return server().find(slot_, generation_); }
    Status write(std::string_view piece) {
        bool is_full = false;
        return server().write(*exchange(), piece, is_full);
    }

    CodingRules coding_;
    TagRules tags_;
    std::string body = some_json(10'000);
    std::vector<http1::HeaderView> fields;
    std::uint64_t length = kUnknownLength;
    bool is_plain = false;
    bool may_fail = false;
    Status begun_ = Status::ok;

private:
    std::unique_ptr<RulesChain> rules_;
    std::uint32_t slot_ = 0;
    std::uint32_t generation_ = 0;
};

class ConnectionEncodingTest : public ::testing::Test, public EncodingHarness {};

TEST_F(ConnectionEncodingTest, whole_answers_leave_encoded) {
    serve();
    io::SimPeer& peer = connect();
    for (const auto& [coding, name] : kNamed) {
        const std::string answer = ask(peer, request("GET /", name));
        EXPECT_EQ(field(answer, "Content-Encoding"), name);
        EXPECT_EQ(field(answer, "Vary"), "Accept-Encoding");
        EXPECT_EQ(field(answer, "Content-Length"), std::to_string(content_of(answer).size()));
        EXPECT_EQ(decoded_by(coding, content_of(answer)), body);
        EXPECT_LT(content_of(answer).size(), body.size() / 3);
    }
    const std::string plain = ask(peer, request("GET /", "identity"));
    EXPECT_EQ(content_of(plain), body);
    EXPECT_EQ(field(plain, "Content-Encoding"), "-");
    EXPECT_EQ(field(plain, "Vary"), "Accept-Encoding");
    EXPECT_EQ(server().stats().requests_total, 4u);
}

TEST_F(ConnectionEncodingTest, head_says_what_get_says) {
    serve(true);
    io::SimPeer& peer = connect();
    for (const std::size_t size : {std::size_t{500}, std::size_t{10'000}, std::size_t{300'000}}) {
        body = some_json(size);
        const std::string get = ask(peer, request("GET /", "gzip"));
        const std::string head = ask(peer, request("HEAD /", "gzip"));
        EXPECT_EQ(head, get.substr(0, get.find("\r\n\r\n") + 4));
    }
}

TEST_F(ConnectionEncodingTest, what_does_not_shrink_leaves_as_it_is) {
    std::uint64_t state = 88172645463325252u;
    for (char& byte : body) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<char>(state);
    }
    serve();
    const std::string answer = ask(connect(), request("GET /", "gzip"));
    EXPECT_TRUE(content_of(answer) == body);
    EXPECT_EQ(field(answer, "Content-Encoding"), "-");
    EXPECT_EQ(field(answer, "Vary"), "Accept-Encoding");
}

TEST_F(ConnectionEncodingTest, long_answers_leave_in_pieces_while_others_are_served) {
    body = some_json(1'000'000);
    serve();
    for (const auto& [coding, name] : kNamed) {
        io::SimPeer& peer = connect();
        io::SimPeer& other = connect();
        peer.send(request("GET /", name) + request("GET /", "identity"));
        turn();
        int turns = 0;
        for (std::size_t before = 0; !peer.received().contains("\r\n0\r\n\r\n"); ++turns) {
            EXPECT_LT(server().encoders().bytes(), std::size_t{4} << 20);
            before = peer.received().size();
            turn();
            ASSERT_LT(turns, 1000);
            EXPECT_LE(peer.received().size() - before, std::size_t{64} * 1024);
        }
        EXPECT_GT(turns, 14);
        settle();
        const std::string all = peer.take_received();
        const std::size_t second = response_at(all, 1);
        const std::string answer = all.substr(0, second);
        EXPECT_EQ(field(answer, "Content-Encoding"), name);
        EXPECT_EQ(field(answer, "Transfer-Encoding"), "chunked");
        EXPECT_EQ(field(answer, "Content-Length"), "-");
        EXPECT_EQ(decoded_by(coding, chunks_of(answer)), body);
        EXPECT_EQ(content_of(all.substr(second)), body) << "the connection goes on";
        EXPECT_EQ(status_of(ask(other, request("GET /", name))), 200);
    }
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionEncodingTest, a_client_of_http_1_0_has_the_end_of_the_connection_for_an_end) {
    body = some_json(200'000);
    serve();
    io::SimPeer& peer = connect();
    const std::string answer =
        ask(peer, "GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(decoded_by(codec::Coding::gzip, content_of(answer)), body);
    EXPECT_EQ(field(answer, "Connection"), "close");
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ConnectionEncodingTest, a_client_that_leaves_a_long_answer_leaves_nothing_behind) {
    body = some_json(1'000'000);
    serve();
    for (int turns = 1; turns < 8; ++turns) {
        io::SimPeer& peer = connect();
        peer.take_max = 1000;
        peer.send(request("GET /", "zstd"));
        for (int count = 0; count < turns; ++count) {
            turn();
        }
        peer.reset();
        settle();
        EXPECT_TRUE(peer.server_has_closed());
    }
    // One context is kept, and what others had taken.
    EXPECT_LT(server().encoders().bytes(), std::size_t{6} << 20);
    connect().send(request("GET /", "zstd"));
    turn();
    turn();
    turn();
    stop();
    EXPECT_EQ(memory().bytes_in_use(), 0u);
}

TEST_F(ConnectionEncodingTest, answers_above_the_limit_leave_as_they_are) {
    coding_.max_bytes = 100'000;
    serve();
    io::SimPeer& peer = connect();
    body = some_json(100'000);
    EXPECT_EQ(field(ask(peer, request("GET /", "gzip")), "Content-Encoding"), "gzip");
    body = some_json(100'001);
    const std::string answer = ask(peer, request("GET /", "gzip"));
    EXPECT_EQ(field(answer, "Content-Encoding"), "-");
    EXPECT_EQ(field(answer, "Vary"), "Accept-Encoding");
    EXPECT_TRUE(content_of(answer) == body);
}

TEST_F(ConnectionEncodingTest, each_piece_of_a_stream_can_be_decoded_when_it_has_come) {
    serve();
    for (const auto& [coding, name] : kNamed) {
        io::SimPeer& peer = connect();
        ask(peer, "");
        peer.send(request("GET /pieces", name));
        settle();
        std::string sent;
        for (const std::size_t size : {10u, 1u, 5000u, 200'000u, 3u}) {
            const std::string piece = some_json(size);
            EXPECT_EQ(write(piece), Status::ok);
            EXPECT_EQ(write({}), Status::ok);
            sent += piece;
            settle();
            const std::string so_far = peer.received() + "0\r\n\r\n";
            EXPECT_EQ(decoded_so_far(coding, chunks_of(so_far)), sent);
        }
        const http1::HeaderView trailer{"X-Sum", "1"};
        EXPECT_EQ(server().finish(*exchange(), {&trailer, 1}), Status::ok);
        settle();
        std::string trailers;
        const std::string answer = peer.take_received();
        EXPECT_EQ(decoded_by(coding, chunks_of(answer, &trailers)), sent);
        EXPECT_EQ(trailers, "X-Sum: 1\r\n");
        EXPECT_EQ(field(answer, "Content-Encoding"), name);
        EXPECT_EQ(field(answer, "Vary"), "Accept-Encoding");
    }
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionEncodingTest, a_promised_length_is_that_of_what_is_written) {
    serve();
    length = 2000;
    io::SimPeer& peer = connect();
    peer.send(request("GET /pieces", "gzip"));
    settle();
    EXPECT_EQ(write(some_json(1500)), Status::ok);
    EXPECT_EQ(write(some_json(501)), Status::argument);
    EXPECT_EQ(write(some_json(1500).substr(0, 500)), Status::ok);
    EXPECT_EQ(server().finish(*exchange()), Status::ok);
    settle();
    const std::string answer = peer.take_received();
    EXPECT_EQ(field(answer, "Content-Length"), "-");
    EXPECT_EQ(decoded_by(codec::Coding::gzip, chunks_of(answer)).size(), 2000u);
    peer.send(request("GET /pieces", "gzip"));
    settle();
    EXPECT_EQ(write("too little"), Status::ok);
    EXPECT_EQ(server().finish(*exchange()), Status::argument);
    settle();
    EXPECT_TRUE(peer.server_has_finished());
    length = 100;
    io::SimPeer& next = connect();
    next.send(request("GET /pieces", "gzip"));
    settle();
    EXPECT_EQ(field(next.received(), "Content-Length"), "100") << "too short to be encoded";
}

TEST_F(ConnectionEncodingTest, a_stream_that_is_given_up_gives_its_encoder_back) {
    serve();
    for (int round = 0; round < 300; ++round) {
        io::SimPeer& peer = connect();
        peer.send(request("GET /pieces", "gzip"));
        settle();
        EXPECT_EQ(write("text"), Status::ok);
        if (round % 3 == 0) {
            server().break_off(*exchange());
        } else if (round % 3 == 1) {
            peer.reset();
            settle();
            EXPECT_EQ(write("more"), Status::gone);
        } else {
            EXPECT_EQ(server().finish(*exchange()), Status::ok);
        }
        settle();
    }
    EXPECT_LT(server().encoders().bytes(), std::size_t{5} << 20);
    EXPECT_EQ(server().encoders().failures_total(), 0u);
    connect().send(request("GET /pieces", "gzip"));
    settle();
    stop();
    EXPECT_EQ(memory().bytes_in_use(), 0u);
}

TEST_F(ConnectionEncodingTest, plain_streams_stay_plain) {
    serve();
    is_plain = true;
    io::SimPeer& peer = connect();
    peer.send(request("GET /pieces", "gzip"));
    settle();
    EXPECT_EQ(field(peer.received(), "Content-Encoding"), "-");
    EXPECT_EQ(field(peer.received(), "Vary"), "-");
}

TEST_F(ConnectionEncodingTest, who_has_the_content_gets_304) {
    serve(true);
    io::SimPeer& peer = connect();
    const http1::HeaderView own[] = {{"Cache-Control", "no-cache"}, {"Content-Language", "de"}};
    fields.assign(std::begin(own), std::end(own));
    const std::string first = ask(peer, request("GET /", "gzip"));
    const std::string tag = field(first, "ETag");
    EXPECT_TRUE(tag.starts_with("W/\""));
    EXPECT_EQ(field(ask(peer, request("GET /", "identity")), "ETag"), tag);
    for (const std::string_view line : {"GET /", "HEAD /"}) {
        const std::string again =
            ask(peer, request(line, "gzip", "If-None-Match: " + tag + "\r\n"));
        EXPECT_EQ(status_of(again), 304);
        EXPECT_EQ(content_of(again), "");
        EXPECT_EQ(field(again, "ETag"), tag);
        EXPECT_EQ(field(again, "Vary"), "Accept-Encoding");
        EXPECT_EQ(field(again, "Cache-Control"), "no-cache");
        for (const char* absent :
             {"Content-Type", "Content-Length", "Content-Encoding", "Content-Language"}) {
            EXPECT_EQ(field(again, absent), "-") << absent;
        }
    }
    body += "!";
    const std::string changed =
        ask(peer, request("GET /", "gzip", "If-None-Match: " + tag + "\r\n"));
    EXPECT_EQ(status_of(changed), 200);
    EXPECT_NE(field(changed, "ETag"), tag);
    const std::string posted =
        ask(peer, request("POST /", "gzip", "Content-Length: 0\r\nIf-None-Match: " + tag + "\r\n"));
    EXPECT_EQ(status_of(posted), 200);
    EXPECT_EQ(field(posted, "ETag"), "-");
}

TEST_F(ConnectionEncodingTest, a_long_answer_has_a_weak_tag_and_becomes_304_without_its_copy) {
    body = some_json(300'000);
    serve(true);
    io::SimPeer& peer = connect();
    const std::string tag = field(ask(peer, request("GET /", "gzip")), "ETag");
    EXPECT_TRUE(tag.starts_with("W/\""));
    const std::string again = ask(peer, request("GET /", "gzip", "If-None-Match: " + tag + "\r\n"));
    EXPECT_EQ(status_of(again), 304);
}

TEST_F(ConnectionEncodingTest, strong_tags_name_what_is_sent) {
    tags_.is_strong = true;
    serve(true);
    io::SimPeer& peer = connect();
    const std::string plain = field(ask(peer, request("GET /", "identity")), "ETag");
    const std::string gzip = field(ask(peer, request("GET /", "gzip")), "ETag");
    const std::string zstd = field(ask(peer, request("GET /", "zstd")), "ETag");
    EXPECT_TRUE(plain.starts_with('"') && gzip.starts_with('"') && zstd.starts_with('"'));
    EXPECT_TRUE(plain != gzip && gzip != zstd && zstd != plain);
    EXPECT_EQ(field(ask(peer, request("HEAD /", "gzip")), "ETag"), gzip);
    EXPECT_EQ(status_of(ask(peer, request("GET /", "gzip", "If-None-Match: " + gzip + "\r\n"))),
              304);
    EXPECT_EQ(status_of(ask(peer, request("GET /", "zstd", "If-None-Match: " + gzip + "\r\n"))),
              200);
    body = some_json(300'000);
    EXPECT_EQ(field(ask(peer, request("GET /", "gzip")), "ETag"), "-")
        << "what is sent in pieces is not known before";
    EXPECT_NE(field(ask(peer, request("GET /", "identity")), "ETag"), "-");
}

TEST_F(ConnectionEncodingTest, a_stream_with_a_tag_of_its_own_becomes_304) {
    serve(true);
    const http1::HeaderView own[] = {{"ETag", "\"v1\""}};
    fields.assign(std::begin(own), std::end(own));
    io::SimPeer& peer = connect();
    peer.send(request("GET /pieces", "gzip", "If-None-Match: \"v1\"\r\n"));
    settle();
    EXPECT_EQ(write("what nobody reads"), Status::ok);
    EXPECT_EQ(server().finish(*exchange()), Status::ok);
    settle();
    const std::string answer = peer.take_received();
    EXPECT_EQ(status_of(answer), 304);
    EXPECT_EQ(content_of(answer), "");
    EXPECT_EQ(field(answer, "ETag"), "W/\"v1\"");
    EXPECT_EQ(status_of(ask(peer, request("GET /", "gzip"))), 200);
}

TEST_F(ConnectionEncodingTest, answers_leave_as_they_are_when_memory_is_out) {
    serve(true);
    io::SimPeer& peer = connect();
    ask(peer, request("GET /", "identity"));
    // What an encoder takes at once is more than what an answer needs otherwise.
    memory().set_failure_hook([](void*, std::size_t size) { return size > 60'000; }, nullptr);
    for (const std::size_t size : {std::size_t{10'000}, std::size_t{50'000}}) {
        body = some_json(size);
        const std::string answer = ask(peer, request("GET /", "gzip"));
        EXPECT_TRUE(content_of(answer) == body);
        EXPECT_EQ(field(answer, "Content-Encoding"), "-");
        EXPECT_EQ(field(answer, "Vary"), "Accept-Encoding");
    }
    EXPECT_EQ(server().encoders().failures_total(), 2u);
    peer.send(request("GET /pieces", "gzip"));
    settle();
    EXPECT_EQ(write("plain"), Status::ok);
    EXPECT_EQ(server().finish(*exchange()), Status::ok);
    settle();
    const std::string pieces = peer.take_received();
    EXPECT_EQ(field(pieces, "Content-Encoding"), "-");
    EXPECT_EQ(chunks_of(pieces), "plain");
    memory().set_failure_hook(nullptr, nullptr);
    EXPECT_EQ(field(ask(peer, request("GET /", "gzip")), "Content-Encoding"), "gzip");
}

// Whatever allocation fails: an answer is right or does not come. False: none has failed.
bool is_right_without(int allocation, std::size_t size, const Named& named) {
    EncodingHarness harness;
    harness.body = some_json(size);
    harness.may_fail = true;
    harness.serve(true);
    io::SimPeer& peer = harness.connect();
    int countdown = allocation;
    harness.memory().set_failure_hook(
        [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
        &countdown);
    peer.send(EncodingHarness::request("GET /", named.name));
    harness.settle();
    harness.memory().set_failure_hook(nullptr, nullptr);
    const std::string answer = peer.take_received();
    if (peer.server_has_closed() || status_of(answer) == 503) {
        return countdown < 0;
    }
    const std::string coding = EncodingHarness::field(answer, "Content-Encoding");
    const std::string content = EncodingHarness::field(answer, "Content-Length") == "-"
                                    ? chunks_of(answer)
                                    : EncodingHarness::content_of(answer);
    EXPECT_TRUE(coding == named.name || coding == "-");
    EXPECT_TRUE((coding == "-" ? content : decoded_by(named.coding, content)) == harness.body)
        << allocation << " " << size << " " << named.name;
    return countdown < 0;
}

TEST(ConnectionEncodingMemoryTest, any_failing_allocation_spoils_no_answer) {
    for (const std::size_t size : {std::size_t{10'000}, std::size_t{200'000}}) {
        for (const Named& named : kNamed) {
            int allocation = 0;
            while (is_right_without(allocation, size, named)) {
                ++allocation;
            }
            EXPECT_GT(allocation, 5);
        }
    }
}

}  // namespace
}  // namespace trivet::http
