// Content that arrives encoded: gathered or streamed, within its limits, on a connection.
#include "codec/encode.h"
#include "http/connection_harness_test.h"
#include "http/content_decoder.h"

namespace trivet::http {
namespace {

using codec::Coding;
using codec::encoded;

std::string with(std::string_view path, std::string_view fields) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields);
}

std::string post(std::string_view path, std::string_view codings, std::string_view body) {
    const std::string fields = "X: 1\r\nContent-Encoding: " + std::string(codings) +
                               "\r\nContent-Length: " + std::to_string(body.size()) +
                               "\r\nY: 2\r\n\r\n";
    return with(path, fields).append(body);
}

std::string chunked(std::string_view path, std::string_view body, std::size_t size) {
    std::string text = with(path, "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (!body.empty()) {
        const std::string_view piece = body.substr(0, size);
        body.remove_prefix(piece.size());
        char line[16];
        text.append(line, static_cast<std::size_t>(
                              std::snprintf(line, sizeof line, "%zx\r\n", piece.size())));
        text.append(piece).append("\r\n");
    }
    return text + "0\r\nX-Sum: 1\r\n\r\n";
}

class Decoding : public ConnectionTest {
protected:
    explicit Decoding(const Limits& limits = {.body_bytes_max = 1 << 24})
        : ConnectionTest(limits), body_bytes_max_(limits.body_bytes_max) {}
    void SetUp() override {
        route("POST", "/whole", [this](Exchange& exchange) { tell(exchange, exchange.view.body); });
        stream(
            "POST", "/stream",
            [this](Exchange& exchange) {
                content.clear();
                reading = &exchange;
                read(exchange);
            },
            body_bytes_max_);
        readable = [this](Exchange& exchange) { read(exchange); };
        ConnectionTest::SetUp();
    }
    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        ConnectionTest::choose_content(exchange, policy);
        policy.is_decoded = is_decoded;
    }
    // Answers with the names of the fields and the content.
    void tell(Exchange& exchange, std::string_view body) {
        std::string all;
        for (std::size_t index = 0; index < exchange.view.header_count; ++index) {
            all += std::string_view(exchange.view.headers[index].name);
            all += ' ';
        }
        for (const http1::HeaderView& field : exchange.trailer_fields()) {
            all += '+';
            all += std::string_view(field.name);
        }
        server().reply(exchange,
                       {.status = 200, .fields = {}, .body = all + "|" + std::string(body)});
    }
    void read(Exchange& exchange) {
        while (reads_at_once) {
            const ContentRead part = server().read(exchange);
            content += part.bytes;
            piece_max = std::max(piece_max, part.bytes.size());
            failure = part.failure;
            if (part.failure != ContentFailure::none) {
                server().reply_fail(exchange, "content");
                return;
            }
            if (part.is_end) {
                tell(exchange, content);
                return;
            }
            if (part.bytes.empty()) return;
        }
    }

    bool is_decoded = true;
    std::string content;
    std::size_t piece_max = 0;
    bool reads_at_once = true;
    Exchange* reading = nullptr;
    ContentFailure failure = ContentFailure::none;

private:
    const std::uint64_t body_bytes_max_;
};

const std::string kText = [] {
    std::string text;
    for (int line = 0; line < 50; ++line) text += "line " + std::to_string(line * line) + "\n";
    return text;
}();

TEST_F(Decoding, gives_the_same_however_it_is_cut_and_leaves_the_next_request_alone) {
    for (const char* path : {"/whole", "/stream"}) {
        for (const auto& request :
             {post(path, "gzip", encoded(Coding::gzip, kText)),
              post(path, "Deflate, br", encoded(Coding::brotli, encoded(Coding::deflate, kText))),
              post(path, "zstd", encoded(Coding::zstd, kText))}) {
            const std::string all = request + std::string(kGet);
            const std::string expected = ask(connect(), all);
            EXPECT_NE(expected.find("\r\n\r\nHost X Y |" + kText), std::string::npos);
            EXPECT_EQ(status_of(expected, 1), 200);
            for (std::size_t split = 1; split < all.size(); ++split) {
                io::SimPeer& peer = connect();
                const std::string answer = ask(peer, all.substr(0, split));
                EXPECT_EQ(answer + ask(peer, all.substr(split)), expected) << split;
                peer.finish();
                settle();
            }
        }
    }
}

