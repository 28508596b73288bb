#include <gtest/gtest.h>

#include <string>

#include "codec/encode.h"
#include "http/connection_harness_test.h"
#include "http/form.h"

namespace trivet::http {
namespace {

constexpr std::string_view kPairs = "application/x-www-form-urlencoded";
constexpr std::string_view kParts = "multipart/form-data; boundary=b";

std::string head(std::string_view path, std::string_view type, std::string_view framing,
                 std::string_view more = {}) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\nContent-Type: " + std::string(type) + "\r\n" +
           std::string(more) + std::string(framing) + "\r\n\r\n";
}

std::string post(std::string_view path, std::string_view type, std::string_view body,
                 std::string_view more = {}) {
    const std::string length = "Content-Length: " + std::to_string(body.size());
    return head(path, type, length, more).append(body);
}

std::string file(std::string_view content) {
    return "--b\r\nContent-Disposition: form-data; name=f; filename=n\r\n\r\n" +
           std::string(content) + "\r\n--b--";
}

// Handlers that open a form and answer with its parts once it is whole.
class ServerForms : public ConnectionTest {
protected:
    void SetUp() override {
        route("POST", "/form", [this](Exchange& exchange) { open(exchange); });
        stream("POST", "/stream", [this](Exchange& exchange) { open(exchange); });
        stream("POST", "/small", [this](Exchange& exchange) { open(exchange); }, 20);
        stream("POST", "/kept", [this](Exchange& exchange) { waiting.push_back(&exchange); });
        readable = [this](Exchange& exchange) {
            ++told;
            open(exchange);
        };
        ConnectionTest::SetUp();
    }
    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        ConnectionTest::choose_content(exchange, policy);
        policy.is_decoded = true;
    }
    void open(Exchange& exchange) {
        last = server().read_form(exchange, config);
        if (last == Status::ok) {
            std::string all;
            const Form& form = *exchange.form();
            for (std::size_t index = 0; index < form.part_count(); ++index) {
                const FormPart part = form.part(index).value();
                all += std::string(part.name) + "=" + std::to_string(part.bytes) + ":" +
                       std::string(part.value.substr(0, 20)) + (part.is_spooled ? "*;" : ";");
            }
            // Whose client may have left.
            server().reply(exchange, {.status = 200, .fields = {}, .body = all});
        } else if (last != Status::again) {
            server().reply_fail(exchange, "the form was refused");
        }
    }

    FormConfig config;
    Status last = Status::ok;
    int told = 0;
};

TEST_F(ServerForms, are_read_the_same_from_whole_and_streamed_content_however_it_is_cut) {
    const std::string body = "a=1&b=%41+" + std::string(50, 'x') + "&c";
    for (const char* path : {"/form", "/stream"}) {
        const std::string request = post(path, kPairs, body) + std::string(kGet);
        const std::string expected = ask(connect(), request);
        EXPECT_NE(expected.find("a=1:1;b=52:A xxxxxxxxxxxxxxxxxx;c=0:;"), std::string::npos);
        EXPECT_EQ(status_of(expected, 1), 200);
        for (std::size_t split = 1; split < request.size(); ++split) {
            io::SimPeer& peer = connect();
            const std::string answer = ask(peer, request.substr(0, split));
            EXPECT_EQ(answer + ask(peer, request.substr(split)), expected) << split;
            peer.finish();
            settle();
        }
    }
}