TEST_F(Decoding, goes_through_chunks_and_leaves_trailers) {
    for (const char* path : {"/whole", "/stream"}) {
        for (const std::size_t size : {1u, 10u, 1000u}) {
            io::SimPeer& peer = connect();
            peer.receive_max = size == 10 ? 7 : SIZE_MAX;
            EXPECT_EQ(body_of(ask(peer, chunked(path, encoded(Coding::gzip, kText), size))),
                      "Host Transfer-Encoding +X-Sum|" + kText);
            EXPECT_EQ(status_of(ask(peer, kGet)), 200);
        }
    }
}

TEST_F(Decoding, leaves_alone_what_is_not_encoded_or_not_asked_for) {
    io::SimPeer& peer = connect();
    EXPECT_EQ(body_of(ask(peer, with("/whole", "Content-Length: 2\r\n\r\nhi"))),
              "Host Content-Length |hi");
    EXPECT_EQ(body_of(ask(peer, post("/stream", "identity", "hi"))),
              "Host X Content-Encoding Content-Length Y |hi");
    is_decoded = false;
    EXPECT_EQ(body_of(ask(peer, post("/whole", "nonsense", "hi"))),
              "Host X Content-Encoding Content-Length Y |hi");
}

TEST_F(Decoding, says_which_codings_it_takes) {
    for (const char* path : {"/whole", "/stream"}) {
        for (const char* codings : {"compress", "gzip, gzip, gzip", "gzip;q=1"}) {
            io::SimPeer& peer = connect();
            const std::string answer = ask(peer, post(path, codings, "x"));
            EXPECT_EQ(status_of(answer), 415);
            EXPECT_NE(answer.find("\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"),
                      std::string::npos)
                << answer;
            EXPECT_TRUE(peer.server_has_finished());
        }
    }
    // Before the client sends what is not wanted.
    EXPECT_EQ(status_of(ask(connect(), with("/whole",
                                            "Content-Encoding: x\r\nContent-Length: 5\r\n"
                                            "Expect: 100-continue\r\n\r\n"))),
              415);
}