TEST_F(ServerForms, tell_their_reader_once) {
    config.memory_bytes_max = 1000;
    io::SimPeer& peer = connect();
    const std::string request = post("/stream", kParts, file(std::string(500'000, 'x')));
    for (std::size_t at = 0; at < request.size() - 1; at += 10'000) {
        EXPECT_EQ(
            ask(peer, request.substr(at, std::min<std::size_t>(10'000, request.size() - 1 - at))),
            "");
    }
    EXPECT_EQ(last, Status::again);
    EXPECT_EQ(told, 0);
    EXPECT_LT(memory().bytes_in_use(), 300'000u);
    EXPECT_EQ(body_of(ask(peer, "-")), "f=500000:*;");
    EXPECT_EQ(told, 1);
    EXPECT_EQ(status_of(ask(peer, kGet)), 200);
}

TEST_F(ServerForms, send_continue_when_they_are_opened) {
    io::SimPeer& peer = connect();
    const std::string request =
        head("/stream", kPairs, "Content-Length: 3", "Expect: 100-continue\r\n");
    EXPECT_EQ(status_of(ask(peer, request)), 100);
    EXPECT_EQ(body_of(ask(peer, "a=1")), "a=1:1;");
    // Nobody asks for what is no form.
    const std::string wrong =
        head("/stream", "text/plain", "Content-Length: 3", "Expect: 100-continue\r\n");
    EXPECT_EQ(status_of(ask(peer, wrong)), 415);
}

TEST_F(ServerForms, are_answered_with_their_fault) {
    const auto status = [this](const std::string& request) {
        const std::string answer = ask(connect(), request);
        EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
        return status_of(answer);
    };
    for (const char* path : {"/form", "/stream"}) {
        EXPECT_EQ(status(post(path, "text/plain", "a=1")), 415);
        EXPECT_EQ(last, Status::media_type);
        EXPECT_EQ(status(post(path, kParts, "--b\r\n\r\n\r\n--b--")), 400);
        EXPECT_EQ(last, Status::protocol);
        config.fields_max = 1;
        EXPECT_EQ(status(post(path, kPairs, "a=1&b=2")), 413);
        EXPECT_EQ(last, Status::limit);
        const std::string answer = ask(connect(), post(path, kPairs, "a=1&b=2"));
        EXPECT_NE(answer.find("fields_max"), std::string::npos) << answer;
        config.fields_max = 1000;
    }
    const std::string chunked = head("/small", kPairs, "Transfer-Encoding: chunked");
    EXPECT_EQ(status(chunked + "15\r\naaaaaaaaaaaaaaaaaaaaa\r\n"), 413);
    EXPECT_EQ(status(chunked + "x\r\n"), 400);
    EXPECT_EQ(last, Status::protocol);
    EXPECT_EQ(server().stats().handler_failures_total, 0u);
    config.memory_bytes_max = 0;
    config.directory = std::string_view("/dev/null");
    EXPECT_EQ(status(post("/stream", kParts, file("x"))), 500);
    EXPECT_EQ(last, Status::system);
    EXPECT_EQ(server().stats().handler_failures_total, 1u);
}

TEST_F(ServerForms, end_with_their_client) {
    io::SimPeer& peer = connect();
    ask(peer, head("/stream", kPairs, "Content-Length: 100") + "a=1");
    peer.reset();
    settle();
    EXPECT_EQ(last, Status::gone);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(server().exchanges_live(), 0u);
    io::SimPeer& half = connect();
    ask(half, head("/stream", kPairs, "Content-Length: 100") + "a=1");
    half.finish();
    settle();
    EXPECT_EQ(told, 2);
    EXPECT_EQ(server().exchanges_live(), 0u);
    io::SimPeer& slow = connect();
    ask(slow, head("/stream", kPairs, "Content-Length: 100") + "a=1");
    advance_ms(31'000);
    EXPECT_EQ(status_of(slow.take_received()), 408);
    EXPECT_EQ(last, Status::timeout);
}

TEST_F(ServerForms, are_not_read_from_content_that_was_read) {
    io::SimPeer& peer = connect();
    ask(peer, post("/kept", kPairs, "a=1&b=2"));
    Exchange& exchange = *waiting.front();
    EXPECT_EQ(server().read(exchange).bytes, "a=1&b=2");
    EXPECT_EQ(server().read_form(exchange, config), Status::state);
    EXPECT_EQ(exchange.form(), nullptr);
    answer("done");
    // A read that gave nothing takes nothing.
    ask(peer, head("/kept", kPairs, "Content-Length: 3"));
    Exchange& empty = *waiting.front();
    EXPECT_EQ(server().read(empty).bytes, "");
    EXPECT_EQ(server().read_form(empty, config), Status::again);
    ask(peer, "a=1");
    waiting.clear();
    EXPECT_EQ(last, Status::ok);
}

TEST_F(ServerForms, decoded_content_is_read_a_piece_a_turn) {
    config.memory_bytes_max = 0;
    std::string content;
    for (int line = 0; line < 100'000; ++line) content += "line " + std::to_string(line) + "\n";
    const std::string encoded = codec::encoded(codec::Coding::gzip, file(content));
    const std::string field = "Content-Encoding: gzip\r\n";
    io::SimPeer& peer = connect();
    peer.send(head("/stream", kParts, "Content-Length: " + std::to_string(encoded.size()), field) +
              encoded.substr(0, 60'000));
    turn();
    int turns = 0;
    while (server().has_pending()) {
        ++turns;
        turn();
    }
    EXPECT_GE(turns, 2) << "of 64 KiB each";
    EXPECT_EQ(told, 0);
    const std::string answer = ask(peer, encoded.substr(60'000));
    EXPECT_EQ(body_of(answer), "f=" + std::to_string(content.size()) + ":*;");
    EXPECT_EQ(told, 1);
    // What is there already is taken when the client has left meanwhile.
    io::SimPeer& leaving = connect();
    leaving.send(post("/stream", kParts, encoded, field));
    turn();
    leaving.reset();
    settle();
    EXPECT_EQ(server().exchanges_live(), 0u);
    EXPECT_EQ(told, 2);
}

// Who opens it is told by what that gives: a call in between could answer the request.
TEST_F(ServerForms, are_refused_when_there_is_no_memory_for_the_word_to_continue) {
    const std::string request =
        head("/stream", kPairs, "Content-Length: 3", "Expect: 100-continue\r\n");
    int refused = 0;
    bool is_continued = false;
    for (int failing = 0; !is_continued; ++failing) {
        ASSERT_LT(failing, 100);
        // Heads that have begun keep what blocks there are, so that the word needs another.
        for (int begun = 0; begun < 8; ++begun) ask(connect(), "GET ");
        io::SimPeer& peer = connect();
        int countdown = failing;
        memory().set_failure_hook(
            [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
            &countdown);
        last = Status::ok;
        const std::string answer = ask(peer, request);
        memory().set_failure_hook(nullptr, nullptr);
        EXPECT_EQ(told, 0);
        is_continued = last == Status::again;
        EXPECT_EQ(status_of(answer) == 100, is_continued);
        // Else there was none for the form itself.
        refused += last == Status::memory && status_of(answer) == 503 ? 1 : 0;
        peer.reset();
        settle();
        EXPECT_EQ(told, is_continued ? 1 : 0);
        EXPECT_EQ(server().exchanges_live(), 0u);
    }
    EXPECT_EQ(refused, 1);
}

TEST_F(ServerForms, end_when_their_handler_takes_too_long) {
    config.memory_bytes_max = 0;
    std::string content;
    for (int line = 0; line < 100'000; ++line) content += "line " + std::to_string(line) + "\n";
    const std::string request =
        post("/stream", kParts, codec::encoded(codec::Coding::gzip, file(content)),
             "Content-Encoding: gzip\r\n");
    io::SimPeer& peer = connect();
    peer.send(request);
    turn();
    ASSERT_TRUE(server().has_pending()) << "it is read a piece a turn";
    // Told of an end that is none for it yet, and then given up.
    peer.finish();
    loop().advance_ms(Limits{}.request_timeout_ms + 1'000);
    turn();
    settle();
    EXPECT_EQ(status_of(peer.take_received()), 503);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ServerForms, encodings_that_fail_are_faults) {
    const std::string encoded = codec::encoded(codec::Coding::gzip, "a=1&b=2");
    const std::string field = "Content-Encoding: gzip\r\n";
    EXPECT_EQ(body_of(ask(connect(), post("/stream", kPairs, encoded, field))), "a=1:1;b=1:2;");
    EXPECT_EQ(status_of(ask(connect(), post("/stream", kPairs, encoded.substr(0, 20), field))),
              400);
    EXPECT_EQ(last, Status::protocol);
    EXPECT_EQ(status_of(ask(connect(), post("/stream", kPairs, "a=1", field))), 400);
    const std::string large = codec::encoded(codec::Coding::gzip, std::string(21, 'a'));
    const std::string chunked = head("/small", kPairs, "Transfer-Encoding: chunked", field);
    EXPECT_EQ(status_of(ask(connect(), chunked + "14\r\n" + large.substr(0, 20) + "\r\n")), 413);
}

}  // namespace
}  // namespace trivet::http