TEST_F(Decoding, refuses_what_is_malformed_or_incomplete) {
    const std::string good = encoded(Coding::gzip, kText);
    for (const char* path : {"/whole", "/stream"}) {
        for (std::size_t size = 1; size < good.size(); ++size) {
            io::SimPeer& peer = connect();
            EXPECT_EQ(status_of(ask(peer, post(path, "gzip", good.substr(0, size)))), 400) << size;
            peer.reset();
            settle();
        }
        EXPECT_EQ(status_of(ask(connect(), post(path, "gzip", good + "x"))), 400);
        EXPECT_EQ(status_of(ask(connect(), post(path, "br", good))), 400);
        // While more is to come.
        const std::string begun =
            with(path, "Content-Encoding: gzip\r\nContent-Length: 1000000\r\n\r\nno gzip at all");
        io::SimPeer& peer = connect();
        EXPECT_EQ(status_of(ask(peer, begun)), 400);
        peer.send(std::string(10'000, 'x'));
        settle();
        EXPECT_TRUE(peer.server_has_finished());
    }
    EXPECT_EQ(server().stats().handler_failures_total, 0u);
}

TEST_F(Decoding, decoded_content_is_read_in_bounded_pieces) {
    std::string text;
    for (int line = 0; line < 300'000; ++line) text += "line " + std::to_string(line) + "\n";
    const std::string request = post("/stream", "zstd", encoded(Coding::zstd, text));
    EXPECT_EQ(body_of(ask(connect(), request)), "Host X Y |" + text);
    EXPECT_LE(piece_max, 64u * 1024);
    EXPECT_GT(piece_max, 32u * 1024);
}

TEST_F(Decoding, holds_the_client_back_by_what_was_received) {
    std::string text;
    for (int line = 0; line < 400'000; ++line) text += std::to_string(line % 10'007 * 7919) + "\n";
    const std::string body = encoded(Coding::gzip, text);
    ASSERT_GT(body.size(), 3 * kContentWindowBytes);
    reads_at_once = false;
    io::SimPeer& peer = connect();
    peer.receive_max = 8192;
    ask(peer, post("/stream", "gzip", body));
    EXPECT_LE(reading->content->unread(), kContentWindowBytes + 8192);
    EXPECT_LT(memory().bytes_in_use(), 5 * kContentWindowBytes);
    reads_at_once = true;
    read(*reading);
    settle();
    EXPECT_EQ(body_of(peer.take_received()), "Host X Y |" + text);
}

// Limits that content meets once it is decoded.
class DecodingLimits : public Decoding {
protected:
    DecodingLimits() : Decoding({.body_bytes_max = 200'000, .body_ratio_max = 50}) {}
};

TEST_F(DecodingLimits, count_decoded_bytes_and_compare_them_with_those_that_came) {
    std::string text;
    for (int line = 0; text.size() < 200'000; ++line)
        text += std::to_string(line % 10'007 * 7919) + "\n";
    text.resize(200'000);
    const std::string zeros(150'000, '\0');
    for (const char* path : {"/whole", "/stream"}) {
        for (const Coding coding : {Coding::gzip, Coding::brotli, Coding::zstd}) {
            const char* const word = coding == Coding::gzip     ? "gzip"
                                     : coding == Coding::brotli ? "br"
                                                                : "zstd";
            EXPECT_EQ(status_of(ask(connect(), post(path, word, encoded(coding, text)))), 200);
            EXPECT_EQ(status_of(ask(connect(), post(path, word, encoded(coding, text + "x")))),
                      413);
            EXPECT_EQ(status_of(ask(connect(), post(path, word, encoded(coding, zeros)))), 413);
            const std::string few = encoded(coding, zeros.substr(0, kRatioFloorBytes));
            EXPECT_EQ(status_of(ask(connect(), post(path, word, few))), 200);
        }
    }
}

class DecodingMapped : public Decoding {
protected:
    DecodingMapped() { interests.maps_errors = true; }
};

TEST_F(DecodingMapped, an_app_may_answer_what_is_refused) {
    error = [this](Exchange& exchange, std::uint32_t status, std::string_view detail) {
        server().reply(exchange, {.status = status, .fields = {}, .body = detail});
    };
    const std::string unknown = ask(connect(), post("/whole", "x", "x"));
    EXPECT_EQ(status_of(unknown), 415);
    EXPECT_NE(unknown.find("\r\nAccept-Encoding: "), std::string::npos);
    EXPECT_EQ(body_of(ask(connect(), post("/whole", "gzip", "no gzip"))),
              "the content is not encoded as Content-Encoding says");
    const std::string good = encoded(Coding::gzip, kText);
    EXPECT_EQ(body_of(ask(connect(), post("/whole", "gzip", good.substr(0, 30)))),
              "the encoded content ends too early");
}

TEST_F(Decoding, an_error_of_memory_at_any_allocation_ends_one_request) {
    const std::string body = encoded(Coding::zstd, encoded(Coding::gzip, kText));
    for (const char* path : {"/whole", "/stream"}) {
        const std::string request = post(path, "gzip, zstd", body);
        bool is_answered = false;
        for (int failing = 0; !is_answered; ++failing) {
            ASSERT_LT(failing, 100);
            io::SimPeer& peer = connect();
            int countdown = failing;
            memory().set_failure_hook(
                [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
                &countdown);
            const std::string answer = ask(peer, request);
            memory().set_failure_hook(nullptr, nullptr);
            is_answered = status_of(answer) == 200;
            EXPECT_TRUE(is_answered || answer.empty() || status_of(answer) == 503) << answer;
            peer.reset();
            settle();
            EXPECT_EQ(server().exchanges_live(), 0u);
        }
    }
}

}  // namespace
}  // namespace trivet::http
